/** Records of a multiverse: the paper's claims under alternatives of what the paper leaves open. */

import type { Conclusion } from "./results_claims.ts";
import type { Interval } from "./results_figures.ts";

/** The file format's name and version. */
export const MULTIVERSE_FORMAT = "multiverse/1";

/** What a multiverse found (`multiverse.json`). */
export interface MultiverseResults {
  /** The format's name. */
  readonly format: typeof MULTIVERSE_FORMAT;
  /** The study's title. */
  readonly title: string;
  /** The study's model. */
  readonly model: string;
  /** All combinations of alternatives, or one choice varied at a time. */
  readonly design: "full" | "one-at-a-time";
  /** Version of this program. */
  readonly version: string;
  /** What computed: the adapter, or the processor's stand-in. */
  readonly adapter: string;
  /** SHA-256 of the model's weights. */
  readonly model_sha256: string;
  /** SHA-256 of the study with its defaults, without the sections that no claim rests on. */
  readonly study_sha256: string;
  /** What is varied. */
  readonly choices: readonly MultiverseChoice[];
  /** Every universe, that of the study's own settings first. */
  readonly universes: readonly UniverseRecord[];
  /** The claims. */
  readonly claims: readonly ClaimCurve[];
  /** What it took. */
  readonly cost: MultiverseCost;
}

/** A choice that is varied. */
export interface MultiverseChoice {
  /** Its name, or a key of the study file. */
  readonly name: string;
  /** Its number among what the paper leaves open, "" of others. */
  readonly ambiguity: string;
  /** What is chosen, in a few words. */
  readonly what: string;
  /** Names of its alternatives, the study's own first. */
  readonly alternatives: readonly string[];
}

/** A study under one combination of alternatives. */
export interface UniverseRecord {
  /** From 1: the study's own settings. */
  readonly universe: number;
  /** The alternative's name by the choice's. */
  readonly chosen: Readonly<Record<string, string>>;
  /** SHA-256 of its study with defaults. */
  readonly study_sha256: string;
}

/** Universes by what they say of a claim. */
export type VerdictCounts = Readonly<Record<Conclusion["verdict"], number>>;

/** A claim in all universes: its specification curve. */
export interface ClaimCurve {
  /** The claim's id. */
  readonly id: string;
  /** The claim as a sentence. */
  readonly claim: string;
  /** Where the paper makes it. */
  readonly source: string;
  /** The verdict of the study's own settings. */
  readonly own: Conclusion["verdict"];
  /** How many universes say what. */
  readonly counts: VerdictCounts;
  /** What of its tests is the effect: their mean, or the one nearest to failing. */
  readonly effect: "mean" | "least" | "largest";
  /** Where effects begin to speak for the claim. */
  readonly lines: readonly number[];
  /** The unit of effects. */
  readonly unit: string;
  /** In the order of universes. */
  readonly points: readonly UniversePoint[];
  /** What every choice does to it. */
  readonly choices: readonly ChoiceEffect[];
  /** The choices that it hangs on, the first most. */
  readonly hangsOn: readonly string[];
}

/** A claim in one universe. */
export interface UniversePoint {
  /** The universe's number. */
  readonly universe: number;
  /** The verdict. */
  readonly verdict: Conclusion["verdict"];
  /** The effect; null where no test has a value. */
  readonly value: number | null;
  /** Its 95 % interval; null where it has none. */
  readonly interval: Interval | null;
  /** The least corrected p of the tests that it is made of. */
  readonly p: number | null;
}

/** What a choice does to a claim. */
export interface ChoiceEffect {
  /** The choice's name. */
  readonly choice: string;
  /** The largest part of universes whose verdict differs between two of its alternatives. */
  readonly moves: number;
  /** Its alternatives, the study's own first. */
  readonly alternatives: readonly {
    /** Its name. */
    readonly name: string;
    /** How many of its universes say what. */
    readonly counts: VerdictCounts;
    /** The part of its universes in which the claim holds. */
    readonly holds: number;
    /** Mean effect over its universes; null where one has none. */
    readonly value: number | null;
  }[];
}

/** What a multiverse takes, and what its universes would take as studies of their own. */
export interface MultiverseCost {
  /** Steps of all universes. */
  readonly steps: number;
  /** Different ones of them, each made once. */
  readonly distinct: number;
  /** Forward and backward evaluations of all universes by themselves, estimated. */
  readonly evaluationsAlone: number;
  /** Of the different steps; estimated before they are made. */
  readonly evaluations: number;
  /** Forward passes of all universes by themselves, most with neurons masked, estimated. */
  readonly forwardsAlone: number;
  /** Of the different steps, equal sets scored once; estimated before they are made. */
  readonly forwards: number;
}
