/** The data gradient of the linear layer. Twin of the backward kernel of src/compute/gpu/matmul.ts */

import type { Linear, LinearBackwardOptions } from "../ops.ts";
import type { Matrix } from "./matrix.ts";
import { geluSlope } from "./normal.ts";

/** dx = (dy W + plus) ⊙ gelu′(preactivation). */
export function linearBackward(
  dx: Matrix,
  dy: Matrix,
  layer: Linear,
  options: LinearBackwardOptions = {},
): void {
  product(dx, dy, layer, options.plus as Matrix | undefined);
  const before = options.preactivation as Matrix | undefined;
  before?.data.forEach((z, i) => dx.data[i] *= geluSlope(z));
}

/** dx = dy W (+ plus). Four lines of W at a time share the loads of dx. */
function product(dx: Matrix, dy: Matrix, { weight }: Linear, plus?: Matrix): void {
  const inner = dx.width;
  const outputs = dy.width;
  const w = (weight as Matrix).data;
  for (let m = 0; m < dx.rows; m++) {
    const row = dx.data.subarray(m * inner, (m + 1) * inner);
    const slope = dy.data.subarray(m * outputs, (m + 1) * outputs);
    if (!plus) row.fill(0);
    else if (plus !== dx) row.set(plus.data.subarray(m * inner, (m + 1) * inner));
    let n = 0;
    for (; n + 4 <= outputs; n += 4) {
      const w0 = n * inner, w1 = w0 + inner, w2 = w1 + inner, w3 = w2 + inner;
      const d0 = slope[n], d1 = slope[n + 1], d2 = slope[n + 2], d3 = slope[n + 3];
      for (let k = 0; k < inner; k++) {
        row[k] += d0 * w[w0 + k] + d1 * w[w1 + k] + d2 * w[w2 + k] + d3 * w[w3 + k];
      }
    }
    for (; n < outputs; n++) {
      for (let k = 0; k < inner; k++) row[k] += slope[n] * w[n * inner + k];
    }
  }
}
