/** What tensors promise: zeros, shared slices, and memory that is given back only after its use. */

import { type CheckCase, COPIED, type Draw, ROUNDED, unset } from "./check_case.ts";

/** Cases of `zeros`, `slice` and `free`. */
export function* memory({ normal }: Draw, rowAlignment: number): Generator<CheckCase> {
  const rows = 3 * rowAlignment;
  const [x, y, some] = [normal(rows * 5), normal(rowAlignment * 5), normal(90)];
  yield { operation: "zeros", shape: "[3, 7]", bound: COPIED, run: (ops) => [ops.zeros(3, 7)] };
  yield {
    operation: "weights",
    shape: "[9, 5]",
    bound: COPIED,
    run: (ops) => [ops.weights(9, 5, some.subarray(0, 45).map((x) => Math.round(256 * x) / 256))],
  };
  yield {
    operation: "empty",
    shape: "[9, 5], written whole",
    bound: COPIED,
    run(ops) {
      const out = ops.empty(9, 5);
      const order = ops.indices(9, 1, Uint32Array.of(8, 7, 6, 5, 4, 3, 2, 1, 0));
      ops.takeRows(out, ops.floats(9, 5, some.slice(0, 45)), order);
      return [out];
    },
  };
  yield {
    operation: "slice",
    shape: `[${rows}, 5] from ${rowAlignment}`,
    bound: ROUNDED,
    run(ops) {
      const whole = ops.floats(rows, 5, x);
      const part = ops.slice(whole, rowAlignment, rowAlignment);
      const every = ops.indices(
        rowAlignment,
        1,
        Uint32Array.from({ length: rowAlignment }, (_, r) => r),
      );
      ops.addRows(part, ops.floats(rowAlignment, 5, y), every);
      return [whole, part];
    },
  };
  yield {
    operation: "free",
    shape: "[9, 5] between two operations",
    bound: COPIED,
    run(ops) {
      const [first, second] = [unset(ops, 9, 5), unset(ops, 9, 5)];
      const none = ops.indices(9, 1, new Uint32Array(9));
      const lent = ops.floats(9, 5, some.slice(0, 45));
      ops.takeRows(first, lent, none);
      ops.free(lent);
      ops.takeRows(second, ops.floats(9, 5, some.slice(45)), none);
      return [first, second];
    },
  };
}
