// Significance and confidence without a distribution: randomisation and bootstrap over queries.

import { mean } from "./measures.ts";
import { below, seededRandom } from "./random.ts";
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

/**
 * The percentile bootstrap interval [low, high] of the mean of `values` at `level` (0.95 by
 * default): queries drawn with replacement. Efron 1979, doi:10.1214/aos/1176344552
 */
export function bootstrapInterval(
  values: readonly number[],
  { draws = 10_000, seed = 0, level = 0.95 }: ResamplingOptions & { readonly level?: number } = {},
): [low: number, high: number] {
  if (values.length === 0) {
    throw new RangeError("Cannot compute a bootstrap interval: expected values, got none");
  }
  if (!(level > 0 && level < 1)) {
    throw new RangeError(
      `Cannot compute a bootstrap interval: expected a level between 0 and 1, got ${level}`,
    );
  }
  const random = seededRandom(seed);
  const means = Float64Array.from(
    { length: draws },
    () => mean(values.map(() => values[below(values.length, random)])),
  ).sort();
  const at = (share: number) => means[Math.min(draws - 1, Math.floor(share * draws))];
  return [at((1 - level) / 2), at((1 + level) / 2)];
}
