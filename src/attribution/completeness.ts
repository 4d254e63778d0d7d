/**
 * The completeness ledger: at every cut of the residual network the conductances must sum to
 * F(input) - F(baseline). A linear's own outputs are no cut: their sum is not that difference.
 */

import type { Graph } from "../model/graph.ts";

/** One cut's entry. */
export interface CutGap {
  /** `embedding`, `<layer>.attention` or `<layer>.ff`: the residual stream after it. */
  readonly cut: string;
  /** Sum of the cut's conductances minus F(input) - F(baseline). */
  readonly gap: number;
}

/** The ledger of one pair. */
export interface Completeness {
  /** From the embedding upwards. */
  readonly cuts: readonly CutGap[];
  /** The largest absolute gap. */
  readonly worst: number;
  /** The largest gap as a part of |F(input) - F(baseline)|; Infinity where that is 0. */
  readonly relative: number;
}

/** Names of the cuts, from the embedding upwards: 2 L + 1. */
export function cutNames({ cuts }: Pick<Graph, "cuts">): string[] {
  return cuts.map(({ name }) => name);
}

/** The ledger of the sums at every cut. */
export function completeness(
  names: readonly string[],
  sums: ArrayLike<number>,
  difference: number,
): Completeness {
  const cuts = names.map((cut, i) => ({ cut, gap: sums[i] - difference }));
  const worst = Math.max(...cuts.map(({ gap }) => Math.abs(gap)));
  return { cuts, worst, relative: worst === 0 ? 0 : worst / Math.abs(difference) };
}
