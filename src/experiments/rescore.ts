/** Scores of the same pairs by a model with one set of neurons zeroed, then the next, … */

import { type CrossEncoder, marginOf } from "../model/cross_encoder.ts";
import { scoresUnderMasks } from "../model/masked_scores.ts";
import { neuronOf } from "../model/neurons.ts";
import type { EncodedPair } from "../model/tokenizer.ts";

/** What pairs are ranked by: logit of class 1 minus class 0 (as p(relevant) ranks), or of class 1. */
export type RankBy = "margin" | "logit";

/** Pairs between two reports of progress. */
const PIECE = 64;

/** Options of {@linkcode rescore}. */
export interface RescoreOptions {
  /** `margin` unless given. */
  readonly rankBy?: RankBy;
  /** Called with the number of forward passes that are done. */
  readonly onProgress?: (forwards: number) => void;
}

/**
 * The score of every pair under every set, [sets][pairs]. Equal sets are run once; the unpruned model
 * is the empty set.
 */
export async function rescore(
  encoder: CrossEncoder,
  pairs: readonly EncodedPair[],
  sets: readonly Uint32Array[],
  { rankBy = "margin", onProgress }: RescoreOptions = {},
): Promise<Float64Array[]> {
  const distinct = new Map(sets.map((ids) => [ids.join(), ids]));
  const neurons = Array.from(
    distinct.values(),
    (ids) => Array.from(ids, (id) => neuronOf(encoder.config, id)),
  );
  const found = new Map(
    Array.from(distinct.keys(), (key) => [key, new Float64Array(pairs.length)]),
  );
  for (let first = 0; first < pairs.length; first += PIECE) {
    const piece = pairs.slice(first, first + PIECE);
    const scores = await scoresUnderMasks(encoder, piece, neurons);
    [...found.values()].forEach((values, set) =>
      scores[set].forEach(({ logits }, i) => values[first + i] = valueOf(logits, rankBy))
    );
    onProgress?.((first + piece.length) * distinct.size);
  }
  return sets.map((ids) => found.get(ids.join())!);
}

/** How many forward passes {@linkcode rescore} takes. */
export function forwardsOf(pairs: number, sets: readonly Uint32Array[]): number {
  return pairs * new Set(sets.map((ids) => ids.join())).size;
}

function valueOf(logits: readonly number[], rankBy: RankBy): number {
  return rankBy === "margin" ? marginOf(logits) : logits[logits.length - 1];
}
