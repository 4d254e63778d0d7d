/**
 * From a plan to a neuron set: vectors are cut to their strongest neurons, then the sets are
 * combined (A17, A20, A22).
 */

import { sizeAtLevel, topNeuronIds } from "../../attribution/neuron_sets.ts";
import type { NeuronSpace } from "../../model/neurons.ts";
import type { SetOperator } from "./expression.ts";
import { matchedRandom } from "./matched.ts";
import type { NeuronSetPlan, SchemeName, Vector } from "./resolve.ts";

/** Mean conductances by neuron id, of schemes of one model. */
export interface Means {
  /** The model's sizes. */
  readonly space: NeuronSpace;
  /** By scheme name. */
  readonly of: ReadonlyMap<SchemeName, Float64Array>;
}

/** The neurons of a plan at a level (a part of all neurons): ids, ascending. May be empty. */
export function evaluate(plan: NeuronSetPlan, means: Means, level: number): Uint32Array {
  switch (plan.kind) {
    case "top": {
      const values = meanOf(plan.vector, means);
      return topNeuronIds(values, sizeAtLevel(means.space, level, values)).sort();
    }
    case "random":
      return matchedRandom(means.space, evaluate(plan.of, means, level), plan.seed);
    case "combined":
      return plan.parts.map((part) => evaluate(part, means, level))
        .reduce((left, right) => combine(left, plan.operator, right));
  }
}

/** Two sets of ids, combined; ascending. */
export function combine(
  left: Uint32Array,
  operator: SetOperator,
  right: Uint32Array,
): Uint32Array {
  const [a, b] = [new Set(left), new Set(right)];
  const both = {
    "-": a.difference(b),
    "&": a.intersection(b),
    "^": a.symmetricDifference(b),
    "|": a.union(b),
  }[operator];
  return Uint32Array.from(both).sort();
}

/** The vector of a plan: a scheme's mean, or the plain mean of vectors. */
export function meanOf(vector: Vector, means: Means): Float64Array {
  if (vector.kind === "scheme") {
    const mean = means.of.get(vector.name);
    if (mean) return mean;
    throw new RangeError(`Cannot evaluate a neuron set: expected scheme ${vector.name}, got none`);
  }
  const parts = vector.parts.map((part) => meanOf(part, means));
  return parts[0].map((_, id) => parts.reduce((sum, part) => sum + part[id], 0) / parts.length);
}
