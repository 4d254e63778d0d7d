/** Softmax attention within each row. Twin of shaders/attention.wgsl and …_tiled.wgsl */

import type { Attention } from "../ops.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";

/** out = softmax(QKᵀ/√d) V by row and head, d = C/H; lse = log Σ exp of the scores. */
export function attention(out: Matrix, lse: Matrix, inputs: Attention): void {
  const query = inputs.query as Matrix;
  const key = inputs.key as Matrix;
  const value = inputs.value as Matrix;
  const rows = (inputs.rows as IndexMatrix).data;
  const rowOf = (inputs.rowOfQuery as IndexMatrix).data;
  const width = query.width;
  const depth = width / inputs.heads;
  const scale = 1 / Math.sqrt(depth);
  const scores = new Float64Array(key.rows);
  for (let q = 0; q < query.rows; q++) {
    const first = rows[4 * rowOf[q]];
    const count = rows[4 * rowOf[q] + 1];
    for (let h = 0; h < inputs.heads; h++) {
      const at = q * width + h * depth;
      let highest = -Infinity;
      for (let j = 0; j < count; j++) {
        const other = (first + j) * width + h * depth;
        let score = 0;
        for (let c = 0; c < depth; c++) score += query.data[at + c] * key.data[other + c];
        scores[j] = score * scale;
        if (scores[j] > highest) highest = scores[j];
      }
      let sum = 0;
      for (let j = 0; j < count; j++) sum += Math.exp(scores[j] - highest);
      lse.data[q * inputs.heads + h] = highest + Math.log(sum);
      out.data.fill(0, at, at + depth);
      for (let j = 0; j < count; j++) {
        const probability = Math.exp(scores[j] - highest) / sum;
        const other = (first + j) * width + h * depth;
        for (let c = 0; c < depth; c++) out.data[at + c] += probability * value.data[other + c];
      }
    }
  }
}
