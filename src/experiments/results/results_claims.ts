/** Records of a study's results: the paper's claims and what the data say. */

import type { Interval } from "./results_figures.ts";

/** One of the paper's claims and what the data say. */
export interface Conclusion {
  /** e.g. "disjoint-labels". */
  readonly id: string;
  /** The claim as a sentence, without the verdict. */
  readonly claim: string;
  /** Where the paper makes it, e.g. "§5.1, Fig. 3". */
  readonly source: string;
  /**
   * `mixed`: some tests support it, others contradict it. `untested`: the study lacks what it needs, or
   * the data cannot tell.
   */
  readonly verdict: "holds" | "mixed" | "fails" | "untested";
  /** What was found, as a sentence with its numbers. */
  readonly finding: string;
  /** The rule that gave the verdict, as a sentence; it was written before the data. */
  readonly criterion: string;
  /** What the verdict rests on, e.g. "30 queries a scheme, 4 collections, 4 levels". */
  readonly evidence: string;
  /** What a reader should know beside the verdict, of the study file. */
  readonly caveat?: string;
  /** Every test, none chosen. */
  readonly tests: readonly ClaimTest[];
}

/** One test of a claim. */
export interface ClaimTest {
  /** What is measured, e.g. "N[c] - P[c], music, 5 %". */
  readonly name: string;
  /** The effect; null where it has no value. */
  readonly value: number | null;
  /** Its 95 % interval over queries; null where there is none. */
  readonly interval: Interval | null;
  /** "%", "points", "times", … */
  readonly unit: string;
  /** p of the test, corrected over the claim's tests where several are; null where none is made. */
  readonly p: number | null;
  /** What it says of the claim; `unchanged`: no query differs, so nothing can be tested. */
  readonly outcome: "supports" | "contradicts" | "undecided" | "unchanged";
}
