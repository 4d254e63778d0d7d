/** Which passages of a query are re-ranked: its relevant ones, and others that BM25 found. */

import { sample, seededRandom, seedFor } from "../../ir/random.ts";
import { compareBytes, rank } from "../../ir/ranking.ts";
import type { Qrels, Run } from "../../ir/words.ts";

/**
 * How a query's candidates are ranked (A27): all in one list, each relevant passage's others together;
 * or in a list for every relevant passage, it alone with its others.
 */
export const listShapes = ["query", "passage"] as const;

/** How a query's candidates are ranked. */
export type ListShape = (typeof listShapes)[number];

/** Options of {@linkcode candidateLists}. */
export interface CandidateOptions {
  /** Lowest grade of a relevant passage; 1 unless given. */
  readonly relevantFrom?: number;
  /** Other passages for each relevant one; 20 unless given. */
  readonly perRelevant?: number;
  /** Relevant passages of a query at most, drawn evenly; all unless given. */
  readonly mostRelevant?: number;
  /** How they are ranked; all of a query in one list unless given. */
  readonly lists?: ListShape;
}

/** A query's candidates. */
export interface CandidateList {
  /** The query's id. */
  readonly query: string;
  /** Ids of the relevant passages, then of the others. */
  readonly documents: readonly string[];
  /** Others that it should have beside those that were found; none where the list is given. */
  readonly lacking?: number;
}

/** At most `most` of the queries with a relevant passage, drawn evenly; in byte order of their ids. */
export function chooseQueries(
  qrels: Qrels,
  { relevantFrom = 1, most = Infinity, seed }: {
    readonly relevantFrom?: number;
    readonly most?: number;
    readonly seed: number;
  },
): string[] {
  const usable = [...qrels].filter(([, grades]) =>
    grades.values().some((grade) => grade >= relevantFrom)
  ).map(([query]) => query).sort(compareBytes);
  return usable.length <= most
    ? usable
    : sample(usable, most, seededRandom(seed)).sort(compareBytes);
}

/** The depth of a ranking that holds enough others for a query of so many relevant passages. */
export function candidateDepth(relevant: number, perRelevant = 20): number {
  return relevant * (perRelevant + 1);
}

/**
 * The candidates of one query: its relevant passages, and from the top of the ranking as many
 * others as `perRelevant` says for each of them. No other is judged relevant; duplicates count once.
 * Where `mostRelevant` cuts, every query draws by itself: `seed` with the query's id. Where every
 * relevant passage has a list of its own, all of these have the same others: as many as one asks for.
 */
export function candidateList(
  query: string,
  { grades, ranking, relevantFrom = 1, perRelevant = 20, mostRelevant = Infinity, lists, seed }:
    & CandidateOptions
    & {
      /** Its judgements. */
      readonly grades: ReadonlyMap<string, number>;
      /** What BM25 found for it, by score. */
      readonly ranking: ReadonlyMap<string, number>;
      /** Of the draw of relevant passages. */
      readonly seed: number;
    },
): CandidateList {
  const relevant = [...grades].filter(([, grade]) => grade >= relevantFrom)
    .map(([document]) => document).sort(compareBytes);
  const chosen = relevant.length <= mostRelevant
    ? relevant
    : sample(relevant, mostRelevant, seededRandom(seedFor(seed, query))).sort(compareBytes);
  const others = rank(ranking).filter((document) => !relevant.includes(document));
  const wanted = perRelevant * (lists === "passage" ? 1 : chosen.length);
  return {
    query,
    documents: [...chosen, ...others.slice(0, wanted)],
    lacking: Math.max(0, wanted - others.length),
  };
}

/** The candidates that a run lists, for the queries that are judged. */
export function candidatesOfRun(run: Run, queries: readonly string[]): CandidateList[] {
  return queries.map((query) => ({ query, documents: rank(run.get(query) ?? new Map()) }));
}
