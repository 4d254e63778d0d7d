/** The gradients of LayerNorm and RMSNorm over groups. Twin of shaders/norm_backward.wgsl */

import type { Norm } from "../ops.ts";
import type { Matrix } from "./matrix.ts";
import { groupMoments } from "./norm.ts";

/**
 * dx = scale (u - mean(u) - x̂ mean(u ⊙ x̂)) + plus, u = dy ⊙ γ, x̂ the normalised group; RMSNorm
 * subtracts no mean, so its gradient none of u (docs/numerics.md).
 */
export function normBackward(
  dx: Matrix,
  dy: Matrix,
  x: Matrix,
  given: Norm,
  { plus }: { readonly plus?: Matrix } = {},
): void {
  const gain = (given.gain as Matrix).data;
  const width = gain.length;
  for (let at = 0; at < x.data.length; at += width) {
    const group = x.data.subarray(at, at + width);
    const { mean, scale } = groupMoments(group, given);
    let meanU = 0;
    let meanUX = 0;
    for (let c = 0; c < width; c++) {
      const u = dy.data[at + c] * gain[c];
      meanU += u;
      meanUX += u * (group[c] - mean) * scale;
    }
    meanU = given.kind === "rms" ? 0 : meanU / width;
    meanUX /= width;
    for (let c = 0; c < width; c++) {
      const u = dy.data[at + c] * gain[c];
      const slope = scale * (u - meanU - (group[c] - mean) * scale * meanUX);
      dx.data[at + c] = slope + (plus ? plus.data[at + c] : 0);
    }
  }
}
