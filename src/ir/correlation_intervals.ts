// Spearman's correlations of many variables at once, with intervals whose sample is the clusters.

import { drawClusters } from "./clusters.ts";
import { seededRandom } from "./random.ts";
import { centralT, twoTailed } from "./student_t.ts";

/** A correlation with its interval. */
export interface Correlation {
  /** Spearman's ρ; NaN where one of the two has all values equal. */
  readonly rho: number;
  /** Ends of the 95 % interval, within [-1, 1]; NaN where there are too few clusters. */
  readonly low: number;
  readonly high: number;
  /** Two-tailed probability of a ρ at least as far from 0, were there no correlation; NaN likewise. */
  readonly p: number;
}

/** Options of {@linkcode rankCorrelations}. */
export interface CorrelationOptions {
  /** The cluster of every value, as pairs have a query. */
  readonly clusters: readonly string[];
  /** Draws of the bootstrap; 1000 unless given. */
  readonly draws?: number;
  /** 0 unless given. */
  readonly seed?: number;
}

/** Fewest clusters of which an interval is told: with fewer its errors are guesses. */
export const fewestClusters = 5;

/**
 * ρ of every variable of `xs` with every one of `ys`, [xs][ys]; each variable has one value a place.
 *
 * Interval and p are Student's with K - 1 degrees of freedom around z = atanh ρ (Fisher 1921), K the
 * number of clusters. The error is the deviation of z over draws of K - 1 clusters with replacement, each with all its values,
 * ranked anew in every draw. A draw in which a variable has all values equal says nothing and is left
 * out; where that are more than half of them, nothing is told. p is never below 2^(1-K), the least of a
 * test that turns whole clusters round: draws of a perfect separation are all alike, which is no certainty.
 * Rao and Wu 1988, doi:10.1080/01621459.1988.10478591; Field and Welsh 2007,
 * doi:10.1111/j.1467-9868.2007.00593.x
 *
 * @throws {RangeError} where variables have other numbers of values than there are clusters' names.
 */
export function rankCorrelations(
  xs: readonly Float64Array[],
  ys: readonly Float64Array[],
  { clusters, draws = 1000, seed = 0 }: CorrelationOptions,
): Correlation[][] {
  for (const { length } of [...xs, ...ys]) {
    if (length === clusters.length) continue;
    throw new RangeError(
      `Cannot correlate: expected ${clusters.length} values of every variable, got ${length}`,
    );
  }
  const names = [...new Set(clusters)];
  const place = new Map(names.map((name, k) => [name, k]));
  const clusterOf = Uint32Array.from(clusters, (name) => place.get(name)!);
  const variables = { x: xs.map(sorted), y: ys.map(sorted) };
  const correlate = (times: Float64Array, use: (x: number, y: number, rho: number) => void) => {
    const y = variables.y.map((one) => standardRanks(one, times));
    variables.x.forEach((one, i) => {
      const x = standardRanks(one, times);
      for (let n = 0; n < x.length; n++) x[n] *= times[n];
      y.forEach((other, j) => use(i, j, product(x, other)));
    });
  };
  const rho = xs.map(() => new Float64Array(ys.length));
  correlate(new Float64Array(clusters.length).fill(1), (i, j, value) => rho[i][j] = value);
  const spread = xs.map(() => ys.map(() => ({ count: 0, mean: 0, squares: 0 })));
  if (names.length >= fewestClusters) {
    const random = seededRandom(seed);
    const times = new Float64Array(clusters.length);
    for (let draw = 0; draw < draws; draw++) {
      const drawn = drawClusters(names.length, random);
      clusterOf.forEach((k, n) => times[n] = drawn[k]);
      correlate(times, (i, j, drawnRho) => {
        if (Number.isNaN(drawnRho)) return;
        const value = transformed(drawnRho);
        const one = spread[i][j]; // Welford 1962, doi:10.1080/00401706.1962.10490022
        const off = value - one.mean;
        one.mean += off / ++one.count;
        one.squares += off * (value - one.mean);
      });
    }
  }
  const degrees = names.length - 1;
  const width = names.length >= fewestClusters ? centralT(0.95, degrees) : NaN;
  return spread.map((row, i) =>
    row.map(({ count, squares }, j): Correlation => {
      const [value, z] = [rho[i][j], transformed(rho[i][j])];
      const told = !Number.isNaN(value) && 2 * count > draws;
      const error = told ? Math.sqrt(squares / (count - 1)) : NaN;
      return {
        rho: value,
        low: Math.tanh(z - width * error),
        high: Math.tanh(z + width * error),
        p: value === 0 && told ? 1 : atLeast(2 ** -degrees, twoTailed(z / error, degrees)),
      };
    })
  );
}

/** The larger; NaN where p is. */
function atLeast(least: number, p: number): number {
  return p < least ? least : p;
}

/** Fisher's z, which varies as much whatever ρ is; finite for ρ = ±1 too. */
function transformed(rho: number): number {
  return Math.atanh(Math.max(-CERTAIN, Math.min(CERTAIN, rho)));
}

/** Taken for a ρ of 1, whose z has no end: z = 14. */
const CERTAIN = 1 - 1e-12;

/** A variable's places in ascending order of its values, and where each run of equal values ends. */
interface Sorted {
  readonly order: Uint32Array;
  /** One after the last place of the run that begins here; 0 where none does. */
  readonly end: Uint32Array;
}

function sorted(values: Float64Array): Sorted {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const end = new Uint32Array(values.length);
  for (let first = 0; first < order.length; first = end[first]) {
    let last = first + 1;
    while (last < order.length && values[order[last]] === values[order[first]]) last++;
    end[first] = last;
  }
  return { order, end };
}

/**
 * Ranks of values that occur `times` times each, less their mean and over the root of their sum of
 * squares: ρ is the sum of the products of two such, each as often as its value occurs. NaN where all
 * values that occur are equal. Equal values have the mean of their ranks.
 */
function standardRanks({ order, end }: Sorted, times: Float64Array): Float64Array {
  const ranks = new Float64Array(order.length);
  let before = 0;
  for (let first = 0; first < order.length; first = end[first]) {
    let own = 0;
    for (let i = first; i < end[first]; i++) own += times[order[i]];
    for (let i = first; i < end[first]; i++) ranks[order[i]] = before + (own + 1) / 2;
    before += own;
  }
  const mean = (before + 1) / 2;
  let squares = 0;
  for (let n = 0; n < ranks.length; n++) {
    ranks[n] -= mean;
    squares += times[n] * ranks[n] * ranks[n];
  }
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : NaN;
  for (let n = 0; n < ranks.length; n++) ranks[n] *= scale;
  return ranks;
}

function product(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < x.length; n++) sum += x[n] * y[n];
  return sum;
}
