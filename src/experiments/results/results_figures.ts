/** Records of a study's results: what is counted and traced (Table 1, Figs. 1 to 4, segments, certainty). */

import type { Component } from "../../model/neurons.ts";
import type { Label } from "../../ir/words.ts";

/** A 95 % interval: 2.5 % of the distribution lies below `low`, and as much above `high`. */
export interface Interval {
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
}

/** Table 1: what baselines leave of the relevance signal. */
export interface BaselineStudy {
  /** The collection. */
  readonly collection: string;
  /** Number of pairs. */
  readonly pairs: number;
  /** The original input first. */
  readonly rows: readonly BaselineRow[];
  /** `similarity` where means are of a bi-encoder's similarities; of p(relevant) - p(non-relevant) unless given. */
  readonly score?: "similarity";
  /** What a baseline without signal would have: of similarities that of unrelated texts; 0 unless given. */
  readonly neutral?: number;
  /** The baseline whose mean is closest to what is neutral. */
  readonly choice: string;
  /** Distinct queries of the pairs. */
  readonly queries: number;
  /** How much closer `pad` is to what is neutral than the closest of the others. */
  readonly padAhead: BaselineLead;
}

/** How much farther the runner-up is from what is neutral than `pad`: negative where `pad` is not the closest. */
export interface BaselineLead {
  /** The closest of the others. */
  readonly runnerUp: string;
  /** The lead. */
  readonly value: number;
  /** 95 % interval over queries; null where there is one query. */
  readonly interval: Interval | null;
  /** Two-tailed probability of a lead at least as far from 0, were there none. */
  readonly p: number | null;
}

/** One row of Table 1. */
export interface BaselineRow {
  /** `original`, `unrelated` (the passage of another query), or the baseline's name. */
  readonly baseline: string;
  /** Mean of p(relevant) - p(non-relevant), -1 to 1; or of the similarity. */
  readonly difference: number;
  /** Its standard error over queries; over pairs where all are of one query. */
  readonly standardError: number;
  /** The paper's number for monoBERT-large on MS MARCO; null for baselines it lacks. */
  readonly paper: number | null;
}

/** Figs. 2 and 3. */
export interface OverlapStudy {
  /** The levels of every curve, ascending, as parts. */
  readonly levels: readonly number[];
  /** The curves. */
  readonly curves: readonly OverlapCurve[];
  /** Curves against each other. */
  readonly contrasts: readonly OverlapContrast[];
  /** The fewest queries of a scheme, what intervals rest on; null where there are no intervals. */
  readonly queries: number | null;
  /** How the null band and the intervals were made, one sentence each. */
  readonly methods: { readonly nullBand: string; readonly interval: string };
}

/** The mean share of some curves less that of others, level by level. */
export interface OverlapContrast {
  /** The claim that it tests. */
  readonly claim: "out-of-domain-relevant" | "out-of-domain-non-relevant";
  /** The curves' label. */
  readonly label: Label;
  /** Expressions of the curves that the claim expects to share more. */
  readonly more: readonly string[];
  /** And of those that it expects to share less. */
  readonly less: readonly string[];
  /** Whether collections are left out, as in Figs. 2b and 2d. */
  readonly leavesOut: boolean;
  /** Its points, in the order of the levels. */
  readonly points: readonly OverlapContrastPoint[];
}

/** A difference of mean shares at a level. */
export interface OverlapContrastPoint {
  /** A part of all neurons. */
  readonly level: number;
  /** Neurons in each of the intersected sets. */
  readonly size: number;
  /** The difference, in per cent of a set. */
  readonly value: number;
  /** 95 % interval over queries and random sets; null where queries cannot be drawn anew. */
  readonly interval: Interval | null;
  /** Two-tailed probability of a difference at least as far from 0, were there none. */
  readonly p: number | null;
  /** Degrees of freedom. */
  readonly degrees: number | null;
}

/** The figures a curve is drawn in. */
export type OverlapFigure = "2a" | "2b" | "2c" | "2d" | "3" | "3 without";

/** One curve: the size of an intersection over the level. */
export interface OverlapCurve {
  /** e.g. "P[ms] & P[nf]", "all(P, O)", "all(P, O - r - nf)". */
  readonly expression: string;
  /**
   * `pair`: two collections, one label. `all`: every collection of a set, one label. `labels`: P and
   * N of one collection.
   */
  readonly kind: "pair" | "all" | "labels";
  /** None in a curve of kind `labels`. */
  readonly label?: Label;
  /** Abbreviations of the collections that take part. */
  readonly collections: readonly string[];
  /** Whether one of them is in domain (drawn plain in the paper), or none (drawn dashed). */
  readonly inDomain: boolean;
  /** The figures it is drawn in. */
  readonly figures: readonly OverlapFigure[];
  /** Its points, in the order of the levels. */
  readonly points: readonly OverlapPoint[];
}

/** A point of a curve. */
export interface OverlapPoint {
  /** A part of all neurons. */
  readonly level: number;
  /** Neurons in each of the intersected sets. */
  readonly size: number;
  /** Neurons in the intersection. */
  readonly count: number;
  /** 100 · count / size. */
  readonly percent: number;
  /** What independent random sets would give: 100 · level^(sets - 1). */
  readonly chance: number;
  /** Per cent that random sets of the same numbers in every layer and component give. */
  readonly nullBand: Interval & { readonly mean: number };
  /** P(≤ count) and P(≥ count) of such random sets, exact; of curves of kind `labels`, else null. */
  readonly tails: { readonly below: number; readonly above: number } | null;
  /** 95 % interval of the mean of `percent` over samples of as many queries; null where unknown. */
  readonly interval: Interval | null;
}

/** Fig. 4: where a set's members are. */
export interface Location {
  /** The set, as an expression. */
  readonly expression: string;
  /** The level, a part of all neurons. */
  readonly level: number;
  /** Members. */
  readonly size: number;
  /** Columns of `counts`, in the order of neuron ids. */
  readonly components: readonly Component[];
  /** Members by layer (from 0), then by component. */
  readonly counts: readonly (readonly number[])[];
  /** What claims are tested by; null where queries cannot be drawn anew, or the set is empty. */
  readonly effects: LocationEffects | null;
}

/** How many times an even spread parts of the model have of a set's members. */
export interface LocationEffects {
  /** Members in the last two layers. */
  readonly lastLayers: LocationEffect;
  /** Outputs of query and key, of the members in the middle layers (see `middle`). */
  readonly queryKey: LocationEffect;
  /** The first and the last of the middle layers: from a quarter to the half, 7 to 12 of 24. */
  readonly middle: readonly [first: number, last: number];
  /** The fewest queries of a scheme that the set is made of. */
  readonly queries: number;
}

/** One of them. */
export interface LocationEffect {
  /** Members there. */
  readonly count: number;
  /** Members of which these are a part. */
  readonly of: number;
  /** Their part were members spread evenly over all units. */
  readonly even: number;
  /** (count / of) / even; null where `of` is 0. */
  readonly timesEven: number | null;
  /** 95 % interval of it over queries; null where it has no value. */
  readonly interval: Interval | null;
  /** P(≤ count) and P(≥ count) of `of` units drawn from the same part of the model, exact. */
  readonly tails: { readonly below: number; readonly above: number };
}

/** Fig. 1: what happens along the path of one pair. */
export interface PathTrace {
  /** The query's text. */
  readonly query: string;
  /** The passage's text. */
  readonly passage: string;
  /** The label. */
  readonly label: Label;
  /** What F is: logit, probability, … of the label's class. */
  readonly target: string;
  /** Where the path begins. */
  readonly baseline: string;
  /** Points of the path, ascending from 0 (baseline) to 1 (input). */
  readonly t: readonly number[];
  /** F at every point. */
  readonly F: readonly number[];
  /** The neurons. */
  readonly neurons: readonly NeuronTrace[];
}

/** One neuron along a path. */
export interface NeuronTrace {
  /** `layer.component.unit`. */
  readonly neuron: string;
  /** Why it was chosen, e.g. "strongest of P[ms]", "random". */
  readonly role: string;
  /** Sum over tokens of its activation at every point. */
  readonly activation: readonly number[];
  /** Sum over tokens of ∂F/∂activation at every point. */
  readonly gradient: readonly number[];
  /** Conductance from the baseline up to every point; the last is the neuron's, by the trapezoid rule. */
  readonly conductance: readonly number[];
}

/** Contributions of a scheme by layer, component and input segment. */
export interface SegmentShare {
  /** P[ms], N[ms]. */
  readonly scheme: string;
  /** [CLS], query, first [SEP], passage, last [SEP]. */
  readonly segments: readonly string[];
  /** Columns, in the order of neuron ids. */
  readonly components: readonly Component[];
  /** By layer, component, segment: conductance summed over units, mean over pairs, in units of F. */
  readonly values: readonly (readonly (readonly number[])[])[];
  /** The same, absolute conductances summed, so that opposite units do not cancel. */
  readonly absolute: readonly (readonly (readonly number[])[])[];
  /** Tokens of a segment, mean over pairs. */
  readonly tokens: readonly number[];
  /** Pairs that were averaged. */
  readonly pairs: number;
  /** Mean forward and backward evaluations a pair. */
  readonly evaluations: number;
}

/** How certain a set's members are, were other queries drawn. */
export interface SetCertainty {
  /** The set, as an expression. */
  readonly expression: string;
  /** The level, a part of all neurons. */
  readonly level: number;
  /** Number of members. */
  readonly size: number;
  /** The fewest queries of a scheme that the set is made of. */
  readonly queries: number;
  /** How the probability was computed, as a sentence. */
  readonly method: string;
  /** Mean probability of a member to belong to the set. */
  readonly mean: number;
  /** Members with a probability of at least .95, and of at most .5. */
  readonly sure: number;
  /** Members of at most .5. */
  readonly doubtful: number;
  /** Members by probability: tenths from [0, .1) to [.9, 1]. */
  readonly histogram: readonly number[];
  /** All members with their probabilities: a TSV file. */
  readonly file: string;
}
