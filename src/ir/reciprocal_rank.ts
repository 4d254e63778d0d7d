// Reciprocal rank: how early the first relevant document comes.

import { type Measure, perTopic } from "./ranking.ts";

/** RR, or MRR once averaged: 1 / rank of the first relevant document, 0 where none is in the first `k`. */
export const reciprocalRank: Measure = perTopic(({ ranked }, k, relevantFrom) => {
  const first = ranked.slice(0, k).findIndex((grade) =>
    grade !== undefined && grade >= relevantFrom
  );
  return first < 0 ? 0 : 1 / (first + 1);
});
