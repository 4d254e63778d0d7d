/** Floors: nDCG@10 of the worst and of random rankings of each list, which no loss can go beyond. */

import { mean } from "../../ir/measures.ts";
import { ndcg } from "../../ir/ndcg.ts";
import { seededRandom, seedFor, shuffle } from "../../ir/random.ts";
import type { Qrels, Run } from "../../ir/words.ts";
import type { RankingFloors } from "../results/results_faithfulness.ts";

/** A query's list. */
export interface RankedList {
  readonly query: string;
  readonly documents: readonly string[];
}

/** The best, the worst, and random rankings of lists: nDCG@10, the mean over queries. */
export function rankingFloors(
  lists: readonly RankedList[],
  qrels: Qrels,
  { draws = 1000, seed = 0, ndcgOf = (run) => ndcg(run, qrels, { k: 10 }) }: {
    readonly draws?: number;
    readonly seed?: number;
    /** nDCG@10 by query, where lists are cut into several. */
    readonly ndcgOf?: (run: Run) => ReadonlyMap<string, number>;
  } = {},
): RankingFloors {
  const of = (scoresOf: (list: RankedList) => readonly number[]) => {
    const run = new Map(lists.map((list) => {
      const scores = scoresOf(list);
      return [list.query, new Map(list.documents.map((id, i) => [id, scores[i]]))];
    }));
    return mean([...ndcgOf(run).values()]);
  };
  const grades = ({ query, documents }: RankedList) =>
    documents.map((document) => qrels.get(query)?.get(document) ?? 0);
  const streams = new Map(
    lists.map(({ query }) => [query, seededRandom(seedFor(seed, `ranking ${query}`))]),
  );
  const random = Array.from(
    { length: draws },
    () => of(({ query, documents }) => shuffle(documents.map((_, i) => i), streams.get(query)!)),
  );
  const centre = mean(random);
  const squares = random.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return {
    queries: lists.length,
    draws,
    best: of(grades),
    worst: of((list) => grades(list).map((grade) => -grade)),
    random: centre,
    deviation: draws > 1 ? Math.sqrt(squares / (draws - 1)) : null,
  };
}
