/** tanh, the pooler's activation. Twin of shaders/tanh.wgsl */

import type { Matrix } from "./matrix.ts";

/** out = tanh(x). */
export function tanh(out: Matrix, x: Matrix): void {
  for (let i = 0; i < x.data.length; i++) out.data[i] = Math.tanh(x.data[i]);
}
