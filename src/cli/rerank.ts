/** `rerank`: candidates in the order of a cross-encoder, as a TREC run. */

import {
  checkFits,
  type CrossEncoder,
  marginOf,
  neuronMasks,
  neuronOf,
  parseNeuronSet,
  score,
  type TextPair,
} from "../../mod.ts";
import { type Collection } from "../formats/collection.ts";
import { formatRun, readRun } from "../formats/trec.ts";
import type { Command } from "./command.ts";
import { computeOptions, openOps } from "./compute.ts";
import { datasetOptions, openDataset } from "./dataset.ts";
import { checkWritable, readText, writeFile } from "./files.ts";
import { fileStream } from "./folder.ts";
import { encodeOptions, modelOptions, openModel } from "./model.ts";
import { startProgress } from "./progress.ts";

/** Pairs scored between two reports of progress. */
const PIECE = 256;

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
    ...computeOptions,
  },
  notes:
    "Scores are logit margins (class 1 minus class 0), which do not tie where p(relevant) is 1.",
  async run(input) {
    const options = encodeOptions(input);
    const depth = input.integer("depth", { least: 1 })!;
    const file = input.text("candidates");
    input.text("model");
    const output = input.get("output");
    if (output !== undefined) await checkWritable(output);
    const collection = await openDataset(input);
    const candidates = await readCandidates(collection, { file, depth });
    const ops = await openOps(input);
    try {
      const encoder = await openModel(input, ops);
      const masks = await masksOf(encoder, input.get("ablate"));
      const progress = startProgress(candidates.length, {
        things: "pairs",
        quiet: input.has("quiet"),
      });
      const run = new Map<string, Map<string, number>>();
      for (let at = 0; at < candidates.length; at += PIECE) {
        const piece = candidates.slice(at, at + PIECE);
        const margins = await marginsOf(encoder, piece, {
          ...options,
          masks: masks && { masks, of: piece.map(() => 0) },
        });
        piece.forEach(({ queryId, passageId }, i) => {
          if (!run.has(queryId)) run.set(queryId, new Map());
          run.get(queryId)!.set(passageId, margins[i]);
        });
        progress.update(at + piece.length);
      }
      progress.end();
      const text = [...formatRun(run, "relevance-neurons")].join("");
      if (output === undefined) await Deno.stdout.write(new TextEncoder().encode(text));
      else await writeFile(output, text);
    } finally {
      ops.close();
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

async function marginsOf(
  encoder: CrossEncoder,
  pairs: readonly TextPair[],
  options: Parameters<typeof score>[2],
): Promise<number[]> {
  const scores = await score(encoder, pairs, options);
  return scores.map(({ logits }) => marginOf(logits));
}

/** The mask that zeroes the neurons of a set's file. */
async function masksOf(encoder: CrossEncoder, file: string | undefined) {
  if (file === undefined) return undefined;
  const set = parseNeuronSet(await readText(file), file);
  checkFits(set, encoder.config, file);
  const neurons = Array.from(set.ids, (id) => neuronOf(encoder.config, id));
  return neuronMasks(encoder.ops, encoder.config, [neurons]);
}
