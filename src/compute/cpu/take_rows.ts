/** Selects rows. Twin of shaders/take_rows.wgsl */

import type { IndexMatrix, Matrix } from "./matrix.ts";

/** out[r] = x[index[r]]. */
export function takeRows(out: Matrix, x: Matrix, index: IndexMatrix): void {
  const width = x.width;
  for (let r = 0; r < out.rows; r++) {
    const from = index.data[r] * width;
    out.data.set(x.data.subarray(from, from + width), r * width);
  }
}
