/** Softmax attention within each row. Twin of shaders/attention.wgsl, …_tiled.wgsl, …_general.wgsl and …_relative.wgsl */

import { attentionPlan, seen } from "../attention_plan.ts";
import type { Attention } from "../ops.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";
import { relativeScores } from "./relative.ts";

/**
 * out = softmax(S) V by row and head, S = scale QKᵀ + bias, or with relative positions, over the keys
 * that a query sees; lse = log Σ exp S.
 */
export function attention(out: Matrix, lse: Matrix, inputs: Attention): void {
  const { heads } = inputs;
  const query = inputs.query as Matrix;
  const key = inputs.key as Matrix;
  const value = inputs.value as Matrix;
  const bias = inputs.bias as Matrix | undefined;
  const rows = (inputs.rows as IndexMatrix).data;
  const rowOf = (inputs.rowOfQuery as IndexMatrix).data;
  const plan = attentionPlan(inputs);
  const relative = relativeScores(inputs, plan);
  const { depth, keyHeads, scale } = plan;
  const scores = new Float64Array(key.rows);
  for (let q = 0; q < query.rows; q++) {
    const [first, keys, firstQuery, queries] = rows.subarray(4 * rowOf[q], 4 * rowOf[q] + 4);
    const { place, from, to } = seen(plan, { query: q - firstQuery, keys, queries });
    for (let h = 0; h < heads; h++) {
      const at = q * query.width + h * depth;
      const shift = Math.floor(h * keyHeads / heads) * depth;
      let highest = -Infinity;
      for (let j = from; j < to; j++) {
        const other = (first + j) * key.width + shift;
        let score = 0;
        for (let c = 0; c < depth; c++) score += query.data[at + c] * key.data[other + c];
        if (relative) score += relative.score(at, other, place - j);
        scores[j] = score * scale;
        if (bias) scores[j] += bias.data[(plan.middle + j - place) * heads + h];
        if (scores[j] > highest) highest = scores[j];
      }
      let sum = 0;
      for (let j = from; j < to; j++) sum += Math.exp(scores[j] - highest);
      lse.data[q * heads + h] = highest + Math.log(sum);
      out.data.fill(0, at, at + depth);
      for (let j = from; j < to; j++) {
        const probability = Math.exp(scores[j] - highest) / sum;
        const other = (first + j) * key.width + shift;
        for (let c = 0; c < depth; c++) out.data[at + c] += probability * value.data[other + c];
      }
    }
  }
}
