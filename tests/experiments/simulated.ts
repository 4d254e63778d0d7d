/** Simulated schemes: queries drawn from a known distribution, so that what is true is known. */

import type { Scheme } from "../../src/attribution/schemes/scheme.ts";
import type { QuerySums } from "../../src/attribution/schemes/query_sums.ts";
import { exactSum } from "../../src/attribution/schemes/exact_sum.ts";
import { neuronCount, type NeuronSpace } from "../../src/model/neurons.ts";

/** A scheme of queries' vectors, one pair each; what only single pairs give is left out. */
export function schemeOfQueries(space: NeuronSpace, vectors: readonly Float64Array[]): Scheme {
  const count = neuronCount(space);
  const mean = new Float64Array(count);
  const byQuery: QuerySums = new Map();
  vectors.forEach((vector, q) => {
    byQuery.set(`q${q}`, { pairs: 1, sum: vector });
    for (let id = 0; id < count; id++) mean[id] += vector[id] / vectors.length;
  });
  const sums = {
    ...{ space, pairs: vectors.length, byQuery },
    ...{ sum: exactSum(0), squares: exactSum(0) },
  };
  return { space, pairs: vectors.length, mean, m2: new Float64Array(count), metadata: {}, sums };
}

/** Normally distributed queries with the mean and the covariance of observed ones. */
export interface QueryModel {
  readonly mean: Float64Array;
  /** Deviations of the observed ones from the mean, over √(their number - 1). */
  readonly deviations: readonly Float64Array[];
}

/** The model of some queries' vectors. */
export function queryModel(vectors: readonly Float64Array[]): QueryModel {
  const n = vectors.length;
  const mean = vectors[0].map((_, id) => vectors.reduce((sum, one) => sum + one[id] / n, 0));
  const deviations = vectors.map((one) =>
    one.map((value, id) => (value - mean[id]) / Math.sqrt(n - 1))
  );
  return { mean, deviations };
}

/** The vector of a new query. */
export function newQuery({ mean, deviations }: QueryModel, normal: () => number): Float64Array {
  const vector = mean.slice();
  for (const deviation of deviations) {
    const z = normal();
    for (let id = 0; id < vector.length; id++) vector[id] += z * deviation[id];
  }
  return vector;
}
