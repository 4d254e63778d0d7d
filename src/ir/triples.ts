/** Triples of a collection: a query, a relevant document, and one that is not, drawn with a seed. */

import { type PairKey, pairPool, type PoolOptions } from "./pairs.ts";
import { seededRandom, shuffle } from "./random.ts";
import type { Qrels } from "./words.ts";

/** A triple by its ids. */
export interface TripleKey {
  /** The query's id. */
  readonly query: string;
  /** The relevant document's id. */
  readonly relevant: string;
  /** The other document's id. */
  readonly other: string;
  /** True where nobody judged the other one: it was drawn from a ranking. */
  readonly sampled: boolean;
}

/** All triples, in two orders. */
export interface TriplePool {
  /** In byte order of the query ids, then of the relevant documents' ids. */
  readonly triples: readonly TripleKey[];
  /** The same as {@linkcode pairPool} draws the relevant documents. */
  drawn(): readonly TripleKey[];
  /** Relevant documents of queries that have no other one. */
  readonly alone: number;
}

/**
 * A triple for every relevant document of a query that has non-relevant ones: these are shuffled with the
 * seed, and given to the relevant ones in turn, again from the first where they do not suffice.
 */
export function triplePool(qrels: Qrels, options: Omit<PoolOptions, "label">): TriplePool {
  const relevant = pairPool(qrels, { ...options, label: "relevant" });
  const others = Map.groupBy(
    pairPool(qrels, { ...options, label: "non-relevant" }).pairs,
    ({ query }) => query,
  );
  const random = seededRandom(options.seed ?? 0);
  const byRelevant = new Map<PairKey, TripleKey>();
  for (const [query, pairs] of Map.groupBy(relevant.pairs, ({ query }) => query)) {
    const own = shuffle(others.get(query) ?? [], random);
    if (own.length === 0) continue;
    pairs.forEach((pair, i) => {
      const { document: other, sampled } = own[i % own.length];
      byRelevant.set(pair, { query, relevant: pair.document, other, sampled });
    });
  }
  return {
    triples: [...byRelevant.values()],
    drawn: () => relevant.drawn().flatMap((pair) => byRelevant.get(pair) ?? []),
    alone: relevant.pairs.length - byRelevant.size,
  };
}
