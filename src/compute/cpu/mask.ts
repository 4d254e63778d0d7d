/** Zeroes units of a linear's output. Twin of shaders/mask.wgsl */

import type { IndexMatrix, Matrix } from "./matrix.ts";

/** x[m] ⊙= keep[maskOf[m]]. */
export function mask(x: Matrix, keep: Matrix, maskOf: IndexMatrix): void {
  const width = x.width;
  for (let m = 0; m < x.rows; m++) {
    const from = maskOf.data[m] * width;
    for (let n = 0; n < width; n++) x.data[m * width + n] *= keep.data[from + n];
  }
}
