/** The gradients of softmax attention. Twin of shaders/attention_backward_query.wgsl, …_key.wgsl, …_query_tiled.wgsl, …_key_tiled.wgsl */

import type { Attention } from "../ops.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";

/**
 * In the forward pass: P = softmax(S), S = QKᵀ/√d, O = P V. So now, with δ_i = dO_i·O_i:
 * dV = Pᵀ dO, dS_ij = P_ij (dO_i·V_j - δ_i), dQ = dS K/√d, dK = dSᵀ Q/√d.
 */
export function attentionBackward(
  gradient: { query: Matrix; key: Matrix; value: Matrix },
  dout: Matrix,
  out: Matrix,
  lse: Matrix,
  inputs: Attention,
): void {
  const { query: dq, key: dk, value: dv } = gradient;
  const query = inputs.query as Matrix;
  const key = inputs.key as Matrix;
  const value = inputs.value as Matrix;
  const rows = (inputs.rows as IndexMatrix).data;
  const rowOf = (inputs.rowOfQuery as IndexMatrix).data;
  const width = query.width;
  const depth = width / inputs.heads;
  const scale = 1 / Math.sqrt(depth);
  for (const output of [dq, dk, dv]) output.data.fill(0);
  for (let q = 0; q < query.rows; q++) {
    const first = rows[4 * rowOf[q]];
    const count = rows[4 * rowOf[q] + 1];
    for (let h = 0; h < inputs.heads; h++) {
      const at = q * width + h * depth;
      let delta = 0;
      for (let c = 0; c < depth; c++) delta += dout.data[at + c] * out.data[at + c];
      for (let j = 0; j < count; j++) {
        const other = (first + j) * width + h * depth;
        let score = 0;
        let slope = 0;
        for (let c = 0; c < depth; c++) {
          score += query.data[at + c] * key.data[other + c];
          slope += dout.data[at + c] * value.data[other + c];
        }
        const probability = Math.exp(score * scale - lse.data[q * inputs.heads + h]);
        const dscore = probability * (slope - delta) * scale;
        for (let c = 0; c < depth; c++) {
          dq.data[at + c] += dscore * key.data[other + c];
          dk.data[other + c] += dscore * query.data[at + c];
          dv.data[other + c] += probability * dout.data[at + c];
        }
      }
    }
  }
}
