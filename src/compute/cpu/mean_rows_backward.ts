/** The gradient of means of rows. Twin of shaders/mean_rows_backward.wgsl */

import type { IndexMatrix, Matrix } from "./matrix.ts";

/** dx[m] = dout[r] / count, r = rowOf[m], (first, count) = groups[r]; 0 where m is not of that group. */
export function meanRowsBackward(
  dx: Matrix,
  dout: Matrix,
  groups: IndexMatrix,
  rowOf: IndexMatrix,
): void {
  const width = dx.width;
  for (let m = 0; m < dx.rows; m++) {
    const r = rowOf.data[m];
    const [first, count] = groups.data.subarray(2 * r, 2 * r + 2);
    const inside = m >= first && m < first + count;
    for (let n = 0; n < width; n++) {
      dx.data[m * width + n] = inside ? dout.data[r * width + n] / count : 0;
    }
  }
}
