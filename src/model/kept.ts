/** The kept values of a graph as tensors: what every site and cut held, or the gradients with respect to them. */

import type { Ops, Tensor } from "../compute/ops.ts";
import type { Graph } from "./graph.ts";
import type { Value } from "./steps.ts";

/** A tensor for every kept value: what it holds, or the gradient of F with respect to it. */
export type Kept = ReadonlyMap<Value, Tensor>;

/** How many lines values have. */
export interface Capacity {
  /** Tokens, M. */
  readonly tokens: number;
  /** Sequences, R. */
  readonly sequences: number;
}

/** Lines of a value. */
export function linesOf({ lines }: Value, { tokens, sequences }: Capacity): number {
  return lines === "token" ? tokens : lines === "text" ? 2 * sequences : sequences;
}

/** Memory for every kept value. */
export function keptTensors(ops: Ops, { kept }: Graph, capacity: Capacity): Kept {
  return new Map(
    kept.map((value) => [value, ops.empty(linesOf(value, capacity), value.width)]),
  );
}

/** Lines `from` … `from + capacity`, in tokens and in sequences; both must be aligned. */
export function windowOf(
  ops: Ops,
  kept: Kept,
  { from, capacity }: { readonly from: Capacity; readonly capacity: Capacity },
): Kept {
  return new Map(
    Array.from(kept, ([value, tensor]) => [
      value,
      ops.slice(tensor, linesOf(value, from), linesOf(value, capacity)),
    ]),
  );
}

/** Numbers that the kept values hold for one token: values of a line a sequence count for a token too. */
export function numbersPerToken({ kept }: Graph): number {
  return kept.reduce((sum, { width }) => sum + width, 0);
}

/** Columns of the widest of the kept values and the output. */
export function widestOf({ kept, output }: Graph): number {
  return Math.max(output.width, ...kept.map(({ width }) => width));
}
