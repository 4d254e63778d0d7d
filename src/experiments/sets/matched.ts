/** Random neuron sets that are as large as another in every layer and component. */

import { sample, seededRandom } from "../../ir/random.ts";
import { isHeads } from "../../model/heads.ts";
import {
  componentsOf,
  neuronOf,
  type NeuronSpace,
  type Part,
  partOf,
  partsOf,
} from "../../model/neurons.ts";

/** How many members a set has: by layer, then by component in the order of neuron ids. */
export function countMembers(space: NeuronSpace, ids: Uint32Array): number[][] {
  const components = componentsOf(space);
  const counts = Array.from({ length: space.layers }, () => components.map(() => 0));
  for (const id of ids) {
    const { layer, component } = neuronOf(space, id);
    counts[layer][components.indexOf(component)]++;
  }
  return counts;
}

/** Whether a unit is ever computed: of attention's heads some pairs of segments are not. */
export type Reached = (id: number) => boolean;

/**
 * Whether a unit of attention's heads has a conductance in some scheme: in the last layer of a model that
 * reads [CLS] no other token attends, a decoder's query attends to nothing behind it. Random controls of such
 * units would change nothing. All of a linear's are taken for reached; undefined where there are no heads.
 */
export function reachedUnits(
  space: NeuronSpace,
  means: Iterable<ArrayLike<number>>,
): Reached | undefined {
  const heads = partsOf(space).filter(({ component }) => isHeads(component));
  if (heads.length === 0) return undefined;
  const all = [...means];
  return (id) => {
    if (!heads.some(({ first, units }) => id >= first && id < first + units)) return true;
    return all.some((mean) => Math.abs(mean[id]) > 0); // NaN: no value
  };
}

/**
 * As many neurons as `ids` has in the same layer and component, drawn evenly; ids, ascending. With `reached`
 * of those alone that are, and of `ids` themselves.
 */
export function matchedRandom(
  space: NeuronSpace,
  ids: Uint32Array,
  { seed, reached }: { readonly seed: number; readonly reached?: Reached },
): Uint32Array {
  return randomSet(space, countMembers(space, ids), { seed, reached: orMember(reached, ids) });
}

function orMember(reached: Reached | undefined, ids: Uint32Array): Reached | undefined {
  if (!reached) return undefined;
  const members = new Set(ids);
  return (id) => reached(id) || members.has(id);
}

/**
 * What a random control has in common with its set (A24 of docs/multiverse.md): as many neurons in every layer and component;
 * in every layer; or in every layer and component, but none of the set's own.
 */
export const matchings = ["component", "layer", "others"] as const;

/** What a random control has in common with its set. */
export type Matching = (typeof matchings)[number];

/**
 * A random control of a set; ids, ascending. With matching `others`, a component that has fewer units outside
 * the set than members gives all of those.
 */
export function randomControl(
  space: NeuronSpace,
  ids: Uint32Array,
  { matching = "component", seed, reached }: {
    readonly matching?: Matching;
    readonly seed: number;
    readonly reached?: Reached;
  },
): Uint32Array {
  if (matching === "component") return matchedRandom(space, ids, { seed, reached });
  const isReached = orMember(reached, ids);
  const counts = countMembers(space, ids);
  const random = seededRandom(seed);
  const members = new Set(ids);
  const drawn = counts.flatMap((row, layer) => {
    const parts = componentsOf(space).map((component) => {
      const part = partOf(space, layer, component);
      return part ? idsOf(part, isReached) : [];
    });
    if (matching === "layer") {
      return sample(parts.flat(), row.reduce((sum, count) => sum + count, 0), random);
    }
    return parts.flatMap((part, i) => {
      const others = part.filter((id) => !members.has(id));
      return sample(others, Math.min(row[i], others.length), random);
    });
  });
  return Uint32Array.from(drawn).sort();
}

/** As many neurons as `counts` says of every layer and component. */
export function randomSet(
  space: NeuronSpace,
  counts: readonly (readonly number[])[],
  { seed, reached }: { readonly seed: number; readonly reached?: Reached },
): Uint32Array {
  const random = seededRandom(seed);
  const components = componentsOf(space);
  const drawn = counts.flatMap((row, layer) =>
    row.flatMap((count, i) => {
      const part = partOf(space, layer, components[i]);
      if (!part) return []; // no layer of its
      return sample(idsOf(part, reached), count, random);
    })
  );
  return Uint32Array.from(drawn).sort();
}

function idsOf({ first, units }: Part, reached?: Reached): number[] {
  const ids = Array.from({ length: units }, (_, unit) => first + unit);
  return reached ? ids.filter(reached) : ids;
}
