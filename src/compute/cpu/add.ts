/** A residual sum without a norm. Twin of shaders/add.wgsl and …_to.wgsl */

import type { Matrix } from "./matrix.ts";

/** out = x + y. */
export function add(out: Matrix, x: Matrix, y: Matrix): void {
  for (let i = 0; i < out.data.length; i++) out.data[i] = x.data[i] + y.data[i];
}
