/** The gradient of exact GELU. Twin of shaders/gelu_backward.wgsl */

import type { Matrix } from "./matrix.ts";
import { normalCdf, normalPdf } from "./normal.ts";

/** dx = dy ⊙ (Φ(x) + x φ(x)). */
export function geluBackward(dx: Matrix, dy: Matrix, x: Matrix): void {
  for (let i = 0; i < x.data.length; i++) {
    const value = x.data[i];
    dx.data[i] = dy.data[i] * (normalCdf(value) + value * normalPdf(value));
  }
}
