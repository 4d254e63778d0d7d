/** Residual sum and LayerNorm. Twin of shaders/add_norm.wgsl */

import type { Norm } from "../ops.ts";
import type { Matrix } from "./matrix.ts";

/** out = LayerNorm(x + residual). */
export function addNorm(out: Matrix, x: Matrix, residual: Matrix, norm: Norm): void {
  for (let i = 0; i < out.data.length; i++) out.data[i] = x.data[i] + residual.data[i];
  normalize(out, norm);
}

/** x = (x - mean) / √(variance + ε) ⊙ γ + β, row by row, in place. */
export function normalize(x: Matrix, norm: Norm): void {
  const gain = (norm.gain as Matrix).data;
  const bias = (norm.bias as Matrix).data; // the contract's check asks for one
  for (let m = 0; m < x.rows; m++) {
    const row = x.data.subarray(m * x.width, (m + 1) * x.width);
    const { mean, scale } = moments(row, norm.epsilon);
    for (let c = 0; c < row.length; c++) row[c] = (row[c] - mean) * scale * gain[c] + bias[c];
  }
}

/** The mean of a row and 1 / √(variance + ε). */
export function moments(row: Float64Array, epsilon: number): { mean: number; scale: number } {
  let mean = 0;
  for (const value of row) mean += value;
  mean /= row.length;
  let variance = 0;
  for (const value of row) variance += (value - mean) ** 2;
  variance /= row.length;
  return { mean, scale: 1 / Math.sqrt(variance + epsilon) };
}
