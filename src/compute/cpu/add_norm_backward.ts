/** The gradient of residual sum and LayerNorm. Twin of shaders/add_norm_backward.wgsl */

import type { Norm } from "../ops.ts";
import type { Matrix } from "./matrix.ts";
import { moments } from "./add_norm.ts";

/**
 * dx = scale (u - mean(u) - x̂ mean(u ⊙ x̂)), u = dy ⊙ γ, x̂ the normalised sum (docs/numerics.md).
 */
export function addNormBackward(
  dx: Matrix,
  dy: Matrix,
  x: Matrix,
  residual: Matrix,
  norm: Norm,
): void {
  const width = x.width;
  const gain = (norm.gain as Matrix).data;
  const sum = new Float64Array(width);
  for (let m = 0; m < x.rows; m++) {
    const at = m * width;
    for (let c = 0; c < width; c++) sum[c] = x.data[at + c] + residual.data[at + c];
    const { mean, scale } = moments(sum, norm.epsilon);
    let meanU = 0;
    let meanUX = 0;
    for (let c = 0; c < width; c++) {
      const u = dy.data[at + c] * gain[c];
      meanU += u;
      meanUX += u * (sum[c] - mean) * scale;
    }
    meanU /= width;
    meanUX /= width;
    for (let c = 0; c < width; c++) {
      const u = dy.data[at + c] * gain[c];
      dx.data[at + c] = scale * (u - meanU - (sum[c] - mean) * scale * meanUX);
    }
  }
}
