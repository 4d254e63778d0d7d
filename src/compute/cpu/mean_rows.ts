/** Means of consecutive rows. Twin of shaders/mean_rows.wgsl */

import type { IndexMatrix, Matrix } from "./matrix.ts";

/** out[r] = Σ_{i < count} x[first + i] / count, (first, count) = groups[r]; 0 of no rows. */
export function meanRows(out: Matrix, x: Matrix, groups: IndexMatrix): void {
  const width = x.width;
  out.data.fill(0);
  for (let r = 0; r < out.rows; r++) {
    const [first, count] = groups.data.subarray(2 * r, 2 * r + 2);
    const mean = out.data.subarray(r * width, (r + 1) * width);
    for (let i = first; i < first + count; i++) {
      for (let n = 0; n < width; n++) mean[n] += x.data[i * width + n];
    }
    if (count > 0) { for (let n = 0; n < width; n++) mean[n] /= count; }
  }
}
