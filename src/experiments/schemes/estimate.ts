/** Statistics of schemes with their intervals over queries. */

import { centralT, twoTailed } from "../../ir/student_t.ts";
import type { Interval } from "../results/results.ts";

/** A statistic with its error. */
export interface Estimate {
  readonly value: number;
  /** 95 %. */
  readonly interval: Interval;
  /** Two-tailed probability of a value at least as far from 0, were its mean 0. */
  readonly p: number;
  /** Degrees of freedom: queries less one. */
  readonly degrees: number;
}

/**
 * By how much the deviation of what sets share is larger than over draws: a drawn mean has the noise of
 * the queries twice, the draw's and its own, which spreads neurons apart at the cut, so that draws
 * change fewer of them. On queries simulated from the bundled collections the deviations over draws are
 * .92 to .96 of the true ones; tests/experiments/schemes/calibration_test.ts holds the intervals to it.
 */
const TWICE_THE_NOISE = 1.1;

/** Standard deviations of statistics of sets, from draws, statistic by statistic and place by place. */
export function deviationsOf(draws: Iterable<readonly (readonly number[])[]>): number[][] {
  let count = 0;
  const sums: { mean: number; squares: number }[][] = [];
  for (const statistics of draws) {
    count++;
    statistics.forEach((values, i) => {
      sums[i] ??= values.map(() => ({ mean: 0, squares: 0 }));
      values.forEach((value, at) => {
        const one = sums[i][at]; // Welford 1962, doi:10.1080/00401706.1962.10490022
        const off = value - one.mean;
        one.mean += off / count;
        one.squares += off * (value - one.mean);
      });
    });
  }
  return sums.map((row) =>
    row.map(({ squares }) => TWICE_THE_NOISE * Math.sqrt(squares / (count - 1)))
  );
}

/**
 * A statistic with Student's t interval around it. Its mean over samples of as many queries is what
 * the interval is of: a set cut at a level is noisier with fewer queries, so that its overlaps grow
 * with their number, and no draw from so many says where they would end.
 */
export function estimateOf(value: number, deviation: number, degrees: number): Estimate {
  const half = centralT(0.95, degrees) * deviation;
  const t = value === 0 ? 0 : value / deviation;
  const interval = { low: value - half, high: value + half };
  return { value, interval, p: twoTailed(t, degrees), degrees };
}
