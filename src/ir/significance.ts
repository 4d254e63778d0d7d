// Is the difference between two systems more than chance? Tests over per-query values.

import { mean } from "./measures.ts";
import { twoTailed } from "./student_t.ts";

/** What a t-test found. */
export interface TTest {
  /** Positive where the first system's mean is higher. */
  readonly t: number;
  /** Degrees of freedom. */
  readonly degrees: number;
  /** Two-tailed probability of a t at least as far from 0, were there no difference. */
  readonly p: number;
}

/**
 * Student's paired t-test, two-tailed, over the same queries in the same order (scipy's ttest_rel).
 * Where every difference is 0 it gives t 0 and p 1 (scipy gives NaN).
 */
export function pairedTTest(a: readonly number[], b: readonly number[]): TTest {
  const d = differences(a, b, "a paired t-test");
  const degrees = d.length - 1;
  return tTest(mean(d), Math.sqrt(variance(d) / d.length), degrees);
}

/**
 * Student's t-test of two independent samples of equal variance, two-tailed (scipy's ttest_ind).
 * It ignores that both systems answered the same queries; kept for comparison with the paper.
 */
export function independentTTest(a: readonly number[], b: readonly number[]): TTest {
  if (a.length < 2 || b.length < 2) {
    throw new RangeError(
      `Cannot compute a t-test: expected two values or more on each side, got ${a.length} and ${b.length}`,
    );
  }
  const degrees = a.length + b.length - 2;
  const pooled = ((a.length - 1) * variance(a) + (b.length - 1) * variance(b)) / degrees;
  return tTest(mean(a) - mean(b), Math.sqrt(pooled * (1 / a.length + 1 / b.length)), degrees);
}

function tTest(difference: number, error: number, degrees: number): TTest {
  const t = difference === 0 ? 0 : difference / error;
  return { t, degrees, p: twoTailed(t, degrees) };
}

/** Cohen's d of paired values: the mean difference over the differences' standard deviation. */
export function cohensD(a: readonly number[], b: readonly number[]): number {
  const d = differences(a, b, "Cohen's d");
  const difference = mean(d);
  return difference === 0 ? 0 : difference / Math.sqrt(variance(d));
}

/**
 * p-values corrected for their number, in the order given; each at most 1.
 * Holm 1979, https://www.jstor.org/stable/4615733
 */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((i, j) => p[i] - p[j]);
  const corrected = new Array<number>(p.length);
  let highest = 0;
  order.forEach((index, i) => {
    highest = Math.max(highest, Math.min(1, p[index] * (p.length - i)));
    corrected[index] = highest;
  });
  return corrected;
}

/**
 * p-values corrected for their number so that of the differences that are found the expected part
 * which are none stays below the level: in the order given, each at most 1.
 * Benjamini and Hochberg 1995, https://www.jstor.org/stable/2346101
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((i, j) => p[j] - p[i]); // the largest first
  const corrected = new Array<number>(p.length);
  let lowest = 1;
  order.forEach((index, i) => {
    lowest = Math.min(lowest, p[index] * p.length / (p.length - i));
    corrected[index] = lowest;
  });
  return corrected;
}

/** Corrections for the number of tests, by name. */
export const corrections = {
  holm,
  "benjamini-hochberg": benjaminiHochberg,
  none: (p: readonly number[]): number[] => [...p],
} as const;

/** A correction for the number of tests. */
export type Correction = keyof typeof corrections;

/** a − b, query by query. */
export function differences(a: readonly number[], b: readonly number[], what: string): number[] {
  if (a.length !== b.length || a.length < 2) {
    throw new RangeError(
      `Cannot compute ${what}: expected two values or more for each system, as many for one as for the other, got ${a.length} and ${b.length}`,
    );
  }
  return a.map((value, i) => value - b[i]);
}

/** The standard error of the mean of values. */
export function standardError(values: readonly number[]): number {
  return Math.sqrt(variance(values) / values.length);
}

/** The unbiased sample variance. */
function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
