/** Records of a study's results: how many points of the path suffice. */

import type { Interval } from "./results_figures.ts";

/** Attributions of the same pairs by several rules, each against a much finer one. */
export interface ConvergenceStudy {
  /** The collection, or the file of the pairs. */
  readonly collection: string;
  /** What F is, of the label's class. */
  readonly target: string;
  /** Where the path begins. */
  readonly baseline: string;
  /** The part of all neurons whose sets are compared, e.g. .01. */
  readonly level: number;
  /** Neurons of such a set. */
  readonly size: number;
  /** The pairs; the model classifies them as they are labelled. */
  readonly pairs: { readonly relevant: number; readonly nonRelevant: number };
  /** What all rules are compared with. */
  readonly reference: ConvergenceReference;
  /** The rules, each from few points to many. */
  readonly rows: readonly ConvergenceRow[];
  /** The rule that the schemes are made with; null where there are none. */
  readonly inUse: Pick<ConvergenceRow, "rule" | "steps" | "tolerance"> | null;
}

/** The fine rule: the trapezoid rule on the adaptive rule's points and others between them. */
export interface ConvergenceReference {
  /** Tolerance of the adaptive rule whose points are taken. */
  readonly tolerance: number;
  /** Parts that every interval between two of them is cut into. */
  readonly cuts: number;
  /** Its points, mean over pairs. */
  readonly evaluations: number;
  /**
   * Its own error, estimated: its distance from the adaptive rule's result over cuts² - 1, since the
   * trapezoid rule's error falls with the square of the interval.
   */
  readonly error: Spread;
  /** Its gap of completeness. */
  readonly completeness: Spread;
}

/** One rule with its number of steps or its tolerance. */
export interface ConvergenceRow {
  /** `right` (the paper's), `trapezoid`, `adaptive`. */
  readonly rule: string;
  /** Steps of a uniform rule. */
  readonly steps: number | null;
  /** Tolerance of the adaptive rule. */
  readonly tolerance: number | null;
  /** Mean forward and backward evaluations a pair. */
  readonly evaluations: number;
  /** |c - r| / |r| over all neurons of a pair (Euclidean), c the rule's conductances, r the reference's. */
  readonly error: Spread;
  /** The same by label, with its interval. */
  readonly errors: readonly LabelError[];
  /** The same of sums of absolute differences. */
  readonly absoluteError: Spread;
  /** Spearman's correlation of the neurons' order with the reference's; the worst is the least. */
  readonly rank: Spread;
  /** Part of a pair's strongest neurons that are the reference's too; the worst is the least. */
  readonly overlap: Spread;
  /** Gap of completeness, the largest over a pair's cuts, as a part of |F(input) - F(baseline)|. */
  readonly completeness: Spread;
  /** The same comparison of the mean over the pairs of each label: what a scheme is. */
  readonly schemes: readonly SchemeConvergence[];
  /** Every pair, those of the first label first. */
  readonly pairs: readonly PairConvergence[];
}

/** The error of the pairs of one label. */
export interface LabelError {
  /** P[ms], N[ms]. */
  readonly scheme: string;
  /** Pairs, and the distinct queries that they are of. */
  readonly pairs: number;
  /** Distinct queries. */
  readonly queries: number;
  /** The mean; null where a pair has no value. */
  readonly mean: number | null;
  /** The median. */
  readonly median: number | null;
  /** 95 % t interval of the mean over queries; null where there are fewer than two. */
  readonly interval: Interval | null;
}

/** Mean, median and worst over pairs; null where a pair has no value. */
export interface Spread {
  /** The mean. */
  readonly mean: number | null;
  /** The median: one pair whose path jumps decides a mean of few. */
  readonly median: number | null;
  /** The worst. */
  readonly worst: number | null;
}

/** The mean over the pairs of one label against the reference's. */
export interface SchemeConvergence {
  /** P[ms], N[ms]. */
  readonly scheme: string;
  /** As of a pair. */
  readonly error: number | null;
  /** As of a pair, the mean being over the pairs that are compared. */
  readonly overlap: number;
  /**
   * The same of the scheme with all its pairs: the rule's and the reference's are the scheme itself
   * plus their mean difference from the rule in use over the compared pairs, exact where these are
   * all. Null where the scheme is not at hand.
   */
  readonly ofScheme: { readonly pairs: number; readonly overlap: number } | null;
}

/** One pair by one rule. */
export interface PairConvergence {
  /** Forward and backward evaluations. */
  readonly evaluations: number;
  /** See {@linkcode ConvergenceRow.error}. */
  readonly error: number | null;
  /** See {@linkcode ConvergenceRow.absoluteError}. */
  readonly absoluteError: number | null;
  /** See {@linkcode ConvergenceRow.rank}. */
  readonly rank: number | null;
  /** See {@linkcode ConvergenceRow.overlap}. */
  readonly overlap: number;
  /** See {@linkcode ConvergenceRow.completeness}. */
  readonly completeness: number | null;
}
