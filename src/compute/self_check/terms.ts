/** Weights of words in a text, and their gradient. */

import type { Ops } from "../ops.ts";
import { type CheckCase, CURVED, type Draw, unset } from "./check_case.ts";

/** Cases of `termWeights` and its gradient; the last row of a group of three or more is as its first. */
export function* terms({ normal }: Draw): Generator<CheckCase> {
  for (const [lengths, width] of [[[1], 1], [[5, 1, 2], 30], [[33, 130, 7, 64], 67]] as const) {
    const rowOf = lengths.flatMap((count, r) => Array<number>(count).fill(r));
    const groups = lengths.flatMap((count, r) => [rowOf.indexOf(r), count]);
    const [x, dout] = [normal(rowOf.length * width, 1, -0.7), normal(lengths.length * width)];
    lengths.forEach((count, r) => {
      const first = groups[2 * r];
      if (count > 2) {
        x.copyWithin((first + count - 1) * width, first * width, (first + 1) * width);
      }
    });
    const shape = `groups of ${lengths.join(", ")}, width ${width}`;
    const index = (ops: Ops, width: number, data: readonly number[]) =>
      ops.indices(data.length / width, width, Uint32Array.from(data));
    const forward: CheckCase["run"] = (ops) => {
      const [out, from] = [0, 0].map(() => unset(ops, lengths.length, width));
      ops.termWeights(out, from, ops.floats(rowOf.length, width, x), index(ops, 2, groups));
      return [out, from];
    };
    yield { operation: "termWeights", shape, bound: CURVED, run: forward };
    yield {
      operation: "termWeightsBackward",
      shape,
      bound: CURVED,
      run(ops) {
        const [out, from] = forward(ops);
        const dx = unset(ops, rowOf.length, width);
        const slopes = ops.floats(lengths.length, width, dout);
        const tables = { groups: index(ops, 2, groups), rowOf: index(ops, 1, rowOf) };
        ops.termWeightsBackward(dx, slopes, out, from, tables);
        return [dx];
      },
    };
  }
}
