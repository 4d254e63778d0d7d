/** Scores of the same pairs by a model with one set of neurons zeroed, then the next, … */

import { type CrossEncoder, scoreEncoded } from "../model/cross_encoder.ts";
import { freeMasks, neuronMasks } from "../model/mask.ts";
import { neuronOf } from "../model/neurons.ts";
import type { EncodedPair } from "../model/tokenizer.ts";

/** What pairs are ranked by: logit of class 1 minus class 0 (as p(relevant) ranks), or of class 1. */
export type RankBy = "margin" | "logit";

/** Sets whose masks are in memory together. */
const SETS_AT_ONCE = 16;

/** Tokens between two reports of progress. */
const PIECE_TOKENS = 8192;

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
  const distinct = [...new Map(sets.map((ids) => [ids.join(), ids])).values()];
  const found = new Map<string, Float64Array>();
  let forwards = 0;
  for (let from = 0; from < distinct.length; from += SETS_AT_ONCE) {
    const chunk = distinct.slice(from, from + SETS_AT_ONCE);
    const scores = chunk.map(() => new Float64Array(pairs.length));
    const neurons = chunk.map((ids) => Array.from(ids, (id) => neuronOf(encoder.config, id)));
    const masks = neuronMasks(encoder.ops, encoder.config, neurons);
    try {
      for (const [first, last] of pieces(pairs, PIECE_TOKENS / chunk.length)) {
        const piece = pairs.slice(first, last);
        const results = await scoreEncoded(encoder, chunk.flatMap(() => piece), {
          masks: {
            masks,
            of: chunk.flatMap((_, mask) => Array<number>(piece.length).fill(mask)),
          },
        });
        results.forEach(({ logits }, i) => {
          const [set, pair] = [Math.floor(i / piece.length), first + i % piece.length];
          scores[set][pair] = valueOf(logits, rankBy);
        });
        onProgress?.(forwards += results.length);
      }
    } finally {
      freeMasks(encoder.ops, masks);
    }
    chunk.forEach((ids, i) => found.set(ids.join(), scores[i]));
  }
  return sets.map((ids) => found.get(ids.join())!);
}

/** How many forward passes {@linkcode rescore} takes. */
export function forwardsOf(pairs: number, sets: readonly Uint32Array[]): number {
  return pairs * new Set(sets.map((ids) => ids.join())).size;
}

function valueOf(logits: readonly number[], rankBy: RankBy): number {
  if (logits.length === 1) return logits[0];
  return rankBy === "margin" ? logits[1] - logits[0] : logits[1];
}

/** Runs of pairs of at most so many tokens, at least one pair each. */
function* pieces(pairs: readonly EncodedPair[], tokens: number): Generator<[number, number]> {
  let first = 0;
  let size = 0;
  for (const [i, { ids }] of pairs.entries()) {
    if (i > first && size + ids.length > tokens) {
      yield [first, i];
      [first, size] = [i, 0];
    }
    size += ids.length;
  }
  if (pairs.length > first) yield [first, pairs.length];
}
