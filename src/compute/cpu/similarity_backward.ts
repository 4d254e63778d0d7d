/** The gradient of similarities of pairs of rows. Twin of shaders/similarity_backward.wgsl */

import type { Similarity } from "../ops.ts";
import type { Matrix } from "./matrix.ts";
import { dot, LEAST_LENGTH, lengthOf, pairOf } from "./similarity.ts";

/**
 * Of each pair u = x[2r], v = x[2r + 1], with û = u / |u|, v̂ = v / |v|, s = û·v̂: du = dout v, or
 * dout (v̂ - s û) / |u|, where |u| > 1e-12 (else nothing is taken off v̂); dv likewise.
 */
export function similarityBackward(dx: Matrix, dout: Matrix, x: Matrix, kind: Similarity): void {
  for (let r = 0; r < dout.rows; r++) {
    const d = dout.data[r];
    const [u, v] = pairOf(x, r);
    const [du, dv] = pairOf(dx, r);
    if (kind === "dot") {
      for (let n = 0; n < x.width; n++) [du[n], dv[n]] = [d * v[n], d * u[n]];
      continue;
    }
    const [a, b] = [lengthOf(u), lengthOf(v)];
    const s = dot(u, v, x.width) / (a * b);
    const [su, sv] = [a, b].map((length) => length > LEAST_LENGTH ? s : 0);
    for (let n = 0; n < x.width; n++) {
      const [û, v̂] = [u[n] / a, v[n] / b];
      du[n] = d * (v̂ - su * û) / a;
      dv[n] = d * (û - sv * v̂) / b;
    }
  }
}
