/** Signals of relevance that a pair has, whatever the model: what neurons are correlated with. */

import { searchTerms, wordsOf } from "../../formats/search_terms.ts";

/** The names of the signals, in the order in which they are shown. */
export const signalNames = [
  "exact-match",
  "idf-match",
  "bm25",
  "coverage",
  "longest-ngram",
  "first-match",
  "passage-length",
  "query-length",
  "grade",
  "unmatched-similarity",
] as const;

/** The name of a signal. */
export type SignalName = typeof signalNames[number];

/** What each signal is, as one line. Terms are a query's distinct words that are no stop words. */
export const signalMeanings: Readonly<Record<SignalName, string>> = {
  "exact-match": "words of the passage that are terms of the query",
  "idf-match": "sum of the inverse document frequencies of the terms that the passage has",
  "bm25": "BM25 of the passage for the query",
  "coverage": "share of the terms that the passage has",
  "longest-ngram": "words of the longest run that query and passage share",
  "first-match": "words of the passage before its first term",
  "passage-length": "words of the passage",
  "query-length": "words of the query",
  "grade": "the assessors' grade",
  "unmatched-similarity":
    "mean, over the terms that the passage lacks, of the largest cosine with one of its words",
};

/** What signals are made of. */
export interface SignalSource {
  /** What was asked. */
  readonly query: string;
  /** What may answer it. */
  readonly passage: string;
  /** Of the assessors; none where nobody judged the pair. */
  readonly grade?: number;
  /** None where there is no collection. */
  readonly bm25?: number;
}

/** What signals need beside the pair. */
export interface SignalTools {
  /** A word's inverse document frequency; none where there is no collection. */
  readonly idf?: (word: string) => number;
  /** The cosine of two words' embeddings; none where there is no model. */
  readonly similarity?: (a: string, b: string) => number;
}

/** The signals of a pair; NaN where it has none of that name. */
export function signalsOf(
  { query, passage, grade, bm25 }: SignalSource,
  { idf, similarity }: SignalTools = {},
): Record<SignalName, number> {
  const terms = [...new Set(searchTerms(query))];
  const [asked, words] = [wordsOf(query), wordsOf(passage)];
  const present = new Set(words);
  const isTerm = new Set(terms);
  const matched = terms.filter((term) => present.has(term));
  const unmatched = terms.filter((term) => !present.has(term));
  const first = words.findIndex((word) => isTerm.has(word));
  const others = [...new Set(searchTerms(passage))];
  const nearest = (term: string) =>
    Math.max(...others.map((word) => similarity!(term, word)).filter((cosine) => !isNaN(cosine)));
  return {
    "exact-match": words.filter((word) => isTerm.has(word)).length,
    "idf-match": idf ? sum(matched.map(idf)) : NaN,
    "bm25": bm25 ?? NaN,
    "coverage": matched.length / terms.length,
    "longest-ngram": longestRun(asked, words),
    "first-match": first < 0 ? NaN : first,
    "passage-length": words.length,
    "query-length": asked.length,
    "grade": grade ?? NaN,
    "unmatched-similarity": similarity ? meanOfFinite(unmatched.map(nearest)) : NaN,
  };
}

/** Length of the longest run of words that stands in both texts. */
export function longestRun(a: readonly string[], b: readonly string[]): number {
  let longest = 0;
  let before = new Uint32Array(b.length + 1); // runs that end at the word before, by place in b
  for (const word of a) {
    const runs = new Uint32Array(b.length + 1);
    b.forEach((other, j) => {
      if (other === word) longest = Math.max(longest, runs[j + 1] = before[j] + 1);
    });
    before = runs;
  }
  return longest;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** NaN where there are none. */
function meanOfFinite(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return sum(finite) / finite.length;
}
