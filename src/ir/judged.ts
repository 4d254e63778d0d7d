// Judged@k: how much of a ranking the assessors have seen.

import { type Measure, perTopic } from "./ranking.ts";

/** Judged@k: the share of the first `k` retrieved documents that have a grade, whatever it is. */
export const judged: Measure = perTopic(({ ranked }, k) => {
  const seen = ranked.slice(0, k);
  return seen.filter((grade) => grade !== undefined).length / seen.length;
});
