/**
 * How many neurons random sets share that are as large as given ones in every layer and component.
 * In a component of W units, a random set of b of them meets a set of a units in as many as a
 * hypergeometric distribution says: that number is drawn, not the sets.
 */

import { type Random, seededRandom } from "../../ir/random.ts";
import { components, unitsOf } from "../../model/components.ts";
import type { NeuronSpace } from "../../model/neurons.ts";

/** Members of a set by layer, then by component. */
export type Counts = readonly (readonly number[])[];

/** What matched random sets share. */
export interface NullBand {
  /** Mean number of shared neurons, exact. */
  readonly mean: number;
  /** 2.5 % and 97.5 % of the draws. */
  readonly low: number;
  readonly high: number;
}

/** Draws what random sets, matched to each of `sets`, share. */
export function nullBand(
  space: NeuronSpace,
  sets: readonly Counts[],
  { draws, seed }: { readonly draws: number; readonly seed: number },
): NullBand {
  const random = seededRandom(seed);
  const tables = new Map<string, Float64Array>();
  const totals = new Float64Array(draws);
  let mean = 0;
  for (let layer = 0; layer < space.layers; layer++) {
    components.forEach((component, c) => {
      const units = unitsOf(space, component);
      const sizes = sets.map((counts) => counts[layer][c]);
      if (sizes.includes(0)) return;
      mean += sizes.reduce((product, size) => product * size / units, units);
      for (let draw = 0; draw < draws; draw++) {
        totals[draw] += sizes.reduce((shared, size) => {
          const key = `${units} ${shared} ${size}`;
          const table = tables.get(key) ?? cumulative(units, shared, size);
          tables.set(key, table);
          return Math.max(0, shared + size - units) + drawFrom(table, random);
        });
      }
    });
  }
  totals.sort();
  const at = (share: number) => totals[Math.min(draws - 1, Math.floor(share * draws))];
  return { mean, low: at(0.025), high: at(0.975) };
}

/**
 * P(shared ≤ least + i) by i, of a random set of `b` and one of `a` units of `units`, where least =
 * max(0, a + b - units).
 */
export function cumulative(units: number, a: number, b: number): Float64Array {
  const least = Math.max(0, a + b - units);
  const most = Math.min(a, b);
  const choose = (n: number, k: number) => logFactorial(n) - logFactorial(k) - logFactorial(n - k);
  const sums = new Float64Array(most - least + 1);
  let total = 0;
  for (let k = least; k <= most; k++) {
    total += Math.exp(choose(a, k) + choose(units - a, b - k) - choose(units, b));
    sums[k - least] = total;
  }
  return sums;
}

function drawFrom(sums: Float64Array, random: Random): number {
  const wanted = (random() + 0.5) / 2 ** 32 * sums[sums.length - 1];
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

const logFactorials = [0];

function logFactorial(n: number): number {
  for (let k = logFactorials.length; k <= n; k++) {
    logFactorials.push(logFactorials[k - 1] + Math.log(k));
  }
  return logFactorials[n];
}
