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
 * Factor by which the deviations of overlaps over draws are enlarged. A drawn mean carries the
 * noise of the queries twice: that of the draw, and that of the sample which it is drawn from. This spreads
 * the values around the level's threshold, so that a draw changes fewer members than other queries would.
 * On queries simulated from the bundled collections the deviations over draws are .92 to .96 of the
 * true ones; tests/experiments/schemes/calibration_test.ts checks the intervals.
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
 * A statistic with Student's t interval around it. The interval is for the statistic's mean over
 * samples of the same number of queries, not for its limit as queries grow: a set cut at a level is
 * noisier with fewer queries, so that its overlaps grow with their number, and draws from a fixed
 * number cannot show where they would end.
 */
export function estimateOf(value: number, deviation: number, degrees: number): Estimate {
  const half = centralT(0.95, degrees) * deviation;
  const t = value === 0 ? 0 : value / deviation;
  const interval = { low: value - half, high: value + half };
  return { value, interval, p: twoTailed(t, degrees), degrees };
}
