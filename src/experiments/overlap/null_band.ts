/**
 * How many neurons random sets share that are as large as given ones in every layer and component.
 * In a component of W units, the number of units that a random set of b shares with a set of a has
 * a hypergeometric distribution. For two sets the distribution of the sum over components is
 * computed exactly; for more it is sampled (the numbers are drawn, not the sets).
 */

import {
  addDistributions,
  type Distribution,
  hypergeometric,
  tails,
} from "../../ir/hypergeometric.ts";
import { type Random, seededRandom } from "../../ir/random.ts";
import { componentsOf, type NeuronSpace, partOf } from "../../model/neurons.ts";

/** Members of a set by layer, then by component. */
export type Counts = readonly (readonly number[])[];

/** What matched random sets share. */
export interface NullBand {
  /** Mean number of shared neurons, exact. */
  readonly mean: number;
  /** 2.5 % and 97.5 % of the distribution. */
  readonly low: number;
  readonly high: number;
}

/** What random sets, matched to each of `sets`, share. */
export function nullBand(
  space: NeuronSpace,
  sets: readonly Counts[],
  { draws, seed }: { readonly draws: number; readonly seed: number },
): NullBand {
  const mean = cellsOf(space, sets).reduce(
    (sum, { units, sizes }) => sum + sizes.reduce((product, size) => product * size / units, units),
    0,
  );
  if (sets.length === 2) {
    const shared = sharedByTwo(space, sets);
    return { mean, low: quantile(shared, 0.025), high: quantile(shared, 0.975) };
  }
  const totals = drawn(cellsOf(space, sets), { draws, random: seededRandom(seed) });
  const at = (share: number) => totals[Math.min(draws - 1, Math.floor(share * draws))];
  return { mean, low: at(0.025), high: at(0.975) };
}

/** P(≤ shared) and P(≥ shared) of random sets that are matched to two sets. */
export function nullTails(
  space: NeuronSpace,
  sets: readonly Counts[],
  shared: number,
): { readonly below: number; readonly above: number } {
  return tails(sharedByTwo(space, sets), shared);
}

/** The variance of what random sets share that are matched to two sets. */
export function nullVariance(space: NeuronSpace, sets: readonly Counts[]): number {
  return cellsOf(space, sets).reduce(
    (sum, { units: w, sizes: [a, b] }) =>
      w === 1 ? sum : sum + a * b * (w - a) * (w - b) / (w * w * (w - 1)),
    0,
  );
}

/** Components of layers in which every set has members. */
function cellsOf(space: NeuronSpace, sets: readonly Counts[]) {
  return Array.from(
    { length: space.layers },
    (_, layer) =>
      componentsOf(space).map((component, c) => ({
        units: partOf(space, layer, component)?.units ?? 0,
        sizes: sets.map((counts) => counts[layer][c]),
      })),
  ).flat().filter(({ sizes }) => !sizes.includes(0));
}

function sharedByTwo(space: NeuronSpace, sets: readonly Counts[]): Distribution {
  return cellsOf(space, sets)
    .map(({ units, sizes: [a, b] }) => hypergeometric(units, a, b))
    .reduce(addDistributions, { least: 0, probabilities: Float64Array.of(1) });
}

/** The least value whose distribution function reaches `share`. */
function quantile({ least, probabilities }: Distribution, share: number): number {
  let sum = 0;
  const at = probabilities.findIndex((p) => (sum += p) >= share);
  return least + (at < 0 ? probabilities.length - 1 : at);
}

/** Totals over components, ascending. */
function drawn(
  cells: readonly { readonly units: number; readonly sizes: readonly number[] }[],
  { draws, random }: { readonly draws: number; readonly random: Random },
): Float64Array {
  const tables = new Map<string, Distribution>();
  const totals = new Float64Array(draws);
  for (const { units, sizes } of cells) {
    for (let draw = 0; draw < draws; draw++) {
      totals[draw] += sizes.reduce((shared, size) => {
        const key = `${units} ${shared} ${size}`;
        const table = tables.get(key) ?? hypergeometric(units, shared, size);
        tables.set(key, table);
        return quantile(table, (random() + 0.5) / 2 ** 32);
      });
    }
  }
  return totals.sort();
}
