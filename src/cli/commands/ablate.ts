/** `ablate`: what zeroing neuron sets, or replacing them, does to nDCG@10 (Table 4). */

import { percent } from "../run/scheme_report.ts";
import {
  ablate,
  type AblatedCollection,
  ablationSets,
  ablationTable,
  ablationTsv,
  atAttainable,
  controlledRow,
  forwardsOf,
  meansOf,
  paperRows,
  queriesTsv,
  readSchemeMetadata,
  setsOfRows,
} from "../../../internal.ts";
import { type Arguments, type Command, type OptionSpec, withoutEffect } from "../command.ts";
import { ablationOptions, methodsOption, readReplacements } from "../options/ablation.ts";
import { computeOptions } from "../options/backend.ts";
import { deviceOpener, openDevices } from "../run/devices.ts";
import { makeFolder, writeFile, writeOutput } from "../../deno/files.ts";
import { ablationIdentity, modelIdentity, optionsIdentity } from "../run/identity.ts";
import { journalBeside, removeJournal } from "../run/journal_file.ts";
import { restartOption, resumable } from "../run/resumable.ts";
import { encodeOptions, modelHashes, modelOptions } from "../options/model.ts";
import { levelsOption, listOption, refuseUnknown } from "../options/lists.ts";
import { anyModelOption, checkModel } from "../options/neuron_set.ts";
import { write } from "../run/progress.ts";
import { openRunLog, runLogOptions } from "../run/run_log.ts";
import {
  collectionsOf,
  declaredSets,
  defaultSets,
  openSchemeFolder,
  readExpression,
  schemeOptions,
} from "../options/schemes.ts";
import { openValidations, readValidation, validationOptions } from "../options/validation.ts";
import { ablateCuts, sweepOptions } from "./ablate_cuts.ts";

/** Options that decide what is scored. */
const optionsOfResult = [
  ...["max-length", "segments", "rank-by", "rows", "levels", "controls", "repetitions", "seed"],
  "other-repetitions",
  ...["queries", "relevant-from", "per-relevant", "most-relevant"],
] as const;

/** Options that have no effect where attention is cut. */
function ofSchemes(
  options: Readonly<Record<string, OptionSpec>>,
): Readonly<Record<string, OptionSpec>> {
  return Object.fromEntries(
    Object.entries(options).map(([name, spec]) => [name, {
      ...spec,
      idle: {
        when: (args: Arguments) =>
          args.has("cut")
            ? "--cut zeroes attention, and no neurons of schemes"
            : spec.idle?.when(args),
        harmless: spec.idle?.harmless,
      },
    }]),
  );
}

/** The command. */
export const ablateCommand: Command = {
  summary: "what zeroing neuron sets, or cutting attention, does to nDCG@10 (Table 4)",
  options: {
    ...modelOptions,
    ...validationOptions,
    ...ofSchemes({
      ...schemeOptions,
      ...anyModelOption,
      "in-domain": {
        value: "X,Y",
        help: "collections that the model was trained on",
        fallback: "ms",
      },
      rows: { value: "E;F", help: "expressions; the paper's rows unless given" },
      levels: { value: "X,Y", help: "levels in per cent", fallback: "0.01,0.1,1" },
      controls: { value: "E;F", help: "rows with a random control; all of them unless given" },
      repetitions: { value: "N", help: "random sets of the in-domain N's control", fallback: "50" },
      "other-repetitions": { value: "N", help: "random sets of every other one", fallback: "10" },
      "rank-by": {
        value: "SCORE",
        help: "logit of the relevant class minus the other's, or alone",
        choices: ["margin", "logit"],
        fallback: "margin",
      },
      ...ablationOptions,
      ablation: {
        ...ablationOptions.ablation,
        value: "METHODS",
        help:
          "what neurons become: some of zero, mean (over a reference list), resample (another pair's)",
      },
    }),
    ...sweepOptions,
    seed: { value: "N", help: "of all that is drawn", fallback: "0" },
    output: {
      value: "FILE",
      help: "the table; standard output unless given",
      file: {
        use: "written",
        beside: (args) => listOption(args, "datasets", ",").map((_, i) => `.${i}.journal`),
      },
    },
    ...ofSchemes({
      "per-query": {
        value: "FOLDER",
        help: "also a table of queries for each collection",
        file: { use: "written", holds: (path) => /^\d+-[^/]*\.tsv$/.test(path) },
      },
    }),
    ...restartOption,
    ...runLogOptions,
    ...computeOptions,
  },
  notes:
    "Sets A (all collections of the schemes) and O (those not in domain) are declared unless --sets\n" +
    "says otherwise. Positive changes are losses. Several ways of ablation stand in a column `ablation`,\n" +
    "with the same sets and random controls. With --output, scores are kept in OUTPUT.0.journal,\n" +
    "one a collection, until the table is written; the same command goes on from there after whatever\n" +
    "stopped it, and ends in the same bytes.\n" +
    "With --cut no head of the layers attends from the one segment to the other (cls, query, sep1, passage,\n" +
    "sep2): probabilities become 0 after softmax. A line a cut, window and collection: nDCG@10, its loss with a\n" +
    "95 % interval over queries, and how p(relevant) changes, of all candidates and of relevant ones.",
  async run(args) {
    if (args.has("cut")) return await ablateCuts(args);
    const options = encodeOptions(args);
    args.text("model");
    const validation = readValidation(args);
    const levels = levelsOption(args, "levels");
    const seed = args.integer("seed", { least: 0, most: 2 ** 52 })!;
    const repetitions = args.integer("repetitions", { least: 1, most: 10_000 })!;
    const quiet = args.has("quiet");
    const methods = methodsOption(args);
    const folder = await openSchemeFolder(args);
    const collections = collectionsOf(folder.names, listOption(args, "in-domain", ","));
    refuseUnknown(args, "in-domain", collections.map(({ abbreviation }) => abbreviation));
    const sets = new Map([...defaultSets(collections), ...await declaredSets(args)]);
    const rows = listOption(args, "rows", ";");
    const asked = rows.length > 0 ? rows : paperRows(collections);
    const controls = args.has("controls") ? listOption(args, "controls", ";") : asked;
    if (!quiet) noteIdleRepetitions(args, controls, controlledRow(asked));
    const scope = { names: folder.names, sets };
    const needed = new Set(
      [...asked, ...controls].flatMap((expression) => readExpression(expression, scope).needed),
    );
    const output = args.get("output");
    const perQuery = args.get("per-query");
    if (perQuery !== undefined) await makeFolder(perQuery);
    const schemes = await folder.open(needed);
    const [{ space, metadata }] = schemes.values();
    const model = args.text("model");
    const hashes = await modelHashes(model);
    const used = { space, model, sha256: hashes.model, anyModel: args.has("any-model"), quiet };
    checkModel({
      what: `the schemes of ${folder.path}`,
      sha256: readSchemeMetadata(metadata).modelSha256,
    }, used);
    const replacements = await readReplacements(args, { methods, encoding: options, used, seed });
    const tableSets = ablationSets({ sets, schemes: folder.names }, meansOf(schemes), {
      rows: asked,
      levels,
      controls,
      repetitions,
      otherRepetitions: args.integer("other-repetitions", { least: 1, most: 10_000 })!,
      seed,
      methods,
    });
    using log = await openRunLog(args);
    const devices = await openDevices(deviceOpener(args));
    try {
      const identity = await modelIdentity(args, { hashes, ops: devices.encoder.ops });
      const ablated: AblatedCollection[] = [];
      const journals: string[] = [];
      let i = 0;
      for await (
        const { path, name, qrels, candidates } of openValidations(args, devices.encoder, {
          ...validation,
          ...{ seed, encoding: options },
        })
      ) {
        const journal = journalBeside(output, `.${i}.journal`);
        if (journal !== undefined) journals.push(journal);
        const found = await resumable({
          ...{ devices, journal, quiet, log },
          outputs: output === undefined ? [] : [output],
          ...{ of: candidates.length, things: `candidates of ${path}` },
          identity: {
            command: "ablate",
            ...identity,
            ...optionsIdentity(args, optionsOfResult),
            ...ablationIdentity(candidates, tableSets),
            ...replacements.identity,
          },
          restart: args.has("restart"),
          work: (encoder, chunks) =>
            ablate(encoder, { candidates, qrels }, tableSets, {
              space,
              rankBy: args.text("rank-by") === "logit" ? "logit" : "margin",
              replacements: replacements.of(encoder),
              ...chunks,
            }),
        });
        const atBest = atAttainable(found);
        if (!quiet && atBest > 0.5) {
          write(
            `${path}: warning: ${
              percent(atBest)
            } of the queries are at the best nDCG@10 that their candidates allow\n`,
          );
        }
        const forwards = forwardsOf(candidates.length, setsOfRows(tableSets));
        if (!quiet) {
          write(
            `${path}: ${found.queries.length} queries, ${found.candidates} candidates, ${forwards} forward passes\n`,
          );
        }
        const shown = ablated.some((one) => one.collection === name) ? path : name;
        ablated.push({ ...found, collection: shown, group: "all" });
        if (perQuery !== undefined) {
          await writeFile(`${perQuery}/${i}-${name}.tsv`, queriesTsv(found));
        }
        i++;
      }
      const table = ablationTsv(ablationTable(ablated, { seed }));
      await writeOutput(output, table);
      for (const journal of journals) await removeJournal(journal);
    } finally {
      devices.close();
    }
  },
};

/** Notes numbers of repetitions that no control takes: known once the folder's collections are. */
function noteIdleRepetitions(
  args: Arguments,
  controls: readonly string[],
  controlled: string | undefined,
): void {
  const idle = {
    "repetitions": !controls.includes(controlled ?? "") && `no control is of ${controlled}`,
    "other-repetitions": controls.every((one) => one === controlled) &&
      `every control is of ${controlled}`,
  };
  for (const [name, reason] of Object.entries(idle)) {
    if (reason && args.has(name)) console.error(`note: ${withoutEffect(name, reason)}`);
  }
}
