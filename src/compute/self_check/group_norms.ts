/** LayerNorm and RMSNorm over groups of columns. */

import type { Norm, Ops } from "../ops.ts";
import { type CheckCase, type Draw, SUMMED, unset } from "./check_case.ts";

/** Cases of `norm` and its gradient: one group a row and several, each kind, with and without bias. */
export function* groupNorms({ normal }: Draw): Generator<CheckCase> {
  for (const [rows, groups, width] of [[1, 1, 5], [7, 3, 10], [37, 1, 67], [5, 6, 64]]) {
    const count = rows * groups * width;
    const [x, dy, plus] = [0.5, 0, 0].map((offset) => normal(count, 1, offset));
    const [gain, bias] = [normal(width), normal(width)];
    for (const kind of ["layer", "rms"] as const) {
      const norm = (ops: Ops): Norm => (
        { gain: ops.floats(1, width, gain), epsilon: 1e-6, kind }
      );
      const floats = (ops: Ops, data: Float32Array) => ops.floats(rows, groups * width, data);
      const shape = `${kind}, [${rows}, ${groups} x ${width}]`;
      yield {
        operation: "norm",
        shape,
        bound: SUMMED,
        run(ops) {
          const [plain, biased] = [0, 0].map(() => unset(ops, rows, groups * width));
          ops.norm(plain, floats(ops, x), norm(ops));
          ops.norm(biased, floats(ops, x), { ...norm(ops), bias: ops.floats(1, width, bias) });
          return [plain, biased];
        },
      };
      yield {
        operation: "normBackward",
        shape,
        bound: SUMMED,
        run(ops) {
          const [alone, added] = [0, 0].map(() => unset(ops, rows, groups * width));
          const inPlace = floats(ops, plus);
          const [slope, input] = [floats(ops, dy), floats(ops, x)];
          ops.normBackward(alone, slope, input, norm(ops));
          ops.normBackward(added, slope, input, norm(ops), { plus: floats(ops, plus) });
          ops.normBackward(inPlace, slope, input, norm(ops), { plus: inPlace });
          return [alone, added, inPlace];
        },
      };
    }
  }
}
