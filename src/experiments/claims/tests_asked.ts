/** Which tests decide the claims, where a study asks for others than the usual ones (A31 of docs/multiverse.md). */

import type { Correction } from "../../ir/significance.ts";

/** Tests of losses: of the same queries; of independent samples (the authors'); by exchanging at random. */
export const lossTests = ["paired", "independent", "randomisation"] as const;

/** The tests of claims: paired t-tests, and Holm's correction, unless given. */
export interface TestsAsked {
  /** Of one set's losses against another's. */
  readonly losses?: (typeof lossTests)[number];
  /** Of every family of tests. */
  readonly correction?: Correction;
}

const names = {
  paired: "paired t-tests over queries",
  independent: "t-tests of independent samples of queries",
  randomisation: "paired randomisation tests over queries",
} as const;

const correctionNames = {
  holm: "Holm",
  "benjamini-hochberg": "Benjamini-Hochberg",
  none: "uncorrected",
} as const;

/** The test of losses in words. */
export const testName = ({ losses = "paired" }: TestsAsked): string => names[losses];

/** The correction in words. */
export const correctionName = ({ correction = "holm" }: TestsAsked): string =>
  correctionNames[correction];
