/** `rerank`: candidates in the order of a cross-encoder, as a TREC run. */

import {
  checkFits,
  type CrossEncoder,
  type EncodeOptions,
  inPieces,
  marginOf,
  type Neuron,
  neuronMasks,
  neuronName,
  neuronOf,
  type Ops,
  parseNeuronSet,
  type PieceOptions,
  score,
  type TextPair,
} from "../../mod.ts";
import { type Collection } from "../formats/collection.ts";
import { formatRun, readRun } from "../formats/trec.ts";
import type { Command, Input } from "./command.ts";
import { computeOptions } from "./compute.ts";
import { datasetOptions, openDataset } from "./dataset.ts";
import { deviceOpener, openDevices } from "./devices.ts";
import { checkWritable, readText, writeOutput } from "./files.ts";
import { fileStream } from "./folder.ts";
import { modelIdentity, optionsIdentity, sha256OfFields } from "./identity.ts";
import type { Identity } from "./journal_file.ts";
import { journalled, removeJournal, restartOption } from "./journalled.ts";
import { encodeOptions, modelHashes, modelOptions } from "./model.ts";
import { openRunLog, runLogOptions } from "./run_log.ts";

/** The command. */
export const rerank: Command = {
  summary: "a run's candidates re-ranked by a cross-encoder, as a TREC run",
  options: {
    ...modelOptions,
    ...datasetOptions,
    candidates: { value: "RUN", help: "a TREC run; - reads standard input" },
    depth: { value: "N", help: "candidates a query", fallback: "1000" },
    ablate: { value: "NEURONS", help: "a set of neurons to zero, as `neurons` writes it" },
    output: { value: "FILE", help: "the run; standard output unless given" },
    ...restartOption,
    ...runLogOptions,
    ...computeOptions,
  },
  notes:
    "Scores are logit margins (the relevant class minus the other), which do not tie where p(relevant) is 1.\n" +
    "With --output, scores are kept in OUTPUT.journal until the run is written; the same command goes\n" +
    "on from there after whatever stopped it, and ends in the same bytes.",
  async run(input) {
    const options = encodeOptions(input);
    const depth = input.integer("depth", { least: 1 })!;
    const file = input.text("candidates");
    input.text("model");
    const output = input.get("output");
    if (output !== undefined) await checkWritable(output);
    const collection = await openDataset(input);
    const candidates = await readCandidates(collection, { file, depth });
    using log = await openRunLog(input);
    const devices = await openDevices(deviceOpener(input));
    try {
      const neurons = await neuronsOf(devices.encoder, input.get("ablate"));
      const journal = output === undefined ? undefined : `${output}.journal`;
      const margins = await journalled({
        ...{ devices, journal, log, things: "pairs", of: candidates.length },
        outputs: output === undefined ? [] : [output],
        identity: await identityOf(input, { candidates, neurons, ops: devices.encoder.ops }),
        restart: input.has("restart"),
        quiet: input.has("quiet"),
        work: (encoder, pieces) => marginsOf(encoder, candidates, { ...options, neurons, pieces }),
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
  // standard input cannot be read again to find the line of an unknown id
  const asker = file === "-" ? undefined : { file, open: () => fileStream(file) };
  const keys = [...run].flatMap(([queryId, scores]) =>
    [...scores].sort((a, b) => b[1] - a[1]).slice(0, depth)
      .map(([passageId]) => ({ queryId, passageId }))
  );
  const passages = await collection.passagesOf(new Set(keys.map((key) => key.passageId)), asker);
  const queries = new Map<string, string>();
  for (const id of run.keys()) queries.set(id, (await collection.queryOf(id, asker)).text);
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
  { neurons, pieces, ...encoding }: EncodeOptions & {
    readonly neurons: readonly Neuron[] | undefined;
    readonly pieces: PieceOptions;
  },
): Promise<Float64Array> {
  const masks = neurons && neuronMasks(encoder.ops, encoder.config, [neurons]);
  return await inPieces({ ...pieces, count: candidates.length, numbers: 1 }, async (first, end) => {
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
  input: Input,
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
    ...await modelIdentity(input, { hashes: await modelHashes(input), ops }),
    candidates: String(candidates.length),
    candidates_sha256: sha256OfFields(texts()),
    ablated: neurons ? sha256OfFields(neurons.map(neuronName)) : "none",
    ...optionsIdentity(input, ["depth", "max-length", "segments"]),
  };
}
