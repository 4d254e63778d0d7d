/**
 * Everything that a study yields, as records that JSON holds (`results.json`); tables, figures and
 * the report are drawn from them alone. Sections that a study did not ask for are absent.
 *
 * Units: a `level` is a part of all neurons (.01 = 1 %). Fields named `percent` or `points` are in
 * per cent and in hundredths of nDCG. What has no value (a change in per cent of 0) is null.
 *
 * @module
 */

import type { Component } from "../model/components.ts";

/** The file format's name and version. */
export const RESULTS_FORMAT = "study-results/1";

/** The results of one study. */
export interface StudyResults {
  /** The format's name. */
  readonly format: typeof RESULTS_FORMAT;
  /** The study's name, e.g. "Which Neurons Matter in IR?". */
  readonly title: string;
  /** Where it comes from. */
  readonly provenance: Provenance;
  /** The study file with every default filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The model. */
  readonly model: ModelFacts;
  /** The collections that neurons are attributed on, in the study's order. */
  readonly attribution: readonly AttributionCollection[];
  /** The collections that sets are ablated on, in the study's order. */
  readonly validation: readonly ValidationCollection[];
  /** Set name ("A", "O", …) → abbreviations of its collections. */
  readonly sets: Readonly<Record<string, readonly string[]>>;
  /** Abbreviations that Figs. 2b, 2d and the second half of Fig. 3 leave out. */
  readonly leftOut: readonly string[];
  /** The attribution schemes. */
  readonly schemes: readonly SchemeFacts[];
  /** Table 1. */
  readonly baselines?: BaselineStudy;
  /** Figs. 2 and 3. */
  readonly overlaps?: OverlapStudy;
  /** Fig. 4, a histogram a set. */
  readonly locations?: readonly Location[];
  /** Fig. 1, one a pair. */
  readonly traces?: readonly PathTrace[];
  /** Table 4. */
  readonly ablation?: AblationStudy;
  /** Contributions by input segment. */
  readonly segments?: readonly SegmentShare[];
  /** How certain the members of sets are. */
  readonly certainty?: readonly SetCertainty[];
  /** The paper's claims, checked. */
  readonly conclusions: readonly Conclusion[];
  /** Files beside results.json that hold the same in detail. */
  readonly files: readonly ResultFile[];
}

/** Where the results come from. */
export interface Provenance {
  /** Version of this program. */
  readonly version: string;
  /** What computed: the adapter, or the processor's stand-in. */
  readonly adapter: string;
  /** gpu, simd or cpu. */
  readonly device: string;
  /** SHA-256 of the model's weights. */
  readonly model_sha256: string;
  /** SHA-256 of the tokenizer's file. */
  readonly tokenizer_sha256: string;
  /** SHA-256 of the study file with its defaults. */
  readonly study_sha256: string;
  /** Of the last step, ISO 8601. */
  readonly finished: string;
  /** Steps in their order. */
  readonly steps: readonly StepRecord[];
}

/** One step of a study. */
export interface StepRecord {
  /** e.g. "scheme P[ms]". */
  readonly name: string;
  /** SHA-256 of its inputs and options: the same again means the same output. */
  readonly sha256: string;
  /** The file it wrote, from the results' folder. */
  readonly file: string;
  /** Time it took when it was computed, in seconds. */
  readonly seconds: number;
  /** Forward and backward evaluations, and forward passes alone, that it took. */
  readonly evaluations: number;
  /** Forward passes alone. */
  readonly forwards: number;
}

/** The model's sizes. */
export interface ModelFacts {
  /** As the study names it. */
  readonly name: string;
  /** Number of layers. */
  readonly layers: number;
  /** Units of a layer by component, in the order of neuron ids. */
  readonly units: Readonly<Record<Component, number>>;
  /** All neurons. */
  readonly neurons: number;
  /** Output labels, 1 or 2. */
  readonly labels: number;
}

/** A collection that neurons are attributed on. */
export interface AttributionCollection {
  /** e.g. "ms". */
  readonly abbreviation: string;
  /** Its name. */
  readonly name: string;
  /** e.g. "Web", "" where not stated. */
  readonly task: string;
  /** Whether the model was trained on it. */
  readonly inDomain: boolean;
  /** Which schemes it has. */
  readonly labels: readonly SchemeLabel[];
}

/** What a scheme is about: P is relevant, N non-relevant. */
export type SchemeLabel = "relevant" | "non-relevant";

/** A collection that sets are ablated on. */
export interface ValidationCollection {
  /** e.g. "dev". */
  readonly abbreviation: string;
  /** Its name. */
  readonly name: string;
  /** The group it is averaged in, e.g. "LoTTE". */
  readonly group: string;
  /** Queries that are re-ranked. */
  readonly queries: number;
  /** Candidates of all queries. */
  readonly candidates: number;
  /** Queries that are left out since nothing but relevant passages was found for them. */
  readonly withoutCandidates?: readonly string[];
  /** Mean nDCG@10 of the unpruned model, 0 to 1. */
  readonly original: number;
}

/** One attribution scheme. */
export interface SchemeFacts {
  /** P[ms], N[ms]. */
  readonly name: string;
  /** The collection. */
  readonly collection: string;
  /** The label. */
  readonly label: SchemeLabel;
  /** Pairs it is the mean of. */
  readonly pairs: number;
  /** Pairs dropped since the model disagrees with their label. */
  readonly dropped: number;
  /** Mean forward and backward evaluations a pair. */
  readonly evaluations: number;
  /** Gap of completeness, the largest over a pair's cuts, as a part of |F(input) - F(baseline)|. */
  readonly completeness: {
    readonly mean: number;
    readonly worst: number;
    /** In units of F. */
    readonly worstAbsolute: number;
  };
  /** The strongest neurons, the first first. */
  readonly strongest: readonly NeuronFacts[];
  /** The scheme's file. */
  readonly file: string;
}

/** One neuron of a scheme. */
export interface NeuronFacts {
  /** `layer.component.unit`. */
  readonly neuron: string;
  /** Mean conductance over pairs, in units of F. */
  readonly mean: number;
  /** Standard error of that mean; null for one pair. */
  readonly standardError: number | null;
}

/** Table 1: what baselines leave of the relevance signal. */
export interface BaselineStudy {
  /** The collection. */
  readonly collection: string;
  /** Number of pairs. */
  readonly pairs: number;
  /** The original input first. */
  readonly rows: readonly BaselineRow[];
  /** The baseline whose mean is closest to 0. */
  readonly choice: string;
}

/** One row of Table 1. */
export interface BaselineRow {
  /** `original`, or the baseline's name. */
  readonly baseline: string;
  /** Mean of p(relevant) - p(non-relevant), -1 to 1. */
  readonly difference: number;
  /** Its standard error over pairs. */
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
  /** How the null band and the intervals were made, one sentence each. */
  readonly methods: { readonly nullBand: string; readonly interval: string };
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
  readonly label?: SchemeLabel;
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
  /** 95 % interval of `percent`, pairs being drawn anew; null where a scheme has one pair. */
  readonly interval: Interval | null;
}

/** From low to high, 2.5 % of the mass beyond either end. */
export interface Interval {
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
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
}

/** Fig. 1: what happens along the path of one pair. */
export interface PathTrace {
  /** The query's text. */
  readonly query: string;
  /** The passage's text. */
  readonly passage: string;
  /** The label. */
  readonly label: SchemeLabel;
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

/** Table 4: what zeroing sets does to nDCG@10. */
export interface AblationStudy {
  /** The levels, parts of all neurons. */
  readonly levels: readonly number[];
  /** Groups of validation collections, in the table's order. */
  readonly groups: readonly { readonly name: string; readonly collections: readonly string[] }[];
  /** The paper's rows, random controls last. */
  readonly rows: readonly AblationRow[];
  /** Significance level of the counts, .05. */
  readonly alpha: number;
  /** Which p-values Holm's correction takes together, as a sentence. */
  readonly family: string;
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
  /** Neurons zeroed; 0 where the set is empty, which changes nothing. */
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
  /** 95 % bootstrap interval of `points` over queries. */
  readonly interval: Interval;
  /** Student's t-test over the same queries: the right one here. */
  readonly paired: TestResult;
  /** As of two independent samples: the authors' code. */
  readonly independent: TestResult;
  /** Holm-corrected p of the paired test. */
  readonly holm: number;
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
}

/** How certain a set's members are, were other pairs drawn. */
export interface SetCertainty {
  /** The set, as an expression. */
  readonly expression: string;
  /** The level, a part of all neurons. */
  readonly level: number;
  /** Number of members. */
  readonly size: number;
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

/** One of the paper's claims and what the data say. */
export interface Conclusion {
  /** e.g. "disjoint-labels". */
  readonly id: string;
  /** The claim as a sentence, without the verdict. */
  readonly claim: string;
  /** Where the paper makes it, e.g. "§5.1, Fig. 3". */
  readonly source: string;
  /** `mixed`: true for some of what it speaks of. `untested`: the study lacks what it needs. */
  readonly verdict: "holds" | "mixed" | "fails" | "untested";
  /** What was found, as a sentence with its numbers. */
  readonly finding: string;
  /** The rule that gave the verdict, as a sentence. */
  readonly criterion: string;
  /** The numbers. */
  readonly numbers: readonly ConclusionNumber[];
}

/** A number behind a verdict. */
export interface ConclusionNumber {
  /** Its name. */
  readonly name: string;
  /** Its value. */
  readonly value: number;
  /** "%", "points", "neurons", "p", "" … */
  readonly unit: string;
}

/** A file beside results.json. */
export interface ResultFile {
  /** Its path from the results' folder. */
  readonly path: string;
  /** What it holds, in a few words. */
  readonly holds: string;
}
