/** Similarities of pairs of rows. Twin of shaders/similarity.wgsl */

import type { Similarity } from "../ops.ts";
import type { Matrix } from "./matrix.ts";

/** The least length that a vector is divided by, as in PyTorch's `normalize`. */
export const LEAST_LENGTH = 1e-12;

/** out[r] = u·v, or u·v / (|u| |v|), u = x[2r], v = x[2r + 1]; lengths are at least 1e-12. */
export function similarity(out: Matrix, x: Matrix, kind: Similarity): void {
  const width = x.width;
  for (let r = 0; r < out.rows; r++) {
    const [u, v] = pairOf(x, r);
    const product = dot(u, v, width);
    out.data[r] = kind === "dot" ? product : product / (lengthOf(u) * lengthOf(v));
  }
}

/** x[2r] and x[2r + 1]. */
export function pairOf({ data, width }: Matrix, r: number): [Float64Array, Float64Array] {
  const row = (at: number) => data.subarray(at * width, (at + 1) * width);
  return [row(2 * r), row(2 * r + 1)];
}

/** max(|u|, 1e-12). */
export function lengthOf(u: Float64Array): number {
  return Math.max(Math.sqrt(dot(u, u, u.length)), LEAST_LENGTH);
}

/** u·v. */
export function dot(u: Float64Array, v: Float64Array, width: number): number {
  let sum = 0;
  for (let n = 0; n < width; n++) sum += u[n] * v[n];
  return sum;
}
