/** The lists in which a collection's candidates are ranked, and how well (A27): nDCG@10 by query. */

import { mean } from "../../ir/measures.ts";
import { ndcg } from "../../ir/ndcg.ts";
import { rank } from "../../ir/ranking.ts";
import type { Qrels, Run } from "../../ir/words.ts";
import type { ListShape } from "./candidates.ts";

/** Ranks that count: nDCG@10. */
export const K = 10;

/** The candidates of every query with their values. */
export function runOfCandidates(
  candidates: ListedCandidates["candidates"],
  values: ArrayLike<number>,
): Map<string, Map<string, number>> {
  const run = new Map<string, Map<string, number>>();
  candidates.forEach(({ query, document }, i) => {
    const ranking = run.get(query) ?? new Map<string, number>();
    run.set(query, ranking.set(document, values[i]));
  });
  return run;
}

/** Candidates with their judgements, and how they are ranked. */
export interface ListedCandidates {
  readonly candidates: readonly { readonly query: string; readonly document: string }[];
  readonly qrels: Qrels;
  /** How a query's candidates are ranked; in one list unless given. */
  readonly lists?: ListShape;
  /** Lowest grade of a relevant passage, each of which may have a list of its own; 1 unless given. */
  readonly relevantFrom?: number;
}

/** Lists of candidates. */
export interface RankedLists {
  /** A value of every candidate as a run, a ranking a list. */
  runOf(values: ArrayLike<number>): Run;
  /** nDCG@10 by query, of several lists of a query their mean. */
  ndcg(run: Run): ReadonlyMap<string, number>;
  /** The passages among the first ten of a query: of one list or more. */
  first(run: Run, query: string): readonly string[];
}

/** The lists of candidates: one a query, or one a relevant passage of it. */
export function rankedLists(
  { candidates, qrels, lists = "query", relevantFrom = 1 }: ListedCandidates,
): RankedLists {
  const runOf = (values: ArrayLike<number>) => runOfCandidates(candidates, values);
  const firstOf = (ranking: ReadonlyMap<string, number>) => rank(ranking).slice(0, K);
  if (lists === "query") {
    return {
      runOf,
      ndcg: (run) => ndcg(run, qrels, { k: K }),
      first: (run, query) => firstOf(run.get(query)!),
    };
  }
  const isRelevant = (query: string, document: string) =>
    (qrels.get(query)?.get(document) ?? -Infinity) >= relevantFrom;
  /** A query's rankings: of every relevant candidate with all that are not relevant. */
  const rankingsOf = (query: string, ranking: ReadonlyMap<string, number>) => {
    const others = [...ranking].filter(([document]) => !isRelevant(query, document));
    return [...ranking].filter(([document]) => isRelevant(query, document))
      .map((one) => ({ relevant: one[0], ranking: new Map([one, ...others]) }));
  };
  return {
    runOf,
    ndcg: (run) =>
      new Map(
        [...run].map(([query, ranking]) => {
          const found = rankingsOf(query, ranking).map(({ relevant, ranking }) => {
            // other passages of the list keep their grades, which are lower; relevant ones of other lists are not in it
            const grades = new Map(
              [...qrels.get(query)!].filter(([document]) =>
                document === relevant || !isRelevant(query, document)
              ),
            );
            const alone: Qrels = new Map([[query, grades]]);
            return ndcg(new Map([[query, ranking]]), alone, { k: K }).get(query)!;
          });
          return [query, found.length === 0 ? 0 : mean(found)];
        }),
      ),
    first: (run, query) => [
      ...new Set(
        rankingsOf(query, run.get(query)!).flatMap(({ ranking }) => firstOf(ranking)),
      ),
    ],
  };
}
