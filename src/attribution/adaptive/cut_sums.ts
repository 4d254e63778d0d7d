/**
 * The sums that the adaptive rule decides by: those of every interval at every cut of the residual
 * stream.
 */

import { column } from "../path/integrate.ts";
import type { Interval, PathStore } from "../path/path_store.ts";
import type { CutSums } from "./refinement.ts";

/** Weights of the gradients at both ends of an interval in the trapezoid rule. */
export const TRAPEZOID = { left: 0.5, right: 0.5 };
/** Weights that give half of the difference of the ends' gradients. */
const SPREAD = { left: -0.5, right: 0.5 };

/** Records the sums of intervals, to be read once. */
export function sumsAtCuts(
  store: PathStore,
  intervals: readonly Interval[],
): { read(): Promise<CutSums[]> } {
  const { ops } = store.encoder;
  if (intervals.length === 0) return { read: () => Promise.resolve([]) };
  const tensors = [TRAPEZOID, SPREAD].map((pairing) => store.cutSums(intervals, pairing));
  return {
    async read() {
      const [sums, spreads] = await Promise.all(tensors.map((tensor) => ops.read(tensor)));
      ops.free(...tensors);
      const of = (values: ArrayLike<number>, i: number) => column(values, i, intervals.length);
      return intervals.map((_, i) => ({ sums: of(sums, i), spreads: of(spreads, i) }));
    },
  };
}
