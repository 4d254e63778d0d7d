/** Sums of consecutive rows, in order. Twin of shaders/sum_rows.wgsl */

import type { IndexMatrix, Matrix } from "./matrix.ts";

/** out[g] (+)= Σ_{i < count} x[first + i], (first, count) = groups[g]. */
export function sumRows(
  out: Matrix,
  x: Matrix,
  groups: IndexMatrix,
  { accumulate }: { readonly accumulate: boolean },
): void {
  const width = x.width;
  if (!accumulate) out.data.fill(0);
  for (let g = 0; g < groups.rows; g++) {
    const [first, count] = groups.data.subarray(2 * g, 2 * g + 2);
    for (let i = first; i < first + count; i++) {
      for (let n = 0; n < width; n++) out.data[g * width + n] += x.data[i * width + n];
    }
  }
}
