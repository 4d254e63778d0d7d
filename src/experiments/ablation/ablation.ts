/** Ablation: the outputs of a set are zeroed or replaced, candidates re-ranked, and rankings measured. */

import type { CrossEncoder } from "../../model/cross_encoder.ts";
import type { EncodedPair } from "../../model/pair_tokenizer.ts";
import type { AblatedSet, AblationMethod } from "./methods.ts";
import { type ListedCandidates, rankedLists } from "./ranked_lists.ts";
import { rescore, type RescoreOptions } from "./rescore.ts";

/** A candidate, tokenized once. */
export interface Candidate {
  /** The query's id. */
  readonly query: string;
  /** The passage's id. */
  readonly document: string;
  /** The pair. */
  readonly encoded: EncodedPair;
}

/** A row of the table at one level: one set, or the repetitions of a random control. */
export interface SetsOfRow {
  /** The row's expression. */
  readonly expression: string;
  /** A set of the paper, or a random control. */
  readonly kind: "set" | "random";
  /** A part of all neurons. */
  readonly level: number;
  /** How the neurons are ablated; they are zeroed unless given. */
  readonly method?: AblationMethod;
  /** Ids; one set, or one a repetition. */
  readonly sets: readonly Uint32Array[];
}

/** What a row does to one collection's queries. */
export interface RowOnCollection {
  /** The row's expression. */
  readonly expression: string;
  /** A set of the paper, or a random control. */
  readonly kind: "set" | "random";
  /** A part of all neurons. */
  readonly level: number;
  /** How the neurons are ablated; they are zeroed unless given. */
  readonly method?: AblationMethod;
  /** Neurons ablated, the mean over repetitions. */
  readonly neurons: number;
  /** nDCG@10 by repetition, then by query in the collection's order. */
  readonly ndcg: readonly (readonly number[])[];
  /** By query, the passages that enter and leave the first ten; random controls have none. */
  readonly swaps?: readonly Swap[];
}

/** What changes among the first ten passages of a query. */
export interface Swap {
  /** Ids of passages that come in, in their new order. */
  readonly entered: readonly string[];
  /** Ids of passages that leave, in their old order. */
  readonly left: readonly string[];
}

/** Every row on one collection. */
export interface CollectionAblation {
  /** Query ids, in order. */
  readonly queries: readonly string[];
  /** Candidates of all queries. */
  readonly candidates: number;
  /** nDCG@10 of the unpruned model by query. */
  readonly original: readonly number[];
  /** nDCG@10 of the best order of every query's candidates: what no model can exceed. */
  readonly attainable: readonly number[];
  /** The rows. */
  readonly rows: readonly RowOnCollection[];
}

/** A validation collection and what ablation did to it. */
export interface AblatedCollection extends CollectionAblation {
  /** Its abbreviation. */
  readonly collection: string;
  /** The group it is averaged in. */
  readonly group: string;
}

/** Options of {@linkcode ablate}. */
export type AblateOptions = Omit<RescoreOptions, "nameOf">;

/**
 * The part of the queries whose unpruned ranking is already the best order of their candidates:
 * these can only lose.
 */
export function atAttainable(
  { original, attainable }: Pick<CollectionAblation, "original" | "attainable">,
): number {
  // nDCG of another order of equal grades may differ in its last bits
  return original.filter((value, q) => value >= attainable[q] - 1e-12).length / original.length;
}

/** The sets that {@linkcode ablate} scores candidates under: none for the unpruned model, then the rows'. */
export function setsOfRows(rows: readonly SetsOfRow[]): AblatedSet[] {
  return [
    { ids: new Uint32Array(0) },
    ...rows.flatMap(({ sets, method }) => sets.map((ids) => ({ ids, method }))),
  ];
}

/** The name of a candidate in error messages. */
export function candidateName({ query, document }: Omit<Candidate, "encoded">): string {
  return `passage "${document}" of query "${query}"`;
}

/** Re-ranks the candidates of one collection unpruned and under every set. */
export async function ablate(
  encoder: CrossEncoder,
  judged: JudgedCandidates,
  rows: readonly SetsOfRow[],
  options: AblateOptions = {},
): Promise<CollectionAblation> {
  const { candidates } = judged;
  const scores = await rescore(
    encoder,
    candidates.map(({ encoded }) => encoded),
    setsOfRows(rows),
    { ...options, nameOf: (pair) => candidateName(candidates[pair]) },
  );
  return ablationOf(scores, judged, rows);
}

/** Candidates with their judgements, tokenized. */
export interface JudgedCandidates extends ListedCandidates {
  readonly candidates: readonly Candidate[];
}

/** Measures rankings by scores, which are of every candidate under the sets of {@linkcode setsOfRows}. */
export function ablationOf(
  scores: readonly ArrayLike<number>[],
  judged: JudgedCandidates,
  rows: readonly SetsOfRow[],
): CollectionAblation {
  const { candidates, qrels } = judged;
  const lists = rankedLists(judged);
  const runOf = (values: ArrayLike<number>) => lists.runOf(values);
  const original = runOf(scores[0]);
  const values = lists.ndcg(original);
  const queries = [...values.keys()];
  const grades = candidates.map(({ query, document }) => qrels.get(query)?.get(document) ?? 0);
  const attainable = [...lists.ndcg(runOf(grades)).values()];
  let next = 1;
  const found = rows.map(({ expression, kind, level, method, sets }): RowOnCollection => {
    const runs = sets.map(() => runOf(scores[next++]));
    return {
      expression,
      kind,
      level,
      ...(method && { method }),
      neurons: sets.reduce((sum, ids) => sum + ids.length, 0) / sets.length,
      ndcg: runs.map((run) => [...lists.ndcg(run).values()]),
      ...(kind === "random" ? {} : {
        swaps: queries.map((query): Swap => {
          const [before, after] = [lists.first(original, query), lists.first(runs[0], query)];
          return {
            entered: after.filter((document) => !before.includes(document)),
            left: before.filter((document) => !after.includes(document)),
          };
        }),
      }),
    };
  });
  return {
    ...{ queries, candidates: candidates.length, attainable, rows: found },
    original: [...values.values()],
  };
}
