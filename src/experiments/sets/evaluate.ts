/**
 * From a plan to a neuron set: vectors are cut to their strongest neurons, then the sets are
 * combined.
 */

import { sizeAtLevel, topNeuronIds } from "../../attribution/neuron_sets.ts";
import { ranks } from "../../ir/rank_correlation.ts";
import type { NeuronSpace } from "../../model/neurons.ts";
import type { SetOperator } from "./expression.ts";
import { matchedRandom, reachedUnits } from "./matched.ts";
import {
  type NeuronSetPlan,
  type SchemeName,
  type TopPlan,
  topsOf,
  type Vector,
} from "./resolve.ts";

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
      const values = strengthOf(plan, means);
      return topNeuronIds(values, sizeAtLevel(means.space, level, values)).sort();
    }
    case "random":
      return matchedRandom(means.space, evaluate(plan.of, means, level), {
        seed: plan.seed,
        reached: reachedUnits(means.space, means.of.values()),
      });
    case "combined":
      if (plan.refill) return refilled(topsOf(plan.parts)!, means, level);
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

/** By what the neurons of a top are ordered, the strongest having the largest. */
export function strengthOf({ vector, by }: TopPlan, means: Means): Float64Array {
  const values = meanOf(vector, means, by);
  return by === "absolute" ? absolute(values) : values; // places stay as they are
}

const absolute = (values: Float64Array) => values.map((value) => Math.abs(value));

/**
 * An intersection filled up to the size of a set at the level: the neurons whose worst place among the orders
 * of all intersected sets is best, of equal ones those of lower id. But for ties, these are the plain
 * intersection of the orders cut at that place.
 */
function refilled(tops: readonly TopPlan[], means: Means, level: number): Uint32Array {
  const strengths = tops.map((one) => strengthOf(one, means));
  const size = sizeAtLevel(means.space, level, strengths[0]);
  const worst = new Float64Array(strengths[0].length); // minus the place, from 0
  for (const values of strengths) {
    topNeuronIds(values, values.length).forEach((id, place) => {
      if (-place < worst[id]) worst[id] = -place;
    });
    values.forEach((value, id) => {
      if (value !== value) worst[id] = NaN;
    });
  }
  return topNeuronIds(worst, size).sort();
}

/**
 * The vector of a plan: the means of a scheme, or the mean of several vectors. Averaged are their values; with
 * scale `l1` these over the sum of their sizes; with `rank` their places, the strongest having the largest
 * (in order of size, whatever the sign, where `by` is `absolute`).
 */
export function meanOf(vector: Vector, means: Means, by?: TopPlan["by"]): Float64Array {
  if (vector.kind === "scheme") {
    const mean = means.of.get(vector.name);
    if (mean) return mean;
    throw new RangeError(`Cannot evaluate a neuron set: expected scheme ${vector.name}, got none`);
  }
  const parts = vector.parts.map((part) => scaled(meanOf(part, means, by), vector.scale, by));
  return parts[0].map((_, id) => parts.reduce((sum, part) => sum + part[id], 0) / parts.length);
}

function scaled(
  values: Float64Array,
  scale: "l1" | "rank" | undefined,
  by: TopPlan["by"],
): Float64Array {
  if (scale === undefined) return values;
  if (scale === "l1") {
    let sum = 0;
    for (const value of values) if (value === value) sum += Math.abs(value);
    return sum === 0 ? values : values.map((value) => value / sum);
  }
  const places = ranks((by ? absolute(values) : values).filter((value) => value === value));
  let next = 0;
  return values.map((value) => value === value ? places[next++] : NaN);
}
