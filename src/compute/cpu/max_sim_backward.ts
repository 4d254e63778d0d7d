/** The gradient of sums of largest products. Twin of shaders/max_sim_backward.wgsl */

import type { IndexMatrix, Matrix } from "./matrix.ts";

/**
 * dx_i = dout[r] x_j of a query's token i, j = best[i]; dx_j = dout[r] Σ x_i of a passage's token j over
 * the i with best[i] = j, in order. Text 2r of textOf is the query of row r, 2r + 1 its passage.
 */
export function maxSimBackward(
  dx: Matrix,
  dout: Matrix,
  x: Matrix,
  best: Matrix,
  { pairs, textOf }: { readonly pairs: IndexMatrix; readonly textOf: IndexMatrix },
): void {
  const width = x.width;
  dx.data.fill(0);
  for (let m = 0; m < x.rows; m++) {
    const r = textOf.data[m] >> 1;
    const [query, queries, passage] = pairs.data.subarray(4 * r, 4 * r + 3);
    const add = (other: number) => {
      for (let n = 0; n < width; n++) {
        dx.data[m * width + n] += dout.data[r] * x.data[other * width + n];
      }
    };
    if (textOf.data[m] % 2 === 0) add(passage + best.data[m]);
    else for (let i = query; i < query + queries; i++) if (passage + best.data[i] === m) add(i);
  }
}
