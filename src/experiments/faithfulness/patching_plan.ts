/** Which units are patched alone, and which sets make the curves of deletion and insertion. */

import { sizeAtLevel, topNeuronIds } from "../../attribution/neuron_sets.ts";
import { sample, seededRandom, seedFor, shuffle } from "../../ir/random.ts";
import { neuronCount, type NeuronSpace, partsOf } from "../../model/neurons.ts";

/** Shares of all units at which curves are taken, beside 0 and 1: those of MIB's circuits. */
export const curveShares: readonly number[] = [.001, .002, .005, .01, .02, .05, .1, .2, .5];

/** Numbers of units at the shares of a model of so many, each once, and fewer than all. */
export function curveSizes(count: number): readonly number[] {
  return [...new Set(curveShares.map((share) => Math.max(1, Math.round(share * count))))]
    .filter((size) => size < count);
}

/** For every order and size two sets: the order's first units, and all others. */
export function prefixSets(
  orders: readonly Uint32Array[],
  sizes: readonly number[],
): readonly Uint32Array[] {
  return orders.flatMap((ids) =>
    sizes.flatMap((size) => [ids.slice(0, size).sort(), ids.slice(size).sort()])
  );
}

/** The place among {@linkcode prefixSets} of the set that an order removes, or leaves out beside what it keeps. */
export function placeOfPrefix(
  { order, size, sizes }: { readonly order: number; readonly size: number; readonly sizes: number },
  what: "removed" | "kept",
): number {
  return 2 * (order * sizes + size) + (what === "removed" ? 0 : 1);
}

/** Options of {@linkcode planPatching}. */
export interface PatchingPlanOptions {
  /** Units that are patched alone; 500 unless given. */
  readonly units?: number;
  /** The strongest units, as a part of all, that the set consists of; .01 unless given. */
  readonly level?: number;
  /** Random orders that curves are set beside; 5 unless given. */
  readonly orders?: number;
  /** Of all that is drawn; 0 unless given. */
  readonly seed?: number;
}

/** An order in which units are removed, or kept. */
export interface Order {
  /** Which rule's attributions it is of, by place; none of a random one. */
  readonly rule?: number;
  /** `signed`: the largest value first; `absolute`: the farthest from 0; `random`: like the first signed one. */
  readonly kind: "signed" | "absolute" | "random";
  /** Every unit's id once. */
  readonly ids: Uint32Array;
}

/** The sets of a study, and where they are among them. */
export interface PatchingPlan {
  readonly units: {
    /** Drawn from the set: the strongest by the first rule, as `level` says. */
    readonly strongest: Uint32Array;
    /** Drawn from all others. */
    readonly outside: Uint32Array;
  };
  /** How many units the set has. */
  readonly inSet: number;
  readonly orders: readonly Order[];
  /** Numbers of units at the shares. */
  readonly sizes: readonly number[];
  /** All of them: none, all, the units one by one, then the orders' prefixes removed and kept. */
  readonly sets: readonly Uint32Array[];
  /** The place of a unit's own set. */
  setOfUnit(id: number): number;
  /** The place of the set that an order removes, or that it leaves out beside what it keeps. */
  setOfOrder(order: number, size: number, what: "removed" | "kept"): number;
}

/** Plans what is patched for the mean attributions of rules, the first of which ranks the units. */
export function planPatching(
  space: NeuronSpace,
  means: readonly Float64Array[],
  { units = 500, level = .01, orders = 5, seed = 0 }: PatchingPlanOptions = {},
): PatchingPlan {
  const count = neuronCount(space);
  const absolute = means.map((mean) => mean.map(Math.abs));
  const set = topNeuronIds(absolute[0], Math.min(sizeAtLevel(space, level), count - 1));
  const inSet = new Set(set);
  const others = Array.from({ length: count }, (_, id) => id).filter((id) => !inSet.has(id));
  const half = Math.min(set.length, units >> 1);
  const draw = (of: readonly number[], most: number, name: string) =>
    Uint32Array.from(sample(of, most, seededRandom(seedFor(seed, name)))).sort();
  const chosen = {
    strongest: draw([...set], half, "units of the set"),
    outside: draw(others, units - half, "units outside the set"),
  };
  const all = Uint32Array.from({ length: count }, (_, id) => id);
  const signed = means.map((mean) => topNeuronIds(mean, count));
  const known: Order[] = [
    ...signed.map((ids, rule): Order => ({ rule, kind: "signed", ids })),
    ...absolute.map((values, rule): Order => (
      { rule, kind: "absolute", ids: topNeuronIds(values, count) }
    )),
    ...Array.from({ length: orders }, (_, r): Order => ({
      kind: "random",
      ids: matchedOrder(space, signed[0], seedFor(seed, `order ${r}`)),
    })),
  ];
  const sizes = curveSizes(count);
  const single = [...chosen.strongest, ...chosen.outside];
  const places = new Map(single.map((id, i) => [id, 2 + i]));
  const first = 2 + single.length;
  return {
    ...{ units: chosen, inSet: set.length, orders: known, sizes },
    sets: [
      new Uint32Array(0),
      all,
      ...single.map((id) => Uint32Array.of(id)),
      ...prefixSets(known.map(({ ids }) => ids), sizes),
    ],
    setOfUnit: (id) => places.get(id)!,
    setOfOrder: (order, size, what) =>
      first + placeOfPrefix({ order, size, sizes: sizes.length }, what),
  };
}

/** A random order with units of the same layers and components at the same places. */
export function matchedOrder(space: NeuronSpace, ids: Uint32Array, seed: number): Uint32Array {
  const random = seededRandom(seed);
  const parts = partsOf(space);
  const partOfId = new Uint32Array(neuronCount(space));
  parts.forEach(({ first, units }, p) => partOfId.fill(p, first, first + units));
  const left = parts.map(({ first, units }) =>
    shuffle(Array.from({ length: units }, (_, unit) => first + unit), random)
  );
  return ids.map((id) => left[partOfId[id]].pop()!);
}
