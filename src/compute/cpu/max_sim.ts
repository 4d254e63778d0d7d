/** Sums of the largest products of two texts' tokens. Twin of shaders/max_sim.wgsl */

import type { IndexMatrix, Matrix } from "./matrix.ts";
import { dot } from "./similarity.ts";

/**
 * out[r] = Σ_i max_j x_i·x_j, i of the query's tokens, j of the passage's that count; best[i] is the first
 * such j that reaches it, from the passage's first on, and 0 for tokens of passages.
 */
export function maxSim(
  out: Matrix,
  best: Matrix,
  x: Matrix,
  pairs: IndexMatrix,
  counted: IndexMatrix,
): void {
  best.data.fill(0);
  const row = (at: number) => x.data.subarray(at * x.width, (at + 1) * x.width);
  for (let r = 0; r < out.rows; r++) {
    const [query, queries, passage, passages] = pairs.data.subarray(4 * r, 4 * r + 4);
    let sum = 0;
    for (let i = query; i < query + queries; i++) {
      let highest = -Infinity;
      for (let j = 0; j < passages; j++) {
        if (counted.data[passage + j] === 0) continue;
        const product = dot(row(i), row(passage + j), x.width);
        if (product <= highest) continue;
        highest = product;
        best.data[i] = j;
      }
      sum += highest;
    }
    out.data[r] = sum;
  }
}
