/** The sum of every row. Twin of shaders/sum_columns.wgsl */

import type { Matrix } from "./matrix.ts";

/** out[at + r] = Σ_n x[r, n]. */
export function sumColumns(out: Matrix, x: Matrix, { at }: { readonly at: number }): void {
  for (let r = 0; r < x.rows; r++) {
    let sum = 0;
    for (let n = 0; n < x.width; n++) sum += x.data[r * x.width + n];
    out.data[at + r] = sum;
  }
}
