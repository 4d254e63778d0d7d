/** Records of how faithful attributions are to what units do. */

/** How faithful attributions of pairs are. */
export interface FaithfulnessStudy {
  /** Pairs. */
  readonly pairs: number;
  /** Neurons of the model. */
  readonly neurons: number;
  /** What F is. */
  readonly target: string;
  /** What units are set to. */
  readonly baseline: string;
  /** The set that is ranked first: a part of all units, and how many. */
  readonly level: number;
  /** Units of the set. */
  readonly inSet: number;
  /** Of all that is drawn. */
  readonly seed: number;
  /** Mean F of the input, and with all units at their baseline values. */
  readonly F: { readonly all: number; readonly none: number };
  /** Agreement with exact patching, by rule and sample. */
  readonly agreement: readonly PatchingAgreement[];
  /** Areas of curves, by rule. */
  readonly areas: readonly CurveAreas[];
  /** Points of curves. */
  readonly curves: readonly CurvePoint[];
  /** What the set leaves out. */
  readonly missed: MissedUnits;
  /** The units that were patched alone. */
  readonly units: readonly PatchedUnit[];
  /** Layers drawn anew from the top down, where that was asked for. */
  readonly randomised?: readonly RandomisedLayers[];
  /** What rankings of lists can lose, where lists were given. */
  readonly floors?: RankingFloors;
}

/** Rank correlation of the first rule's mean attributions with those of the model with layers drawn anew. */
export interface RandomisedLayers {
  /** How many layers, from the top. */
  readonly layers: number;
  /** The lowest of them. */
  readonly from: number;
  /** Forward and backward evaluations a pair of the changed model, the mean. */
  readonly evaluations: number;
  /** Over all units; null where one side is constant. */
  readonly spearman: number | null;
  /** The same of absolute values. */
  readonly absolute: number | null;
  /** Over the units of the layers below; null where there are none. */
  readonly below: number | null;
}

/** nDCG@10 of rankings that know everything or nothing, the mean over queries. */
export interface RankingFloors {
  /** Queries. */
  readonly queries: number;
  /** Random rankings of each list. */
  readonly draws: number;
  /** Of the best ranking of each list. */
  readonly best: number;
  /** Of the worst. */
  readonly worst: number;
  /** The mean over random rankings. */
  readonly random: number;
  /** The standard deviation over draws of a mean over queries; null of one draw. */
  readonly deviation: number | null;
}

/** How faithful a study's attributions are, a label each. */
export interface FaithfulnessOfStudy {
  /** The collection whose pairs were patched. */
  readonly collection: string;
  /** e.g. "P[ms]", and what was found; units that were patched alone are left out. */
  readonly found: readonly (Omit<FaithfulnessStudy, "units"> & { readonly scheme: string })[];
  /** Deletion and insertion in nDCG@10, by validation collection, where that was asked for. */
  readonly rankings?: readonly RankingCurves[];
}

/** What is left of rankings where the first units of orders are removed, or kept alone. */
export interface RankingCurves {
  /** The validation collection. */
  readonly collection: string;
  /** Its queries, over which means and intervals are. */
  readonly queries: number;
  /** Candidates of all of them. */
  readonly candidates: number;
  /** What candidates are ranked by. */
  readonly rankBy: string;
  /** What removed units are set to. */
  readonly baseline: string;
  /** nDCG@10 of the whole model. */
  readonly all: number;
  /** nDCG@10 with all units at their baseline values. */
  readonly none: number;
  /** What rankings of the same lists can be at all. */
  readonly floors: RankingFloors;
  /** By order. */
  readonly orders: readonly RankingOrder[];
}

/** Curves of one order of units. */
export interface RankingOrder {
  /** The expression whose strength orders them. */
  readonly of: string;
  /** Points by ascending number of units. */
  readonly points: readonly RankingPoint[];
  /** Area under nDCG@10 of what is left over the share removed, and random orders' less it. */
  readonly deletion: RankingArea;
  /** Area under nDCG@10 of what is kept over the share kept, and it less random orders'. */
  readonly insertion: RankingArea;
}

/** A point of an order's curves. */
export interface RankingPoint {
  /** How many units. */
  readonly units: number;
  /** A part of all. */
  readonly share: number;
  /** nDCG@10 with them at their baseline values. */
  readonly removed: number;
  /** nDCG@10 with all others at theirs. */
  readonly kept: number;
  /** The same of every random order with units of the same layers and components at the same places. */
  readonly random: readonly { readonly removed: number; readonly kept: number }[];
}

/** An area beside that of matched random orders. */
export interface RankingArea {
  /** Of the order. */
  readonly value: number;
  /** The mean over random orders; null without them. */
  readonly random: number | null;
  /** The area between: positive where the order finds earlier than chance what rankings need. */
  readonly between: number | null;
  /** 95 % interval of that over queries (Student's t). */
  readonly interval: readonly [low: number, high: number] | null;
}

/** Correlations of units' attributions with what patching each alone changes. */
export interface PatchingAgreement {
  /** e.g. "adaptive .04", "right 1". */
  readonly rule: string;
  /** Forward and backward evaluations a pair, the mean. */
  readonly evaluations: number;
  /** `all`, those of the set (`strongest`), or those beside it (`outside`). */
  readonly sample: "all" | "strongest" | "outside";
  /** Units of the sample. */
  readonly units: number;
  /** Of the means over pairs; null where one side is constant. */
  readonly pearson: number | null;
  /** The same of ranks. */
  readonly spearman: number | null;
  /** The mean over pairs of each pair's own correlation, of pairs that have one. */
  readonly pairPearson: number | null;
  /** The same of ranks. */
  readonly pairSpearman: number | null;
}

/** A number of a rule's order, beside those of random orders. */
export interface BesideRandom {
  /** Of the rule's order. */
  readonly value: number | null;
  /** The mean over random orders. */
  readonly random: number | null;
  /** Its standard deviation over them; null of fewer than two. */
  readonly deviation: number | null;
}

/** Areas of a rule's curves. */
export interface CurveAreas {
  /** The rule. */
  readonly rule: string;
  /** Area under f of what is left, the strongest removed first: small where these carry F. */
  readonly deletion: BesideRandom;
  /** Area under f of what is kept, the strongest first (CPR): large where these carry F. */
  readonly insertion: BesideRandom;
  /** Area between f and 1, the units farthest from 0 kept first (CMD): small where they give F back. */
  readonly distance: BesideRandom;
  /** Mean over shares of F(all) - F(the top removed). */
  readonly comprehensiveness: BesideRandom;
  /** Mean over shares of F(all) - F(only the top). */
  readonly sufficiency: BesideRandom;
}

/** A point of a curve. */
export interface CurvePoint {
  /** The rule; "" of a random order. */
  readonly rule: string;
  /** The order. */
  readonly order: "signed" | "absolute" | "random";
  /** Which random order, from 0; 0 of others. */
  readonly repetition: number;
  /** How many units. */
  readonly units: number;
  /** A part of all. */
  readonly share: number;
  /** Mean F with them at their baseline values. */
  readonly removed: number;
  /** Mean F with all others at theirs. */
  readonly kept: number;
}

/** What patching units outside the set says of what it leaves out. */
export interface MissedUnits {
  /** Units outside that were patched. */
  readonly sampled: number;
  /** The largest |change of F| among them, the mean over pairs, and whose it is. */
  readonly largest: { readonly neuron: string; readonly change: number } | null;
  /** With 95 % confidence at most this part of the units outside changes F more. */
  readonly shareAboveLargest: number | null;
  /** The median |change of F| of the units of the set that were patched. */
  readonly medianOfSet: number | null;
  /** How many of the sampled change F more than that. */
  readonly aboveMedian: number;
  /** With 95 % confidence at most this part of the units outside does. */
  readonly shareAboveMedian: number | null;
}

/** A unit that was patched alone. */
export interface PatchedUnit {
  /** Its name. */
  readonly neuron: string;
  /** Whether it is of the set. */
  readonly sample: "strongest" | "outside";
  /** F(input) - F(the unit at its baseline values), the mean over pairs. */
  readonly change: number;
  /** Mean attribution by rule. */
  readonly attribution: Readonly<Record<string, number>>;
}
