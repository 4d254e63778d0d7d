/** Means of rows and their gradient. */

import { type CheckCase, type Draw, ROUNDED, SUMMED, unset } from "./check_case.ts";

/** Cases of `meanRows` and its gradient; a row between the groups is of neither, the last group of none. */
export function* means({ normal }: Draw): Generator<CheckCase> {
  for (const [lengths, width] of [[[1, 0], 1], [[5, 2, 0], 30], [[33, 7, 1, 0], 67]] as const) {
    const firsts = lengths.map((_, r) =>
      lengths.slice(0, r).reduce<number>((at, n) => at + n + 1, 0)
    );
    const rowOf = lengths.flatMap((count, r) => Array<number>(count + 1).fill(r));
    const lines = Uint32Array.from(lengths.flatMap((count, r) => [firsts[r], count]));
    const [x, dout] = [normal(rowOf.length * width, 1, 2), normal(lengths.length * width)];
    const shape = `[${rowOf.length}, ${width}], groups of ${lengths.join(", ")}`;
    yield {
      operation: "meanRows",
      shape,
      bound: SUMMED,
      run(ops) {
        const out = unset(ops, lengths.length, width);
        const groups = ops.indices(lengths.length, 2, lines);
        ops.meanRows(out, ops.floats(rowOf.length, width, x), groups);
        return [out];
      },
    };
    yield {
      operation: "meanRowsBackward",
      shape,
      bound: ROUNDED,
      run(ops) {
        const dx = unset(ops, rowOf.length, width);
        const groups = ops.indices(lengths.length, 2, lines);
        const rows = ops.indices(rowOf.length, 1, Uint32Array.from(rowOf));
        ops.meanRowsBackward(dx, ops.floats(lengths.length, width, dout), groups, rows);
        return [dx];
      },
    };
  }
}
