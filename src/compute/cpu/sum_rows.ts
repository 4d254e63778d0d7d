/** Sums of consecutive rows, in order. Twin of shaders/sum_rows.wgsl */

import type { SumRows } from "../ops.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";

/** out[at + g] (+)= Σ_{i < count} x[first + i], (first, count) = groups[g]. */
export function sumRows(
  out: Matrix,
  x: Matrix,
  groups: IndexMatrix,
  { accumulate, at }: SumRows,
): void {
  const width = x.width;
  for (let g = 0; g < groups.rows; g++) {
    const [first, count] = groups.data.subarray(2 * g, 2 * g + 2);
    const sum = out.data.subarray((at + g) * width, (at + g + 1) * width);
    if (!accumulate) sum.fill(0);
    for (let i = first; i < first + count; i++) {
      for (let n = 0; n < width; n++) sum[n] += x.data[i * width + n];
    }
  }
}
