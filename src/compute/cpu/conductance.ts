/** Conductance of intervals of the path. Twin of shaders/conductance.wgsl */

import type { EndpointWeights } from "../ops.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";

/**
 * out[i] = Σ_token (left·g[a] + right·g[b]) ⊙ (y[b] - y[a]), Eq. 1 of the paper in the form of
 * Shrikumar et al. 2018 (arXiv:1807.09946): no ∂y/∂x is needed.
 */
export function conductance(
  out: Matrix,
  y: Matrix,
  g: Matrix,
  items: IndexMatrix,
  { left, right }: EndpointWeights,
): void {
  const width = y.width;
  out.data.fill(0);
  for (let i = 0; i < items.rows; i++) {
    const [a, b, count] = items.data.subarray(3 * i, 3 * i + 3);
    for (let token = 0; token < count; token++) {
      const from = (a + token) * width;
      const to = (b + token) * width;
      for (let n = 0; n < width; n++) {
        out.data[i * width + n] += (left * g.data[from + n] + right * g.data[to + n]) *
          (y.data[to + n] - y.data[from + n]);
      }
    }
  }
}
