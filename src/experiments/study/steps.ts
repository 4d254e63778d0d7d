/** The steps of a study: their kinds, and what their outputs depend on. */

import type { NeuronSpace } from "../../model/neurons.ts";
import type { SetsOfRow } from "../ablation/ablation.ts";
import type { CurvePlan } from "../overlap/overlap_curves.ts";
import type { Schemes } from "../schemes/scheme_folder.ts";
import type { SetAtLevel, Study, StudyCollection, StudyValidation } from "./study.ts";
import type { ImportedScheme, StudyScheme } from "./study_schemes.ts";

/** A step: its name, where its output goes, and what that depends on. */
export interface StepPlan {
  /** e.g. "scheme P[ms]". */
  readonly name: string;
  /** The file that later steps read, from the study's folder. */
  readonly file: string;
  /** All that its output depends on, as JSON: the same again means the same output. */
  readonly inputs: unknown;
}

/** A step that needs no scheme, and what it works on. */
export type FirstStep =
  & StepPlan
  & (
    | { readonly kind: "baselines"; readonly one: StudyCollection; readonly most: number }
    | { readonly kind: "scheme"; readonly scheme: StudyScheme }
    | { readonly kind: "triples"; readonly one: StudyCollection }
    /** A scheme that is a side of triples, which a step before it attributed. */
    | { readonly kind: "side"; readonly scheme: StudyScheme; readonly triples: string }
    | { readonly kind: "imported scheme"; readonly scheme: ImportedScheme }
  );

/** A step that only counts neurons of the schemes. */
export type CountingStep =
  & StepPlan
  & (
    | { readonly kind: "overlaps"; readonly curves: readonly CurvePlan[] }
    | { readonly kind: "location"; readonly set: SetAtLevel; readonly draws: number }
    | { readonly kind: "certainty"; readonly set: SetAtLevel; readonly draws: number }
  );

/** A step that runs the model once the schemes are there. */
export type ModelStep =
  & StepPlan
  & (
    | { readonly kind: "traces"; readonly one: StudyCollection }
    | { readonly kind: "convergence"; readonly one: StudyCollection }
    | { readonly kind: "describe"; readonly one: StudyCollection }
    | { readonly kind: "faithfulness"; readonly one: StudyCollection }
    | { readonly kind: "rankings"; readonly one: StudyValidation }
    | { readonly kind: "segments" }
    | { readonly kind: "means"; readonly one: StudyCollection; readonly most: number }
    | { readonly kind: "cuts"; readonly one: StudyValidation }
    | {
      readonly kind: "ablation";
      readonly one: StudyValidation;
      readonly sets: readonly SetsOfRow[];
      /** The sizes that the sets' ids are of: of linears, or of heads. */
      readonly space: NeuronSpace;
    }
  );

/** What outputs depend on beside the study file. */
export interface StudyInputs {
  /** Of every step: the version, the model, the seed. */
  readonly common: Readonly<Record<string, unknown>>;
  /** Names, sizes and times of a collection's files. */
  identity(one: Pick<StudyCollection | StudyValidation, "folder">): Promise<unknown>;
  /** The same of one file. */
  identityOfFile(name: string): Promise<unknown>;
  /** SHA-256 of an imported scheme. */
  digestOfFile(name: string): Promise<string>;
  /** The sets of Table 4, made unless they are known from another study of the same schemes. */
  tableSets?(
    study: Study,
    hashes: MadeSchemes["hashes"],
    make: () => readonly SetsOfRow[],
  ): readonly SetsOfRow[];
}

/** Schemes, and SHA-256 of their files by name. */
export interface MadeSchemes {
  readonly schemes: Schemes;
  readonly hashes: Readonly<Record<string, string>>;
}
