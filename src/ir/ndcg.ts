// nDCG: how much of the best possible ranking's gain a ranking has, discounted by rank.

import { type Measure, perTopic } from "./ranking.ts";

/**
 * Normalised discounted cumulative gain, of the first `k` documents where k is given:
 * Σ gain(rank) / log₂(rank + 1), over the same sum for all judged documents in the best order.
 * The gain is the grade itself; negative and missing grades gain 0. A query without a relevant
 * document has 0. Järvelin and Kekäläinen 2002, doi:10.1145/582415.582418, with trec_eval's gains.
 */
export const ndcg: Measure = perTopic(({ ranked, judged }, k) => {
  const ideal = gain(judged.toSorted((a, b) => b - a), k);
  return ideal === 0 ? 0 : gain(ranked, k) / ideal;
});

function gain(grades: readonly (number | undefined)[], k: number): number {
  let sum = 0;
  for (let i = 0; i < Math.min(k, grades.length); i++) {
    sum += Math.max(grades[i] ?? 0, 0) / Math.log2(i + 2);
  }
  return sum;
}
