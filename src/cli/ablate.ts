/** `ablate`: what zeroing neuron sets does to nDCG@10 (Table 4). */

import {
  ablate,
  type AblatedCollection,
  ablationRowsTable,
  ablationSets,
  ablationTable,
  controlledRow,
  forwardsOf,
  paperRows,
  queriesTable,
} from "../../mod.ts";
import { type Command, UsageError } from "./command.ts";
import { computeOptions, openOps } from "./compute.ts";
import { checkWritable, makeFolder, writeFile } from "./files.ts";
import { encodeOptions, modelHashes, modelOptions, openModel } from "./model.ts";
import { levelsOption, listOption } from "./options.ts";
import { startProgress } from "./progress.ts";
import {
  collectionsOf,
  declaredSets,
  defaultSets,
  openSchemeFolder,
  readExpression,
  schemeOptions,
} from "./schemes.ts";
import { encodeCandidates, openValidation } from "./validation.ts";

/** The command. */
export const ablateCommand: Command = {
  summary: "what zeroing neuron sets does to nDCG@10, with tests and random controls (Table 4)",
  options: {
    ...modelOptions,
    datasets: { value: "A,B", help: "folders of validation collections" },
    ...schemeOptions,
    "in-domain": {
      value: "X,Y",
      help: "collections that the model was trained on",
      fallback: "ms",
    },
    rows: { value: "E;F", help: "expressions; the paper's rows unless given" },
    levels: { value: "X,Y", help: "levels in per cent", fallback: "0.01,0.1,1" },
    controls: { value: "E;F", help: "rows with a random control; the in-domain N unless given" },
    repetitions: { value: "N", help: "random sets of a control", fallback: "50" },
    queries: { value: "N", help: "queries of a collection at most", fallback: "1000" },
    "relevant-from": { value: "G", help: "lowest grade of a relevant passage", fallback: "1" },
    "per-relevant": { value: "N", help: "others of BM25 for each relevant one", fallback: "20" },
    "most-relevant": { value: "N", help: "relevant passages of a query at most" },
    candidates: { value: "R,S", help: "TREC runs in place of BM25, one a collection" },
    "rank-by": {
      value: "SCORE",
      help: "logit of class 1 minus class 0, or of class 1 alone",
      choices: ["margin", "logit"],
      fallback: "margin",
    },
    seed: { value: "N", help: "of all that is drawn", fallback: "0" },
    output: { value: "FILE", help: "the table; standard output unless given" },
    "per-query": { value: "FOLDER", help: "also a table of queries for each collection" },
    ...computeOptions,
  },
  notes:
    "Sets A (all collections of the schemes) and O (those not in domain) are declared unless --sets\n" +
    "says otherwise. Positive changes are losses.",
  async run(input) {
    const options = encodeOptions(input);
    input.text("model");
    const folders = listOption(input, "datasets", ",");
    const runs = listOption(input, "candidates", ",");
    if (folders.length === 0) throw new UsageError("Option --datasets A,B is missing");
    if (runs.length > 0 && runs.length !== folders.length) {
      throw new UsageError(
        `Option --candidates cannot be ${runs.length} runs: expected one for each of ${folders.length} collections`,
      );
    }
    const levels = levelsOption(input, "levels");
    const seed = input.integer("seed", { least: 0, most: 2 ** 52 })!;
    const repetitions = input.integer("repetitions", { least: 1, most: 10_000 })!;
    const quiet = input.has("quiet");
    const folder = await openSchemeFolder(input);
    const collections = collectionsOf(folder.names, listOption(input, "in-domain", ","));
    const sets = new Map([...defaultSets(collections), ...await declaredSets(input)]);
    const rows = listOption(input, "rows", ";");
    const asked = rows.length > 0 ? rows : paperRows(collections);
    const controls = input.has("controls")
      ? listOption(input, "controls", ";")
      : [controlledRow(asked)].filter((row) => row !== undefined);
    const scope = { names: folder.names, sets };
    const needed = new Set(
      [...asked, ...controls].flatMap((expression) => readExpression(expression, scope).needed),
    );
    const output = input.get("output");
    if (output !== undefined) await checkWritable(output);
    const perQuery = input.get("per-query");
    if (perQuery !== undefined) await makeFolder(perQuery);
    const schemes = await folder.open(needed);
    const [{ space, metadata }] = schemes.values();
    const hashes = await modelHashes(input);
    if (metadata.model_sha256 !== undefined && metadata.model_sha256 !== hashes.model) {
      throw new RangeError(
        `Cannot ablate ${
          input.text("model")
        }: its weights are not those that ${folder.path} was made with`,
      );
    }
    const means = { space, of: new Map([...schemes].map(([name, { mean }]) => [name, mean])) };
    const tableSets = ablationSets({ sets, schemes: folder.names }, means, {
      rows: asked,
      levels,
      controls,
      repetitions,
      seed,
    });
    const ops = await openOps(input);
    try {
      const encoder = await openModel(input, ops);
      const ablated: AblatedCollection[] = [];
      for (const [i, path] of folders.entries()) {
        const validation = await openValidation({
          folder: path,
          relevantFrom: input.integer("relevant-from", { least: -1000 })!,
          queries: input.integer("queries", { least: 2 }),
          perRelevant: input.integer("per-relevant", { least: 1 })!,
          mostRelevant: input.integer("most-relevant", { least: 1 }),
          run: runs[i],
          seed,
          quiet,
        });
        if (!quiet && validation.leftOut.length > 0) {
          console.error(`${path}: no candidates for queries ${validation.leftOut.join(" ")}`);
        }
        const candidates = await encodeCandidates(encoder, validation, options);
        const total = forwardsOf(candidates.length, [
          new Uint32Array(0),
          ...tableSets.flatMap((row) => row.sets),
        ]);
        const progress = startProgress(total, { things: `passages of ${path}`, quiet });
        const found = await ablate(encoder, { candidates, qrels: validation.qrels }, tableSets, {
          rankBy: input.text("rank-by") === "logit" ? "logit" : "margin",
          onProgress: (done) => progress.update(done),
        });
        progress.end(
          `${path}: ${found.queries.length} queries, ${found.candidates} candidates, ${total} forward passes`,
        );
        const name = path.replace(/\/+$/, "").split("/").at(-1)!;
        const collection = ablated.some((one) => one.collection === name) ? path : name;
        ablated.push({ ...found, collection, group: "all" });
        if (perQuery !== undefined) {
          await writeFile(`${perQuery}/${i}-${name}.tsv`, queriesTable(found));
        }
      }
      const table = ablationRowsTable(ablationTable(ablated, { seed }));
      if (output === undefined) console.log(table.trimEnd());
      else await writeFile(output, table);
    } finally {
      ops.close();
    }
  },
};
