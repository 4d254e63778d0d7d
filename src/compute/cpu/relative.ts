/** What relative positions add to attention's scores, and its gradient. */

import type { AttentionPlan } from "../attention_plan.ts";
import type { Attention, UnitMask } from "../ops.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";

/** Where a head's numbers begin in q and in k, and i - j. */
type Pair = readonly [at: number, other: number, distance: number];

/** Scores by content and position of one pair of tokens and head, and their gradients. */
export interface RelativeScores {
  /** (q_i ⊙ keepKey)·key[b] + (k_j ⊙ keepQuery)·query[b]. */
  score(...pair: Pair): number;
  /** dq_i += dscore keepKey ⊙ key[b], dk_j += dscore keepQuery ⊙ query[b]. */
  addSlopes(
    gradient: { readonly query: Matrix; readonly key: Matrix },
    dscore: number,
    pair: Pair,
  ): void;
}

/** The scores of attention with relative positions; none without. */
export function relativeScores(
  { query, key, relative }: Attention,
  { depth, middle }: AttentionPlan,
): RelativeScores | undefined {
  if (!relative) return undefined;
  const [q, k] = [(query as Matrix).data, (key as Matrix).data];
  const [r, s] = [(relative.key as Matrix).data, (relative.query as Matrix).data];
  const buckets = (relative.bucketOf as IndexMatrix).data;
  const width = query.width;
  const keepKey = kept(relative.keep?.key, width);
  const keepQuery = kept(relative.keep?.query, width);
  const line = ([at, , distance]: Pair) => buckets[middle + distance] * width + at % width;
  return {
    score(...pair) {
      const [at, other] = pair;
      const table = line(pair);
      let sum = 0;
      for (let c = 0; c < depth; c++) {
        sum += q[at + c] * keepKey(at + c) * r[table + c] +
          k[other + c] * keepQuery(other + c) * s[table + c];
      }
      return sum;
    },
    addSlopes(gradient, dscore, pair) {
      const [at, other] = pair;
      const table = line(pair);
      for (let c = 0; c < depth; c++) {
        gradient.query.data[at + c] += dscore * keepKey(at + c) * r[table + c];
        gradient.key.data[other + c] += dscore * keepQuery(other + c) * s[table + c];
      }
    },
  };
}

/** Whether a number of a matrix is kept, by its place. */
function kept(units: UnitMask | undefined, width: number): (at: number) => number {
  if (!units) return () => 1;
  const [keep, maskOf] = [(units.keep as Matrix).data, (units.maskOf as IndexMatrix).data];
  return (at) => keep[maskOf[Math.floor(at / width)] * width + at % width];
}
