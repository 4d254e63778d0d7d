/** Zeroes units of a linear's output. Twin of shaders/mask.wgsl */

import type { UnitMask } from "../ops.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";

/** x[m] ⊙= keep[maskOf[m]]. */
export function mask(x: Matrix, mask: UnitMask): void {
  const width = x.width;
  const [keep, maskOf] = [mask.keep as Matrix, mask.maskOf as IndexMatrix];
  for (let m = 0; m < x.rows; m++) {
    const from = maskOf.data[m] * width;
    for (let n = 0; n < width; n++) x.data[m * width + n] *= keep.data[from + n];
  }
}
