// Significance without a distribution: randomisation over queries.

import { seededRandom } from "./random.ts";
import { differences } from "./significance.ts";

/** How often to draw, and from which stream. */
export interface ResamplingOptions {
  /** Draws; 10 000 by default. */
  readonly draws?: number;
  /** 0 by default. */
  readonly seed?: number;
}

/**
 * Two-tailed p-value of the paired randomisation test: how often a mean difference at least as far
 * from 0 arises when each query's two values change places at random. The values as they are count
 * as one draw, so p is never 0. Smucker, Allan and Carterette 2007, doi:10.1145/1321440.1321528
 */
export function randomisationTest(
  a: readonly number[],
  b: readonly number[],
  { draws = 10_000, seed = 0 }: ResamplingOptions = {},
): number {
  const d = differences(a, b, "a randomisation test");
  const random = seededRandom(seed);
  const sum = (signed: (value: number) => number) =>
    Math.abs(d.reduce((total, value) => total + signed(value), 0));
  const size = d.reduce((total, value) => total + Math.abs(value), 0);
  // The same sums in another order of signs may differ in their last bits: those are ties.
  const observed = sum((value) => value) - size * 1e-12;
  let extreme = 1;
  for (let draw = 0; draw < draws; draw++) {
    if (sum((value) => random() >= 2 ** 31 ? value : -value) >= observed) extreme++;
  }
  return extreme / (draws + 1);
}
