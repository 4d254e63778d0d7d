// Precision, recall and average precision: relevant documents among those retrieved.

import { countRelevant, type Measure, perTopic } from "./ranking.ts";

/** P@k: the share of the first `k` ranks that hold a relevant document; empty ranks hold none. */
export const precision: Measure = perTopic(({ ranked }, k, relevantFrom) =>
  countRelevant(ranked.slice(0, k), relevantFrom) / (k === Infinity ? ranked.length : k)
);

/** R@k: the share of the relevant documents that is among the first `k`; 0 where there are none. */
export const recall: Measure = perTopic(({ ranked, judged }, k, relevantFrom) => {
  const relevant = countRelevant(judged, relevantFrom);
  return relevant === 0 ? 0 : countRelevant(ranked.slice(0, k), relevantFrom) / relevant;
});

/**
 * Average precision: the mean, over all relevant documents, of the precision at their ranks; those
 * not among the first `k` count 0. 0 where no document is relevant.
 */
export const averagePrecision: Measure = perTopic(({ ranked, judged }, k, relevantFrom) => {
  const relevant = countRelevant(judged, relevantFrom);
  let found = 0;
  let sum = 0;
  for (let i = 0; i < Math.min(k, ranked.length); i++) {
    const grade = ranked[i];
    if (grade !== undefined && grade >= relevantFrom) sum += ++found / (i + 1);
  }
  return relevant === 0 ? 0 : sum / relevant;
});
