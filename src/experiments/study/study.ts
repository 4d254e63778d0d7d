/** What a study is: collections, options, sections; complete with defaults. */

import type { UnitKind } from "../../model/heads.ts";
import type { Baseline, MovingText } from "../../attribution/target/baseline.ts";
import type { AttributionTarget } from "../../attribution/attribution.ts";
import type { ListShape } from "../ablation/candidates.ts";
import type { ablationMethods } from "../ablation/methods.ts";
import type { RankBy } from "../ablation/rescore.ts";
import type { TestsAsked } from "../claims/tests_asked.ts";
import type { Matching } from "../sets/matched.ts";
import type { SchemeName, Scope } from "../sets/resolve.ts";
import type { Selection } from "../sets/selection.ts";
import type { Label } from "../../ir/words.ts";

/** A collection that neurons are attributed on. */
export interface StudyCollection {
  /** e.g. "ms". */
  readonly abbreviation: string;
  /** Its full name. */
  readonly name: string;
  /** e.g. "Web". */
  readonly task: string;
  /** Its folder, from the study file's. */
  readonly folder: string;
  /** Which split; its usual one where absent. */
  readonly split?: string;
  /** Whether the model was trained on it. */
  readonly inDomain: boolean;
  /** Which schemes are made of it. */
  readonly labels: readonly Label[];
  /** Lowest grade of a relevant passage. */
  readonly relevantFrom: number;
  /** Highest grade of a non-relevant passage. */
  readonly nonRelevantUpto: number;
  /** Where non-relevant pairs come from. */
  readonly negatives: "judged" | "bm25";
  /** Pairs of a scheme at most. */
  readonly maxPairs: number;
  /** Files of schemes that were made elsewhere, from the study file's folder. */
  readonly schemes?: Readonly<Partial<Record<Label, string>>>;
}

/** A collection that sets are ablated on. */
export interface StudyValidation {
  /** e.g. "dev". */
  readonly abbreviation: string;
  /** Its full name. */
  readonly name: string;
  /** The group that it is averaged in. */
  readonly group: string;
  /** Its folder, from the study file's. */
  readonly folder: string;
  /** Which split; its usual one where absent. */
  readonly split?: string;
  /** Lowest grade of a relevant passage. */
  readonly relevantFrom: number;
  /** Queries at most. */
  readonly queries: number;
  /** Relevant passages of a query at most. */
  readonly mostRelevant: number;
  /** Others for each relevant one, where not as many as `ablation.perRelevant` says. */
  readonly perRelevant?: number;
  /** A TREC run that lists its candidates, from the study file's folder. */
  readonly candidates?: string;
}

/** A set at a level. */
export interface SetAtLevel {
  /** An expression. */
  readonly expression: string;
  /** A part of all neurons. */
  readonly level: number;
}

/** A study, complete with defaults. */
export interface Study {
  /** Its title. */
  readonly title: string;
  /** The model's folder from the study file's, or the name of a downloaded repository. */
  readonly model: string;
  /** Which of the model's classes is relevant, where its config.json does not say or says wrong. */
  readonly relevantClass?: 0 | 1;
  /** Attribution collections. */
  readonly collections: readonly StudyCollection[];
  /** Validation collections. */
  readonly validation: readonly StudyValidation[];
  /** Sets of collections; A and O unless declared otherwise. */
  readonly sets: Readonly<Record<string, readonly string[]>>;
  /** Collections that half of the figures leave out. */
  readonly leftOut: readonly string[];
  /** How conductance is computed. */
  readonly attribution: {
    /** Of `pairwise` P and N of a collection are the two sides of its triples. */
    readonly target: AttributionTarget;
    readonly baseline: Baseline;
    /** Which texts of a bi-encoder move along the path; both unless given. */
    readonly path?: MovingText;
    /** Outputs of linears, attention heads, or both; linears unless given. */
    readonly units?: readonly UnitKind[];
    readonly rule: string;
    readonly steps: number;
    readonly tolerance: number;
    readonly maxLength: number;
    readonly segments: "pair" | "zeros";
    readonly agreement: boolean;
    /** A bi-encoder's similarity above which a pair is relevant; without it all pairs are taken. */
    readonly threshold?: number;
    /** Largest gap of completeness of a pair, as a part of |F(input) - F(baseline)|. */
    readonly completenessLimit?: number;
    /** Whether schemes keep sums by query; where these take at most 512 MiB unless given. */
    readonly byQuery?: boolean;
  };
  /** How schemes' strongest neurons are found, where not as the paper's are. */
  readonly selection?: Selection;
  /** By which tests claims are decided, where not by the usual ones. */
  readonly tests?: TestsAsked;
  /** Table 1. */
  readonly baselines?: { readonly collection: string; readonly pairs: number };
  /** Figs. 2 and 3. */
  readonly overlaps?: {
    readonly levels: readonly number[];
    readonly nullDraws: number;
    readonly schemeDraws: number;
  };
  /** Fig. 4. */
  readonly locations: readonly SetAtLevel[];
  /** Fig. 1. */
  readonly traces?: {
    readonly collection: string;
    readonly pairs: number;
    readonly points: number;
    readonly neurons: number;
  };
  /** Contributions by segment. */
  readonly segments?: { readonly pairs: number };
  /** Certainty of members. */
  readonly certainty?: { readonly of: readonly SetAtLevel[]; readonly draws: number };
  /** Numbers of path points compared. */
  readonly convergence?: {
    readonly collection: string;
    /** Of each label. */
    readonly pairs: number;
    readonly steps: readonly number[];
    readonly tolerances: readonly number[];
    readonly reference: number;
    readonly level: number;
  };
  /** What neurons respond to. */
  readonly describe?: {
    /** Sets, as expressions. */
    readonly of: readonly string[];
    readonly level: number;
    readonly collection: string;
    /** Of each label. */
    readonly pairs: number;
    /** Minimal pairs of an axiom at most. */
    readonly axiomPairs: number;
    /** A list of synonyms for STMC1, from the study file's folder; near words where absent. */
    readonly synonyms?: string;
  };
  /** Attention that is cut, in every window of layers. */
  readonly cuts?: {
    /** As `ablate --cut` takes them. */
    readonly cuts: readonly string[];
    /** Layers that are cut together. */
    readonly window: number;
    /** Whether what is left of a token's attention sums to 1 again. */
    readonly renormalise: boolean;
  };
  /** Whether attributions agree with what units do. */
  readonly faithfulness?: {
    readonly collection: string;
    /** Of each label. */
    readonly pairs: number;
    /** Units that are patched alone. */
    readonly units: number;
    readonly level: number;
    /** Random orders. */
    readonly orders: number;
    /** Whether layers are drawn anew too, from the top down; not where absent. */
    readonly randomise?: boolean;
    /** Validation collections whose rankings are measured as units go; none where absent. */
    readonly rankings?: readonly string[];
  };
  /** Table 4. */
  readonly ablation?: {
    readonly rows: readonly string[];
    readonly levels: readonly number[];
    readonly controls: readonly string[];
    /** Of the control of N in domain, and of every other. */
    readonly repetitions: number;
    readonly otherRepetitions: number;
    readonly perRelevant: number;
    readonly rankBy: RankBy;
    readonly maxLength: number;
    /** How neurons are ablated, `zero` first; zeroed alone where absent. */
    readonly methods?: readonly (typeof ablationMethods)[number][];
    /** For `mean`: the reference list, so many pairs of each of a collection's labels. */
    readonly means?: { readonly collection: string; readonly pairs: number };
    /** What random controls have in common with their sets; layer and component where absent. */
    readonly matching?: Matching;
    /** How a query's candidates are ranked; in one list where absent. */
    readonly lists?: ListShape;
  };
  /** What stands beside verdicts, by the claim's id: say, what the model's card says of its training. */
  readonly caveats: Readonly<Record<string, string>>;
  /** Of all that is drawn. */
  readonly seed: number;
}

const letters = { relevant: "P", "non-relevant": "N" } as const;

/** The schemes of a study. */
export function schemesOfStudy(
  collections: Study["collections"],
): readonly {
  readonly name: SchemeName;
  readonly label: Label;
  readonly of: StudyCollection;
}[] {
  return collections.flatMap((of) =>
    of.labels.map((label) => ({
      name: `${letters[label]}_${of.abbreviation}` as SchemeName,
      label,
      of,
    }))
  );
}

/** What names mean in a study's expressions. */
export function scopeOf(
  { collections, sets, selection }: Pick<Study, "collections" | "sets" | "selection">,
): Scope {
  return {
    sets: new Map(Object.entries(sets)),
    schemes: new Set(schemesOfStudy(collections).map(({ name }) => name)),
    ...(selection && { selection }),
  };
}

/** How many candidates a query of a validation collection has, and how long they are read. */
export function listsOf(
  { ablation }: Study,
): { readonly perRelevant: number; readonly maxLength: number } {
  return ablation ?? { perRelevant: 20, maxLength: 512 };
}
