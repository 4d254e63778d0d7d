/** Quotients. Twin of shaders/divide.wgsl */

import type { Matrix } from "./matrix.ts";

/** out = x / y, and 0 where y is 0. */
export function divide(out: Matrix, x: Matrix, y: Matrix): void {
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = y.data[i] === 0 ? 0 : x.data[i] / y.data[i];
  }
}
