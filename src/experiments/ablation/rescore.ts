/** Scores of the same pairs under several sets of ablated neurons. */

import { type CrossEncoder, marginOf } from "../../model/cross_encoder.ts";
import { scoresUnderMasks } from "../../model/masked_scores.ts";
import type { NeuronSpace } from "../../model/neurons.ts";
import { type ChunkOptions, inChunks } from "./chunks.ts";
import {
  ablatedAs,
  type AblatedSet,
  isResampled,
  maskOfSet,
  type Replacements,
} from "./methods.ts";
import { donorOfPair, type PairsToScore } from "./resampling_donors.ts";

/** What pairs are ranked by: logit of class 1 minus class 0 (as p(relevant) ranks), or of class 1. */
export type RankBy = "margin" | "logit";

/** Options of {@linkcode rescore}; chunks hold a pair's score under every distinct set. */
export interface RescoreOptions extends ChunkOptions {
  /** `margin` unless given. */
  readonly rankBy?: RankBy;
  /** The name of a pair in error messages, given its place. */
  readonly nameOf?: (pair: number) => string;
  /** What takes the place of neurons that are not zeroed. */
  readonly replacements?: Replacements;
  /** Whether a token's attention is scaled to sum to 1 again where heads are zeroed; false unless given. */
  readonly renormalise?: boolean;
  /** The sizes that ids are of: the model's linears unless given. */
  readonly space?: NeuronSpace;
}

/** A set that is ablated; neurons without a method are zeroed. */
export type SetToScore = Uint32Array | AblatedSet;

/**
 * The score of every pair under every set, [sets][pairs]. Equal sets are run once; the unpruned model
 * is the empty set. A pair's scores do not depend on the pairs that run with it.
 *
 * @throws {RangeError} where a score is not finite.
 */
export async function rescore(
  encoder: CrossEncoder,
  pairs: PairsToScore,
  sets: readonly SetToScore[],
  {
    rankBy = "margin",
    nameOf = (pair) => `pair ${pair}`,
    replacements = {},
    space = encoder.config,
    renormalise,
    ...chunks
  }: RescoreOptions = {},
): Promise<Float64Array[]> {
  const distinct = distinctSets(sets);
  const ablated = [...distinct.values()];
  const neurons = ablated.map((set) => maskOfSet(space, set, replacements));
  const donors = ablated.some(isResampled) ? donorOfPair(pairs, replacements) : undefined;
  const count = pairs.length;
  const numbers = neurons.length;
  const values = await inChunks({ count, numbers, ...chunks }, async (first, end) => {
    const own = pairs.slice(first, end);
    const scores = await scoresUnderMasks(encoder, own, neurons, {
      renormalise,
      donors: donors && own.map((_, i) => donors(first + i)),
    });
    return Float64Array.from({ length: (end - first) * numbers }, (_, i) => {
      const [pair, set] = [Math.floor(i / numbers), i % numbers];
      const value = valueOf(scores[set][pair].logits, rankBy);
      if (Number.isFinite(value)) return value;
      throw new RangeError(
        `Cannot score ${nameOf(first + pair)} with ${neurons[set].length} neurons ${
          ablatedAs(ablated[set])
        }: its ${rankBy} is ${value}`,
      );
    });
  });
  const column = new Map(Array.from(distinct.keys(), (key, set) => [key, set]));
  return sets.map((one) => {
    const set = column.get(keyOf(one))!;
    return Float64Array.from({ length: count }, (_, pair) => values[pair * numbers + set]);
  });
}

/** The sets that {@linkcode rescore} runs, by their ids as text, after the method where it is not zero. */
export function distinctSets(sets: readonly SetToScore[]): Map<string, AblatedSet> {
  return new Map(sets.map((one) => [keyOf(one), one instanceof Uint32Array ? { ids: one } : one]));
}

/** How many forward passes {@linkcode rescore} takes: one a pair and set, and one a pair's donor. */
export function forwardsOf(pairs: number, sets: readonly SetToScore[]): number {
  const distinct = distinctSets(sets);
  return pairs * (distinct.size + (distinct.values().some(isResampled) ? 1 : 0));
}

function keyOf(set: SetToScore): string {
  if (set instanceof Uint32Array) return set.join();
  const { ids, method = "zero" } = set;
  return method === "zero" || ids.length === 0 ? ids.join() : `${method} ${ids.join()}`;
}

function valueOf(logits: readonly number[], rankBy: RankBy): number {
  return rankBy === "margin" ? marginOf(logits) : logits[logits.length - 1];
}
