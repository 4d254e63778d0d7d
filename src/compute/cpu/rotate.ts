/** Rotary position embedding. Twin of shaders/rotate.wgsl */

import type { Rotation } from "../ops.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";

/** Of each group of columns with halves (a, b): out = (a cos - b sin, b cos + a sin). */
export function rotate(out: Matrix, x: Matrix, rotation: Rotation): void {
  const angles = rotation.angles as Matrix;
  const positions = (rotation.positions as IndexMatrix).data;
  const half = angles.width / 2;
  for (let m = 0; m < x.rows; m++) {
    const line = positions[m] * angles.width;
    for (let first = m * x.width; first < (m + 1) * x.width; first += angles.width) {
      for (let c = 0; c < half; c++) {
        const cos = angles.data[line + c];
        const sin = rotation.inverse ? -angles.data[line + half + c] : angles.data[line + half + c];
        const [a, b] = [x.data[first + c], x.data[first + half + c]];
        out.data[first + c] = a * cos - b * sin;
        out.data[first + half + c] = b * cos + a * sin;
      }
    }
  }
}
