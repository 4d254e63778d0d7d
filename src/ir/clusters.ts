// Values that come in clusters, as pairs come from queries: means, their errors, and cluster draws.

import { below, type Random } from "./random.ts";

/** A cluster: the sum of its values, and how many there are. */
export interface Cluster {
  readonly sum: number;
  readonly count: number;
}

/** A mean over all values, and what it may be off by where other clusters are drawn. */
export interface ClusteredMean {
  readonly mean: number;
  /** NaN for one cluster. */
  readonly error: number;
  readonly clusters: number;
}

/**
 * The mean m of all values and its standard error where clusters, not values, are the sample:
 * √(K/(K-1) Σ_k (S_k - n_k m)²) / Σ n_k, S_k the sum and n_k the number of the K clusters' values.
 * Cochran, Sampling Techniques, 1977, eq. 9A.6 (a ratio estimate)
 */
export function clusteredMean(clusters: readonly Cluster[]): ClusteredMean {
  const [sum, count] = clusters.reduce(([s, n], one) => [s + one.sum, n + one.count], [0, 0]);
  const mean = sum / count;
  const squares = clusters.reduce((total, one) => total + (one.sum - one.count * mean) ** 2, 0);
  const k = clusters.length;
  return { mean, error: Math.sqrt(k / (k - 1) * squares) / count, clusters: k };
}

/** Values by what they belong to, in the order in which clusters first occur. */
export function clustersOf(values: readonly number[], names: readonly string[]): Cluster[] {
  const found = new Map<string, { sum: number; count: number }>();
  values.forEach((value, i) => {
    const one = found.get(names[i]) ?? { sum: 0, count: 0 };
    found.set(names[i], one);
    one.sum += value;
    one.count++;
  });
  return [...found.values()];
}

/**
 * How often each of `count` clusters is drawn where count - 1 are, with replacement: one fewer, so
 * that the variance of drawn means is that of the mean, without the factor (count - 1) / count.
 * Rao and Wu 1988, doi:10.1080/01621459.1988.10478591
 */
export function drawClusters(count: number, random: Random): Uint32Array {
  const times = new Uint32Array(count);
  for (let draw = 1; draw < count; draw++) times[below(count, random)]++;
  return times;
}
