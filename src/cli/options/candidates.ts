/** The queries and candidates of a validation collection, tokenized. */

import {
  type AblationCandidate,
  candidateDepth,
  type CandidateList,
  candidateList,
  type CandidateOptions,
  candidatesOfRun,
  chooseQueries,
  type CrossEncoder,
  type EncodeOptions,
} from "../../../internal.ts";
import { bm25Searcher } from "../../formats/bm25_search.ts";
import type { Collection } from "../../formats/collection.ts";
import { readRun } from "../../formats/trec.ts";
import type { Passage, Qrels, Query, Run } from "../../ir/words.ts";
import { type IndexPlace, openIndex } from "../../deno/bm25.ts";
import { fileStream } from "../../deno/folder.ts";

/** Which queries and candidates. */
export interface CandidateSource extends IndexPlace {
  /** Lowest grade of a relevant passage. */
  readonly relevantFrom: number;
  /** Queries at most, drawn with the seed. */
  readonly queries?: number;
  /** Others for each relevant passage. */
  readonly perRelevant: number;
  /** Relevant passages of a query at most. */
  readonly mostRelevant?: number;
  /** How a query's candidates are ranked. */
  readonly lists?: CandidateOptions["lists"];
  /** A TREC run that lists the candidates, in place of BM25. */
  readonly run?: string;
  readonly seed: number;
}

/** The candidates of a collection. */
export interface QueryCandidates {
  readonly collection: Collection;
  readonly qrels: Qrels;
  readonly lists: readonly CandidateList[];
  /** Queries that are left out since they have no candidate but relevant passages. */
  readonly leftOut: readonly string[];
}

/** Chooses queries and their candidates; fails where none is left. */
export async function chooseCandidates(
  collection: Collection,
  options: CandidateSource,
): Promise<QueryCandidates> {
  const { folder, relevantFrom, run, seed } = options;
  const { qrels } = collection;
  const queries = chooseQueries(qrels, { relevantFrom, most: options.queries, seed });
  const all = run === undefined
    ? await bm25Lists(collection, queries, options)
    : candidatesOfRun(await readCandidates(run), queries);
  const ranks = ({ query, documents }: CandidateList) =>
    documents.some((document) => !((qrels.get(query)!.get(document) ?? 0) >= relevantFrom));
  const lists = all.filter(ranks);
  const leftOut = all.filter((list) => !ranks(list)).map(({ query }) => query);
  if (lists.length < 2) {
    throw new RangeError(
      `Cannot re-rank ${folder}: expected two or more queries with candidates${
        run === undefined ? "" : ` in ${run}`
      }, got ${lists.length} of ${queries.length}${
        leftOut.length > 0 ? `, none for query "${leftOut[0]}"` : ""
      }`,
    );
  }
  return { collection, qrels, lists, leftOut };
}

/** The candidates of a run's file, or of standard input for `-`. */
export async function readCandidates(file: string): Promise<Run> {
  const run = await readRun(fileStream(file), file);
  if (run.size > 0) return run;
  throw new SyntaxError(
    `Cannot read ${file === "-" ? "standard input" : file}: expected candidates, found none`,
  );
}

async function bm25Lists(
  collection: Collection,
  queries: readonly string[],
  { relevantFrom, perRelevant, mostRelevant, lists, seed, ...place }: CandidateSource,
): Promise<CandidateList[]> {
  using index = await openIndex(collection, place);
  const { search } = bm25Searcher(index);
  return await Promise.all(queries.map(async (query) => {
    const grades = collection.qrels.get(query)!;
    const relevant = [...grades.values()].filter((grade) => grade >= relevantFrom).length;
    // deep enough for all relevant passages, and the others that as many as are taken ask for
    const depth = relevant +
      candidateDepth(Math.min(relevant, mostRelevant ?? Infinity), perRelevant);
    const { text } = await collection.queryOf(query, collection.judgements);
    const ranking = search(text, depth);
    const options = { relevantFrom, perRelevant, mostRelevant, lists, seed };
    return candidateList(query, { grades, ranking, ...options });
  }));
}

/** A candidate with its texts. */
export interface TextCandidate {
  readonly query: Query;
  readonly passage: Passage;
}

/** The texts of every candidate, list after list. */
export async function textsOfCandidates(
  { collection, lists }: QueryCandidates,
): Promise<TextCandidate[]> {
  const passages = await collection.passagesOf(
    new Set(lists.flatMap(({ documents }) => documents)),
  );
  const queries = new Map(
    await Promise.all(
      lists.map(async ({ query }) =>
        [query, await collection.queryOf(query, collection.judgements)] as const
      ),
    ),
  );
  return lists.flatMap(({ query, documents }) =>
    documents.map((document) => ({
      query: queries.get(query)!,
      passage: passages.get(document)!,
    }))
  );
}

/** Tokenizes every candidate once. */
export async function encodeCandidates(
  { tokenizer }: Pick<CrossEncoder, "tokenizer">,
  chosen: QueryCandidates,
  options: EncodeOptions,
): Promise<AblationCandidate[]> {
  return (await textsOfCandidates(chosen)).map(({ query, passage }) => ({
    query: query.id,
    document: passage.id,
    encoded: tokenizer.encode(query.text, passage.text, options),
  }));
}
