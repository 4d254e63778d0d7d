/**
 * Everything that a study yields, as records that JSON holds (`results.json`); tables, figures and
 * the report are drawn from them alone. Sections that a study did not ask for are absent.
 *
 * Units: a `level` is a part of all neurons (.01 = 1 %). Fields named `percent` or `points` are in
 * per cent and in hundredths of nDCG. What has no value (a change in per cent of 0) is null.
 *
 * @module
 */

import type { CutSweep } from "../ablation/cuts.ts";
import type { HeadShare } from "../path/head_shares.ts";
import type { Component } from "../../model/neurons.ts";
import type { AblationStudy } from "./results_ablation.ts";
import type { Conclusion } from "./results_claims.ts";
import type { ConvergenceStudy } from "./results_convergence.ts";
import type { StudyDescription } from "./results_description.ts";
import type { FaithfulnessOfStudy } from "./results_faithfulness.ts";
import type {
  BaselineStudy,
  Location,
  OverlapStudy,
  PathTrace,
  SegmentShare,
  SetCertainty,
} from "./results_figures.ts";
import type { Label } from "../../ir/words.ts";

export type * from "./results_ablation.ts";
export type * from "./results_claims.ts";
export type * from "./results_convergence.ts";
export type * from "./results_description.ts";
export type * from "./results_faithfulness.ts";
export type * from "./results_figures.ts";
export type * from "./results_multiverse.ts";

/** The file format's name and version. */
export const RESULTS_FORMAT = "study-results/2";

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
  /** Attention heads by pair of segments, where schemes have them. */
  readonly heads?: readonly HeadShare[];
  /** What cut attention does, by validation collection. */
  readonly cuts?: readonly CutSweep[];
  /** How certain the members of sets are. */
  readonly certainty?: readonly SetCertainty[];
  /** How many points of the path suffice. */
  readonly convergence?: ConvergenceStudy;
  /** What neurons respond to. */
  readonly description?: StudyDescription;
  /** Whether its attributions are faithful. */
  readonly faithfulness?: FaithfulnessOfStudy;
  /** The paper's claims, checked. */
  readonly conclusions: readonly Conclusion[];
  /** Files beside results.json that hold the same in detail. */
  readonly files: readonly ResultFile[];
}

/** Where the results come from. */
export interface Provenance {
  /** Version of this program. */
  readonly version: string;
  /** What computed: the adapter, or the processor's stand-in; several with "; " between them. */
  readonly adapter: string;
  /** gpu, simd or cpu; several likewise. */
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
  readonly labels: readonly Label[];
}

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
  /** Mean nDCG@10 of the best order of each query's candidates: judged passages may be missing. */
  readonly attainable: number;
  /** Part of the queries whose unpruned ranking is that best one already: they can only lose. */
  readonly atAttainable: number;
  /** Lists with fewer passages of BM25 than the study asks for. */
  readonly shortLists: number;
}

/** One attribution scheme. */
export interface SchemeFacts {
  /** P[ms], N[ms]. */
  readonly name: string;
  /** The collection. */
  readonly collection: string;
  /** The label. */
  readonly label: Label;
  /** Pairs it is the mean of. */
  readonly pairs: number;
  /** Queries that these are of; null where the scheme's file does not say. */
  readonly queries: number | null;
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
  /** What standard errors are over: pairs where the scheme's file has no sums by query. */
  readonly errorsOver: "queries" | "pairs";
  /** The strongest neurons, the first first. */
  readonly strongest: readonly NeuronFacts[];
  /** The scheme's file. */
  readonly file: string;
  /** Where it was made, unless the study made it. */
  readonly imported?: SchemeOrigin;
  /** Where it is a side of triples: of the relevant passages' runs for P, of the others' for N. */
  readonly ofTriples?: true;
}

/** Where a scheme was made that a study was imported. */
export interface SchemeOrigin {
  /** Its file, as the study names it. */
  readonly file: string;
  /** SHA-256 of that file; the study's copy has the same. */
  readonly sha256: string;
  /** Version of the program that made it. */
  readonly version: string;
  /** What computed it. */
  readonly adapter: string;
  /** SHA-256 of the list of its pairs, "" where it has none. */
  readonly pair_list_sha256: string;
}

/** One neuron of a scheme. */
export interface NeuronFacts {
  /** `layer.component.unit`. */
  readonly neuron: string;
  /** Mean conductance over pairs, in units of F. */
  readonly mean: number;
  /** Standard error of that mean, over queries; null for one query. */
  readonly standardError: number | null;
}

/** A file beside results.json. */
export interface ResultFile {
  /** Its path from the results' folder. */
  readonly path: string;
  /** What it holds, in a few words. */
  readonly holds: string;
}
