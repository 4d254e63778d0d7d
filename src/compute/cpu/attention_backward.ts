/** The gradients of softmax attention. Twin of shaders/attention_backward_query.wgsl, …_key.wgsl, …_query_tiled.wgsl, …_key_tiled.wgsl, …_query_general.wgsl, …_key_general.wgsl, …_query_relative.wgsl, …_key_relative.wgsl */

import { attentionPlan, seen } from "../attention_plan.ts";
import type { Attention } from "../ops.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";
import { relativeScores } from "./relative.ts";

/**
 * In the forward pass: P = softmax(S), S = scale QKᵀ + bias, O = P V. So now, with δ_i = dO_i·O_i:
 * dV = Pᵀ dO, dS_ij = P_ij (dO_i·V_j - δ_i), dQ = scale dS K, dK = scale dSᵀ Q, and what relative
 * positions add.
 */
export function attentionBackward(
  gradient: { query: Matrix; key: Matrix; value: Matrix },
  dout: Matrix,
  out: Matrix,
  lse: Matrix,
  inputs: Attention,
): void {
  const { heads } = inputs;
  const { query: dq, key: dk, value: dv } = gradient;
  const query = inputs.query as Matrix;
  const key = inputs.key as Matrix;
  const value = inputs.value as Matrix;
  const bias = inputs.bias as Matrix | undefined;
  const rows = (inputs.rows as IndexMatrix).data;
  const rowOf = (inputs.rowOfQuery as IndexMatrix).data;
  const plan = attentionPlan(inputs);
  const relative = relativeScores(inputs, plan);
  const { depth, keyHeads, scale } = plan;
  for (const output of [dq, dk, dv]) output.data.fill(0);
  for (let q = 0; q < query.rows; q++) {
    const [first, keys, firstQuery, queries] = rows.subarray(4 * rowOf[q], 4 * rowOf[q] + 4);
    const { place, from, to } = seen(plan, { query: q - firstQuery, keys, queries });
    for (let h = 0; h < heads; h++) {
      const at = q * query.width + h * depth;
      const shift = Math.floor(h * keyHeads / heads) * depth;
      let delta = 0;
      for (let c = 0; c < depth; c++) delta += dout.data[at + c] * out.data[at + c];
      for (let j = from; j < to; j++) {
        const other = (first + j) * key.width + shift;
        let product = 0;
        let slope = 0;
        for (let c = 0; c < depth; c++) {
          product += query.data[at + c] * key.data[other + c];
          slope += dout.data[at + c] * value.data[other + c];
        }
        if (relative) product += relative.score(at, other, place - j);
        let score = product * scale;
        if (bias) score += bias.data[(plan.middle + j - place) * heads + h];
        const probability = Math.exp(score - lse.data[q * heads + h]);
        const dscore = probability * (slope - delta) * scale;
        for (let c = 0; c < depth; c++) {
          dq.data[at + c] += dscore * key.data[other + c];
          dk.data[other + c] += dscore * query.data[at + c];
          dv.data[other + c] += probability * dout.data[at + c];
        }
        relative?.addSlopes({ query: dq, key: dk }, dscore, [at, other, place - j]);
      }
    }
  }
}
