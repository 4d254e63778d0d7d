/** Records of a study's results: how many points of the path suffice (C15). */

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

/** Mean and worst over pairs; null where a pair has no value. */
export interface Spread {
  /** The mean. */
  readonly mean: number | null;
  /** The worst. */
  readonly worst: number | null;
}

/** The mean over the pairs of one label against the reference's. */
export interface SchemeConvergence {
  /** P[ms], N[ms]. */
  readonly scheme: string;
  /** As of a pair. */
  readonly error: number | null;
  /** As of a pair. */
  readonly overlap: number;
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
