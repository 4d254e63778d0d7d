/** Adds rows to selected rows: the gradient of taking them. Twin of shaders/add_rows.wgsl */

import type { IndexMatrix, Matrix } from "./matrix.ts";

/** dx[index[r]] += dy[r]. */
export function addRows(dx: Matrix, dy: Matrix, index: IndexMatrix): void {
  const width = dx.width;
  for (let r = 0; r < dy.rows; r++) {
    const to = index.data[r] * width;
    for (let c = 0; c < width; c++) dx.data[to + c] += dy.data[r * width + c];
  }
}
