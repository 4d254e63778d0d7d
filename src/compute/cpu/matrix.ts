/** The float64 backends' tensor: numbers in row order, shared by slices. */

import type { Tensor } from "../ops.ts";

/** Numbers [rows, width]. */
export interface Matrix extends Tensor {
  readonly type: "float";
  readonly data: Float64Array;
}

/** Indices [rows, width]. */
export interface IndexMatrix extends Tensor {
  readonly type: "index";
  readonly data: Uint32Array;
}
