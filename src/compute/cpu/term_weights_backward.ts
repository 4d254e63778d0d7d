/** The gradient of weights of words. Twin of shaders/term_weights_backward.wgsl */

import type { IndexMatrix, Matrix } from "./matrix.ts";

/**
 * dx[m] = dout[r] / (1 + max) = dout[r] exp(-out[r]) where m is the row that from[r] says and out[r] > 0, else
 * 0; r = rowOf[m], (first, count) = groups[r].
 */
export function termWeightsBackward(
  dx: Matrix,
  dout: Matrix,
  out: Matrix,
  from: Matrix,
  { groups, rowOf }: { readonly groups: IndexMatrix; readonly rowOf: IndexMatrix },
): void {
  const width = dx.width;
  for (let m = 0; m < dx.rows; m++) {
    const r = rowOf.data[m];
    const place = m - groups.data[2 * r];
    for (let n = 0; n < width; n++) {
      const at = r * width + n;
      const reached = from.data[at] === place && out.data[at] > 0;
      dx.data[m * width + n] = reached ? dout.data[at] * Math.exp(-out.data[at]) : 0;
    }
  }
}
