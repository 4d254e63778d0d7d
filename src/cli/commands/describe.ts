/** `describe`: what neurons respond to. */

import manifest from "../../../deno.json" with { type: "json" };
import {
  axiomMeanings,
  type AxiomName,
  axiomNames,
  checkDescribed,
  describeBy,
  type DescribeOptions,
  type Description,
  DESCRIPTION_FORMAT,
  descriptionPage,
  descriptionTable,
  type EncodeOptions,
  neuronName,
  signalMeanings,
  type SignalName,
  signalNames,
} from "../../../internal.ts";
import { attributionOptions, readAttributionOptions } from "./attribute.ts";
import { type Arguments, type Command, type FileRole, UsageError } from "../command.ts";
import { computeOptions } from "../options/backend.ts";
import {
  describedPairOptions,
  describedSources,
  statisticsOf,
  withStatistics,
} from "../options/described_pairs.ts";
import { listOption, refuseUnknown } from "../options/lists.ts";
import { encodeOptions, modelHashes, modelOptions } from "../options/model.ts";
import { neuronsOption, readNeuronSets, unionOf } from "../options/neuron_set.ts";
import type { Source, SourcePair } from "../options/source.ts";
import { readSynonyms } from "../options/synonyms.ts";
import { writeFile, writeOutput } from "../../deno/files.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import { choosePairs } from "../run/choose_pairs.ts";
import { describeWork } from "../run/describe_work.ts";
import { deviceOpener, openDevices } from "../run/devices.ts";
import { modelIdentity, optionsIdentity } from "../run/identity.ts";
import { type Identity, journalBeside, removeJournal } from "../run/journal_file.ts";
import { openRun, type Run } from "../run/open_run.ts";
import { doChunks } from "../run/resumable.ts";
import { openRunLog, runLogOptions } from "../run/run_log.ts";

/** Neurons that are described together at most. */
const MOST = 5000;

/** Options that decide what is kept in the journal. */
const optionsOfResult = [
  ...["target", "baseline", "rule", "steps", "tolerance", "max-length", "segments"],
  ...["speaks-for", "axioms", "axiom-pairs", "seed"],
] as const;

/** The first file that is written, which the journal lies beside. */
const journalled = (args: Arguments) => ["output", "json", "html"].find((name) => args.has(name));

/** A file that is written, and the journal where it lies beside it. */
const written = (name: string): FileRole => ({
  use: "written",
  beside: (args) => journalled(args) === name ? [".journal"] : [],
});

/** The command. */
export const describeCommand: Command = {
  summary: "what neurons respond to: signals, words, pairs and tokens, axioms",
  options: {
    ...modelOptions,
    ...neuronsOption,
    ...describedPairOptions,
    "speaks-for": {
      value: "CLASS",
      help:
        "whose logit F is in the pairs: their own label's, as in `attribute`, or the relevant's",
      choices: ["own", "relevant"],
      fallback: "own",
    },
    ...attributionOptions,
    signals: {
      value: "S,T",
      help: `of ${signalNames.join(", ")}; all that differ between pairs unless given`,
    },
    axioms: {
      value: "NAMES",
      help: `of ${axiomNames.join(", ")}, or none; all unless given`,
    },
    "axiom-pairs": {
      value: "N",
      help: "minimal pairs of an axiom at most",
      fallback: "30",
      idle: {
        when: (args) => args.get("axioms") === "none" ? "--axioms none asks for none" : undefined,
      },
    },
    synonyms: {
      value: "FILE",
      help:
        "words of one meaning a line, tabs between them: STMC1 takes them in place of words whose " +
        "embeddings are near",
      file: { use: "read" },
      idle: {
        when: (args) => {
          const axioms = args.has("axioms") ? listOption(args, "axioms", ",") : ["STMC1"];
          return axioms.includes("STMC1") ? undefined : "--axioms has no STMC1";
        },
      },
    },
    examples: { value: "N", help: "exciting pairs of a neuron", fallback: "3" },
    "token-conductance": {
      help: "what each token of these pairs contributes, too: they are attributed once more",
      idle: {
        when: (args) =>
          args.get("examples") === "0"
            ? "--examples 0 asks for no pairs"
            : args.has("json") || args.has("html")
            ? undefined
            : "only --json and --html have tokens",
      },
    },
    words: { value: "N", help: "nearest words of a side of a neuron", fallback: "5" },
    draws: { value: "N", help: "of the bootstrap over queries", fallback: "1000" },
    output: {
      value: "FILE",
      help: "the table of correlations and contrasts; standard output unless given",
      file: written("output"),
    },
    json: { value: "FILE", help: "everything that was found", file: written("json") },
    html: { value: "FILE", help: "a page with coloured tokens", file: written("html") },
    restart: {
      help: "start anew, though there is a journal of an earlier run",
      idle: {
        when: (args) => journalled(args) ? undefined : "without a file nothing is kept",
        harmless: true,
      },
    },
    ...runLogOptions,
    ...computeOptions,
  },
  notes:
    "A line a neuron, quantity and signal (Spearman's correlation), then one an axiom of F and one a\n" +
    "neuron and axiom (mean contrast of minimal pairs). Intervals and p are over queries, holm is p by\n" +
    "Holm's correction. docs/describe.md defines every signal and every minimal pair. What is finished\n" +
    "is kept beside the first of --output, --json and --html, in FILE.journal.",
  async run(args) {
    const encoding = encodeOptions(args);
    const list = args.get("synonyms");
    const synonyms = list === undefined ? undefined : await readSynonyms(list);
    const options = { ...readOptions(args), synonyms: synonyms?.words };
    args.text("model");
    args.text("neurons");
    const sources = await describedSources(args);
    using log = await openRunLog(args);
    const files = ["output", "json", "html"].flatMap((name) => args.get(name) ?? []);
    const devices = await openDevices(deviceOpener(args));
    try {
      const { encoder } = devices;
      checkDescribed(encoder.config);
      const sets = await readNeuronSets(args, encoder.config, { most: MOST });
      const neurons = unionOf(encoder.config, sets).map(neuronName);
      const hashes = await modelHashes(args.text("model"));
      const identity: Identity = {
        command: "describe",
        ...await modelIdentity(args, { hashes, ops: encoder.ops }),
        ...identityOf(sources, args),
        ...optionsIdentity(args, optionsOfResult),
        ...(synonyms && { synonyms_sha256: synonyms.sha256 }),
        neurons: String(neurons.length),
        neurons_sha256: sha256OfFields(neurons),
      };
      await using run = await openRun({
        ...{ devices, log, unit: "pairs", quiet: args.has("quiet"), identity },
        ...{ journal: journalBeside(files[0]), outputs: files, restart: args.has("restart") },
      });
      const kept = await keptPairs(run, sources, { args, encoding });
      using collection = await withStatistics(kept, await statisticsOf(args));
      const found = await describeBy(
        encoder,
        neurons,
        {
          ...{ ...options, ...encoding, pairs: collection.pairs, idf: collection.idf },
          sets: sets.map((set) => ({ name: set.name, neurons: set.neurons.map(neuronName) })),
        },
        describeWork(run),
      );
      tell(run, found, options.axioms);
      await writeOutput(args.get("output"), descriptionTable(found));
      const { json, html } = { json: args.get("json"), html: args.get("html") };
      const told = {
        ...identity,
        draws: args.text("draws"),
        ...(options.tokenConductance ? { "token-conductance": "on" } : {}),
      };
      if (json !== undefined) {
        const file = { format: DESCRIPTION_FORMAT, provenance: told, ...found };
        await writeFile(json, `${JSON.stringify(file)}\n`);
      }
      if (html !== undefined) {
        const page = descriptionPage(found, {
          model: args.text("model"),
          neurons: neurons.length === 1 ? `Neuron ${neurons[0]}` : `${neurons.length} neurons`,
          pairs: `${kept.length} pairs of ${sources[0].name}`,
          version: manifest.version,
          meanings: { ...signalMeanings, ...axiomMeanings, ...synonyms?.meanings },
          options: told,
        });
        await writeFile(html, page);
      }
      await removeJournal(run.path);
      run.finish();
    } finally {
      devices.close();
    }
  },
};

/** What the options ask for, beside pairs and encoding. */
function readOptions(args: Arguments): DescribeOptions {
  refuseUnknown(args, "signals", signalNames);
  const none = args.get("axioms") === "none";
  if (!none) refuseUnknown(args, "axioms", axiomNames);
  const list = (name: string) => args.has(name) && !none ? listOption(args, name, ",") : undefined;
  const signals = args.has("signals") ? listOption(args, "signals", ",") : undefined;
  if (signals?.length === 0) throw new UsageError("Option --signals needs the name of a signal");
  return {
    ...readAttributionOptions(args),
    signals: signals as SignalName[] | undefined,
    axioms: none ? [] : list("axioms") as AxiomName[] | undefined,
    axiomPairs: args.integer("axiom-pairs", { least: 1, most: 100_000 }),
    examples: args.integer("examples", { least: 0, most: 100 }),
    tokenConductance: args.has("token-conductance"),
    words: args.integer("words", { least: 0, most: 100 }),
    speaksFor: args.text("speaks-for") === "relevant" ? "relevant" : "own",
    draws: args.integer("draws", { least: 100, most: 1_000_000 }),
    seed: args.integer("seed", { least: 0, most: Number.MAX_SAFE_INTEGER }),
  };
}

/** Records of a journal: predictions of the first and second source; describe_work.ts has others. */
const PREDICTIONS = [3, 4];

/** The pairs that are described: those of each source, one after another. */
async function keptPairs(
  run: Run,
  sources: readonly Source[],
  { args, encoding }: { readonly args: Arguments; readonly encoding: EncodeOptions },
): Promise<readonly SourcePair[]> {
  const all: SourcePair[] = [];
  for (const [i, source] of sources.entries()) {
    const { kept, dropped, asked } = await choosePairs(source, {
      agreement: (args.get("agreement") ?? source.agreement) === "on",
      encoding,
      ask: (work) => doChunks(run, { ...work, kind: PREDICTIONS[i] }),
    });
    all.push(...kept);
    if (asked > 0) {
      run.note(`the model disagrees with ${dropped} of ${asked} ${source.label} pairs`);
    }
  }
  if (all.length === 0) {
    throw new RangeError(
      `Cannot describe neurons: the model agrees with no pair's label in ${
        sources[0].name
      }; --agreement off takes them all the same`,
    );
  }
  return all;
}

function identityOf(sources: readonly Source[], args: Arguments): Identity {
  return Object.fromEntries(sources.flatMap((source) => [
    [`${source.label}_agreement`, args.get("agreement") ?? source.agreement],
    ...Object.entries(source.identity).map(([name, value]) => [`${source.label}_${name}`, value]),
  ]));
}

/** Says what the table cannot. */
function tell(
  run: Run,
  { leftOut, cut, pairs, correlations, minimalPairs, axioms }: Description,
  asked: readonly AxiomName[] = axiomNames,
) {
  for (const { signal, why } of leftOut) {
    run.note(`note: left out signal ${signal}: ${why}`);
  }
  if (cut > 0) {
    run.note(
      `note: ${cut} of ${pairs.length} pairs are as long as the model reads: signals are of the whole texts`,
    );
  }
  const constant = new Set(
    correlations.flatMap(({ neuron, quantity, rho }) =>
      rho === null ? [`${neuron} ${quantity}`] : []
    ),
  );
  if (constant.size > 0) {
    run.note(
      `note: no correlation of ${[...constant].slice(0, 5).join(", ")}${
        constant.size > 5 ? ` and ${constant.size - 5} others` : ""
      }: the same value in all pairs`,
    );
  }
  if (correlations.some(({ rho, p }) => rho !== null && p === null)) {
    run.note("note: no interval where there are fewer than five queries");
  }
  const made = axioms.filter(({ set }) => set === axioms[0].set)
    .map(({ axiom, F }) => `${axiom} ${F.pairs}`).join(", ");
  if (minimalPairs.length > 0) run.note(`minimal pairs: ${made}`);
  const none = asked.filter((axiom) => !minimalPairs.some((pair) => pair.axiom === axiom));
  if (none.length > 0) {
    run.note(`note: no minimal pairs of ${none.join(", ")} could be made of these pairs`);
  }
}
