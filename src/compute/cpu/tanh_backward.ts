/** The gradient of tanh. Twin of shaders/tanh_backward.wgsl */

import type { Matrix } from "./matrix.ts";

/** dx = dy ⊙ (1 - y²), y = tanh(x). */
export function tanhBackward(dx: Matrix, dy: Matrix, y: Matrix): void {
  for (let i = 0; i < y.data.length; i++) dx.data[i] = dy.data[i] * (1 - y.data[i] * y.data[i]);
}
