/** Matrix products, from one number to shapes that no tile divides. */

import type { Ops } from "../ops.ts";
import { type CheckCase, type Draw, SUMMED, unset } from "./check_case.ts";

/** Cases of `linear` and `linearBackward`. */
export function* products({ normal }: Draw): Generator<CheckCase> {
  for (const [m, k, n] of [[1, 1, 1], [3, 20, 30], [13, 37, 2], [70, 130, 97], [66, 400, 68]]) {
    const [x, dy, w, b, plus] = [m * k, m * n, n * k, n, m * k].map((count) => normal(count));
    const linear = (ops: Ops) => ({ weight: ops.floats(n, k, w), bias: ops.floats(1, n, b) });
    const shape = `[${m}, ${k}] x [${n}, ${k}]`;
    yield {
      operation: "linear",
      shape,
      bound: SUMMED,
      run(ops) {
        const out = unset(ops, m, n);
        ops.linear(out, ops.floats(m, k, x), linear(ops));
        return [out];
      },
    };
    yield {
      operation: "linearBackward",
      shape,
      bound: SUMMED,
      run(ops) {
        const [plain, added] = [unset(ops, m, k), unset(ops, m, k)];
        const inPlace = ops.floats(m, k, plus);
        const [slope, weights] = [ops.floats(m, n, dy), linear(ops)];
        ops.linearBackward(plain, slope, weights);
        ops.linearBackward(added, slope, weights, ops.floats(m, k, plus));
        ops.linearBackward(inPlace, slope, weights, inPlace);
        return [plain, added, inPlace];
      },
    };
  }
}
