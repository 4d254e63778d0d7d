/** Exact GELU. Twin of shaders/gelu.wgsl */

import type { Matrix } from "./matrix.ts";
import { normalCdf } from "./normal.ts";

/** out = x Φ(x). */
export function gelu(out: Matrix, x: Matrix): void {
  for (let i = 0; i < x.data.length; i++) out.data[i] = x.data[i] * normalCdf(x.data[i]);
}
