/** Scores of the same pairs by a model with one set of neurons zeroed, then the next, … */

import { type CrossEncoder, marginOf } from "../../model/cross_encoder.ts";
import { scoresUnderMasks } from "../../model/masked_scores.ts";
import { neuronOf } from "../../model/neurons.ts";
import type { EncodedPair } from "../../model/tokenizer.ts";
import { type ChunkOptions, inChunks } from "./chunks.ts";

/** What pairs are ranked by: logit of class 1 minus class 0 (as p(relevant) ranks), or of class 1. */
export type RankBy = "margin" | "logit";

/** Options of {@linkcode rescore}; chunks hold a pair's score under every distinct set. */
export interface RescoreOptions extends ChunkOptions {
  /** `margin` unless given. */
  readonly rankBy?: RankBy;
  /** The name of a pair in error messages, given its place. */
  readonly nameOf?: (pair: number) => string;
}

/** Pairs that are scored: a list, or a function that tokenizes a part of one when it is needed. */
export type PairsToScore = Pick<readonly EncodedPair[], "length" | "slice">;

/**
 * The score of every pair under every set, [sets][pairs]. Equal sets are run once; the unpruned model
 * is the empty set. A pair's scores do not depend on the pairs that run with it.
 *
 * @throws {RangeError} where a score is not finite.
 */
export async function rescore(
  encoder: CrossEncoder,
  pairs: PairsToScore,
  sets: readonly Uint32Array[],
  { rankBy = "margin", nameOf = (pair) => `pair ${pair}`, ...chunks }: RescoreOptions = {},
): Promise<Float64Array[]> {
  const distinct = distinctSets(sets);
  const neurons = Array.from(
    distinct.values(),
    (ids) => Array.from(ids, (id) => neuronOf(encoder.config, id)),
  );
  const count = pairs.length;
  const numbers = neurons.length;
  const values = await inChunks({ count, numbers, ...chunks }, async (first, end) => {
    const scores = await scoresUnderMasks(encoder, pairs.slice(first, end), neurons);
    return Float64Array.from({ length: (end - first) * numbers }, (_, i) => {
      const [pair, set] = [Math.floor(i / numbers), i % numbers];
      const value = valueOf(scores[set][pair].logits, rankBy);
      if (Number.isFinite(value)) return value;
      throw new RangeError(
        `Cannot score ${nameOf(first + pair)} with ${
          neurons[set].length
        } neurons zeroed: its ${rankBy} is ${value}`,
      );
    });
  });
  const column = new Map(Array.from(distinct.keys(), (key, set) => [key, set]));
  return sets.map((ids) => {
    const set = column.get(ids.join())!;
    return Float64Array.from({ length: count }, (_, pair) => values[pair * numbers + set]);
  });
}

/** The sets that {@linkcode rescore} runs, by their ids as text. */
export function distinctSets(sets: readonly Uint32Array[]): Map<string, Uint32Array> {
  return new Map(sets.map((ids) => [ids.join(), ids]));
}

/** How many forward passes {@linkcode rescore} takes. */
export function forwardsOf(pairs: number, sets: readonly Uint32Array[]): number {
  return pairs * distinctSets(sets).size;
}

function valueOf(logits: readonly number[], rankBy: RankBy): number {
  return rankBy === "margin" ? marginOf(logits) : logits[logits.length - 1];
}
