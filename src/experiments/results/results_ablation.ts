/** Records of a study's results: Table 4. */

import type { Interval } from "./results_figures.ts";

/** Table 4: what zeroing sets does to nDCG@10. */
export interface AblationStudy {
  /** The levels, parts of all neurons. */
  readonly levels: readonly number[];
  /** Groups of validation collections, in the table's order. */
  readonly groups: readonly { readonly name: string; readonly collections: readonly string[] }[];
  /** The paper's rows, random controls last: neurons zeroed. */
  readonly rows: readonly AblationRow[];
  /** The same rows with neurons ablated otherwise; none unless it was asked for. */
  readonly others?: readonly OtherAblation[];
  /** Significance level of the counts, .05. */
  readonly alpha: number;
  /** Which p-values Holm's correction takes together, as a sentence. */
  readonly family: string;
  /** What the intervals are and assume, as a sentence. */
  readonly interval: string;
  /** Rows against each other, query by query. */
  readonly contrasts: readonly AblationContrast[];
}

/** Table 4 with neurons ablated in another way than by zeroing. */
export interface OtherAblation {
  /** `mean`, `resample`, or `scale` and a number. */
  readonly method: string;
  /** Its rows. */
  readonly rows: readonly AblationRow[];
}

/** One row's loss less another's on the same queries. */
export interface AblationContrast {
  /** The claim that it tests. */
  readonly claim: "non-relevant-harms-more" | "fusion";
  /** The row that the claim expects to lose more. */
  readonly more: string;
  /** The row that it expects to lose less. */
  readonly less: string;
  /** Whether each row's loss is taken beyond that of its own random control. */
  readonly beyondRandom: boolean;
  /** The level, a part of all neurons. */
  readonly level: number;
  /** The validation collection. */
  readonly collection: string;
  /** Queries, and how many of them have a difference other than 0. */
  readonly queries: number;
  /** Queries with a difference. */
  readonly changed: number;
  /** 100 · the mean difference of the losses of nDCG@10; positive as the claim expects. */
  readonly points: number;
  /** 95 % t interval of `points` over queries. */
  readonly interval: Interval;
  /** Student's t of the paired differences; null where all are the same but 0. */
  readonly t: number | null;
  /** Degrees of freedom. */
  readonly degrees: number;
  /** Two-tailed probability. */
  readonly p: number;
  /** Holm-corrected over all comparisons of the claim; null where no query differs. */
  readonly holm: number | null;
  /** The test that decides the claim, where the study asks for another. */
  readonly asked?: AskedTest;
}

/** A comparison by a test and a correction that a study asks for. */
export interface AskedTest {
  /** `paired`, `independent` or `randomisation`. */
  readonly test: string;
  /** `holm`, `benjamini-hochberg` or `none`. */
  readonly correction: string;
  /** Two-tailed probability. */
  readonly p: number;
  /** Corrected over all comparisons of the claim; null where no query differs. */
  readonly corrected: number | null;
}

/** One row of Table 4. */
export interface AblationRow {
  /** e.g. "P[ms]", "all(N, O - b - f)", "fuse(A)", "random(N[ms])". */
  readonly expression: string;
  /** A set of the paper, or a random control. */
  readonly kind: "set" | "random";
  /** One a level, in the order of the study's levels. */
  readonly cells: readonly AblationCell[];
}

/** One row at one level. */
export interface AblationCell {
  /** The level, a part of all neurons. */
  readonly level: number;
  /** Neurons ablated; 0 where the set is empty, which changes nothing. */
  readonly neurons: number;
  /** Random sets averaged; 1 for a set. */
  readonly repetitions: number;
  /** The collections. */
  readonly collections: readonly CollectionChange[];
  /** The groups. */
  readonly groups: readonly GroupChange[];
}

/** The change on one validation collection; positive is a loss. */
export interface CollectionChange {
  /** The collection. */
  readonly collection: string;
  /** Queries. */
  readonly queries: number;
  /** Mean nDCG@10 unpruned and pruned, 0 to 1. */
  readonly original: number;
  /** Pruned. */
  readonly ablated: number;
  /** 100 · (original - ablated) / original; null where original is 0. */
  readonly percent: number | null;
  /** 100 · (original - ablated). */
  readonly points: number;
  /** 95 % t interval of `points` over queries. */
  readonly interval: Interval;
  /** Student's t-test over the same queries: the right one here. */
  readonly paired: TestResult;
  /** As of two independent samples: the authors' code. */
  readonly independent: TestResult;
  /** Holm-corrected p of the paired test; null where no query changes. */
  readonly holm: number | null;
  /** Cohen's d of the paired differences; positive is a loss; null where all are the same but 0. */
  readonly effect: number | null;
  /** p of the paired randomisation test. */
  readonly randomisation: number;
  /** Parts of the queries that lose, win, and stay the same; of repetitions, their means. */
  readonly queriesLosing: number;
  /** The part that wins. */
  readonly queriesWinning: number;
  /** The part that stays the same. */
  readonly queriesUnchanged: number;
  /** Standard deviation of `percent` over repetitions; null for a set. */
  readonly percentDeviation: number | null;
}

/** A t-test; null t where every query changes by the same amount other than 0. */
export interface TestResult {
  /** Student's t. */
  readonly t: number | null;
  /** Degrees of freedom. */
  readonly degrees: number;
  /** Two-tailed probability. */
  readonly p: number;
}

/** The unweighted mean over a group's collections: what Table 4 prints. */
export interface GroupChange {
  /** The group's name. */
  readonly group: string;
  /** Mean of the collections' `percent`; null where one has none. */
  readonly percent: number | null;
  /** Mean of the collections' `points`. */
  readonly points: number;
  /** Collections of the group. */
  readonly collections: number;
  /** Collections with p <= alpha: paired, independent, and paired after Holm's correction. */
  readonly significant: {
    readonly paired: number;
    readonly independent: number;
    readonly holm: number;
  };
  /** The largest and second largest `percent` of the group's column, signed, as the paper's print. */
  readonly mark: "largest" | "second" | null;
}
