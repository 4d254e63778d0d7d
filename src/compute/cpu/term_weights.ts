/** Weights of words in a text. Twin of shaders/term_weights.wgsl */

import type { IndexMatrix, Matrix } from "./matrix.ts";

/**
 * out[r] = log(1 + max(0, max_i x[first + i])), i < count, (first, count) = groups[r]; from[r] is the first i
 * that reaches the maximum.
 */
export function termWeights(out: Matrix, from: Matrix, x: Matrix, groups: IndexMatrix): void {
  const width = x.width;
  for (let r = 0; r < out.rows; r++) {
    const [first, count] = groups.data.subarray(2 * r, 2 * r + 2);
    for (let n = 0; n < width; n++) {
      let highest = -Infinity;
      for (let i = 0; i < count; i++) {
        const value = x.data[(first + i) * width + n];
        if (value <= highest) continue;
        highest = value;
        from.data[r * width + n] = i;
      }
      out.data[r * width + n] = Math.log1p(Math.max(0, highest));
    }
  }
}
