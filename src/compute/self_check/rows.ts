/** Operations that select, mask and sum rows. */

import { type CheckCase, COPIED, type Draw, ROUNDED, SUMMED, unset } from "./check_case.ts";

/** Cases of every operation on rows of a matrix. */
export function* rowWise(draw: Draw): Generator<CheckCase> {
  for (const [rows, width] of [[1, 1], [7, 30], [37, 67]]) yield* at(rows, width, draw);
}

/** Operations that go row by row through a matrix [rows, width]. */
function* at(rows: number, width: number, { normal, below }: Draw): Generator<CheckCase> {
  const shape = `[${rows}, ${width}]`;
  const [x, y, g] = [0, 0, 0].map(() => normal(rows * width));
  const some = Uint32Array.from({ length: rows }, (_, r) => r).filter((r) => r % 3 !== 1).reverse();
  const cases: CheckCase[] = [{
    operation: "takeRows",
    shape,
    bound: COPIED,
    run(ops) {
      const out = unset(ops, some.length, width);
      ops.takeRows(out, ops.floats(rows, width, x), ops.indices(some.length, 1, some));
      return [out];
    },
  }, {
    operation: "addRows",
    shape,
    bound: ROUNDED,
    run(ops) {
      const dx = ops.floats(rows, width, x);
      const dy = ops.floats(some.length, width, y.slice(0, some.length * width));
      ops.addRows(dx, dy, ops.indices(some.length, 1, some));
      return [dx];
    },
  }];
  const keep = Float32Array.from(below(4 * width, 2));
  const maskOf = below(rows, 4);
  cases.push({
    operation: "mask",
    shape,
    bound: COPIED,
    run(ops) {
      const masked = ops.floats(rows, width, x);
      const units = { keep: ops.floats(4, width, keep), maskOf: ops.indices(rows, 1, maskOf) };
      ops.mask(masked, units);
      return [masked];
    },
  }, {
    operation: "sumColumns",
    shape,
    bound: SUMMED,
    run(ops) {
      const out = ops.floats(rows + 3, 1, repeated(y, rows + 3)); // lines 0, 1 and the last stay
      ops.sumColumns(out, ops.floats(rows, width, x.map(Math.abs)), { at: 2 });
      return [out];
    },
  });
  // The last group is empty: its sum is 0.
  const third = Math.ceil(rows / 3);
  const groups = Uint32Array.of(0, rows, third - 1, rows - third + 1, 0, 1, 0, 0);
  for (const accumulate of [false, true]) {
    cases.push({
      operation: "sumRows",
      shape: `${shape}${accumulate ? ", accumulated" : ""}`,
      bound: SUMMED,
      run(ops) {
        const out = ops.floats(6, width, repeated(y, 6 * width)); // lines 0 and 5 stay
        const lines = ops.indices(4, 2, groups);
        ops.sumRows(out, ops.floats(rows, width, x), lines, { accumulate, at: 1 });
        return [out];
      },
    });
  }
  // The second interval is of no token.
  const lines = [[0, rows - third, third], [rows - 1, 0, 0], [0, third - 1, rows - third + 1]];
  const items = Uint32Array.from(lines.flat());
  for (const pairing of [{ left: 0.5, right: 0.5 }, { left: 0, right: 1 }]) {
    cases.push({
      operation: "conductance",
      shape: `${shape}, ${pairing.left} left`,
      bound: SUMMED,
      run(ops) {
        const out = unset(ops, 3, width);
        const [outputs, gradients] = [y, g].map((data) => ops.floats(rows, width, data));
        ops.conductance(out, outputs, gradients, ops.indices(3, 3, items), pairing);
        return [out];
      },
    });
  }
  yield* cases;
}

/** Repeats or cuts numbers to a length. */
function repeated(data: Float32Array, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => data[i % data.length]);
}
