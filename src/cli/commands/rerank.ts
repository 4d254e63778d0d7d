/** `rerank`: candidates in the order of a cross-encoder, as a TREC run. */

import {
  checkFits,
  type ChunkOptions,
  type CrossEncoder,
  type EncodeOptions,
  inChunks,
  marginOf,
  type Neuron,
  neuronMasks,
  neuronName,
  neuronOf,
  type Ops,
  parseNeuronSet,
  score,
  type TextPair,
} from "../../../internal.ts";
import { type Collection } from "../../formats/collection.ts";
import { formatRun, readRun } from "../../formats/trec.ts";
import type { Arguments, Command } from "../command.ts";
import { computeOptions } from "../options/backend.ts";
import { datasetOptions, openDataset } from "../options/dataset.ts";
import { deviceOpener, openDevices } from "../run/devices.ts";
import { readText, writeOutput } from "../../deno/files.ts";
import { fileStream, rereadable } from "../../deno/folder.ts";
import { modelIdentity, optionsIdentity } from "../run/identity.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import type { Identity } from "../run/journal_file.ts";
import { journalBeside, removeJournal, restartOption, resumable } from "../run/resumable.ts";
import { encodeOptions, modelHashes, modelOptions } from "../options/model.ts";
import { openRunLog, runLogOptions } from "../run/run_log.ts";

/** The command. */
export const rerank: Command = {
  summary: "a run's candidates re-ranked by a cross-encoder, as a TREC run",
  options: {
    ...modelOptions,
    ...datasetOptions,
    candidates: {
      value: "RUN",
      help: "a TREC run; - reads standard input",
      file: { use: "read" },
    },
    depth: { value: "N", help: "candidates a query", fallback: "1000" },
    ablate: {
      value: "NEURONS",
      help: "a set of neurons to zero, as `neurons` writes it",
      file: { use: "read" },
    },
    output: {
      value: "FILE",
      help: "the run; standard output unless given",
      file: { use: "written", beside: () => [".journal"] },
    },
    ...restartOption,
    ...runLogOptions,
    ...computeOptions,
  },
  notes:
    "Scores are logit margins (the relevant class minus the other), which do not tie where p(relevant) is 1.\n" +
    "With --output, scores are kept in OUTPUT.journal until the run is written; the same command goes\n" +
    "on from there after whatever stopped it, and ends in the same bytes.",
  async run(args) {
    const options = encodeOptions(args);
    const depth = args.integer("depth", { least: 1 })!;
    const file = args.text("candidates");
    args.text("model");
    const output = args.get("output");
    const collection = await openDataset(args);
    const candidates = await readCandidates(collection, { file, depth });
    using log = await openRunLog(args);
    const devices = await openDevices(deviceOpener(args));
    try {
      const neurons = await neuronsOf(devices.encoder, args.get("ablate"));
      const journal = journalBeside(output);
      const margins = await resumable({
        ...{ devices, journal, log, things: "pairs", of: candidates.length },
        outputs: output === undefined ? [] : [output],
        identity: await identityOf(args, { candidates, neurons, ops: devices.encoder.ops }),
        restart: args.has("restart"),
        quiet: args.has("quiet"),
        work: (encoder, chunks) => marginsOf(encoder, candidates, { ...options, neurons, chunks }),
      });
      const run = new Map<string, Map<string, number>>();
      candidates.forEach(({ queryId, passageId }, i) => {
        if (!run.has(queryId)) run.set(queryId, new Map());
        run.get(queryId)!.set(passageId, margins[i]);
      });
      await writeOutput(output, [...formatRun(run, "relevance-neurons")].join(""));
      await removeJournal(journal);
    } finally {
      devices.close();
    }
  },
};

/** A candidate with its texts. */
interface Candidate extends TextPair {
  readonly queryId: string;
  readonly passageId: string;
}

async function readCandidates(
  collection: Collection,
  { file, depth }: { readonly file: string; readonly depth: number },
): Promise<Candidate[]> {
  const run = await readRun(fileStream(file), file);
  const requestedBy = rereadable(file); // to find the line of an unknown id
  const keys = [...run].flatMap(([queryId, scores]) =>
    [...scores].sort((a, b) => b[1] - a[1]).slice(0, depth)
      .map(([passageId]) => ({ queryId, passageId }))
  );
  const passages = await collection.passagesOf(
    new Set(keys.map((key) => key.passageId)),
    requestedBy,
  );
  const queries = new Map<string, string>();
  for (const id of run.keys()) queries.set(id, (await collection.queryOf(id, requestedBy)).text);
  return keys.map((key) => ({
    ...key,
    query: queries.get(key.queryId)!,
    passage: passages.get(key.passageId)!.text,
  }));
}

/** The margin of every candidate; `neurons` are zeroed. */
async function marginsOf(
  encoder: CrossEncoder,
  candidates: readonly Candidate[],
  { neurons, chunks, ...encoding }: EncodeOptions & {
    readonly neurons: readonly Neuron[] | undefined;
    readonly chunks: ChunkOptions;
  },
): Promise<Float64Array> {
  const masks = neurons && neuronMasks(encoder.ops, encoder.config, [neurons]);
  return await inChunks({ ...chunks, count: candidates.length, numbers: 1 }, async (first, end) => {
    const pairs = candidates.slice(first, end);
    const scores = await score(encoder, pairs, {
      ...encoding,
      masks: masks && { masks, of: pairs.map(() => 0) },
    });
    return scores.map(({ logits }, i) => {
      const margin = marginOf(logits);
      if (Number.isFinite(margin)) return margin;
      const { queryId, passageId } = pairs[i];
      throw new RangeError(
        `Cannot re-rank passage "${passageId}" of query "${queryId}": its margin is ${margin}`,
      );
    });
  });
}

/** The neurons of a set's file. */
async function neuronsOf(
  { config }: CrossEncoder,
  file: string | undefined,
): Promise<Neuron[] | undefined> {
  if (file === undefined) return undefined;
  const set = parseNeuronSet(await readText(file), file);
  checkFits(set, config, file);
  return Array.from(set.ids, (id) => neuronOf(config, id));
}

/** What the scores depend on. */
async function identityOf(
  args: Arguments,
  { candidates, neurons, ops }: {
    readonly candidates: readonly Candidate[];
    readonly neurons: readonly Neuron[] | undefined;
    readonly ops: Ops;
  },
): Promise<Identity> {
  const texts = function* () {
    for (const one of candidates) yield* [one.queryId, one.passageId, one.query, one.passage];
  };
  return {
    command: "rerank",
    ...await modelIdentity(args, { hashes: await modelHashes(args), ops }),
    candidates: String(candidates.length),
    candidates_sha256: sha256OfFields(texts()),
    ablated: neurons ? sha256OfFields(neurons.map(neuronName)) : "none",
    ...optionsIdentity(args, ["depth", "max-length", "segments"]),
  };
}
