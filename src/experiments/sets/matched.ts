/** Random neuron sets that are as large as another in every layer and component. */

import { sample, seededRandom } from "../../ir/random.ts";
import { componentsOf, neuronOf, type NeuronSpace, partOf } from "../../model/neurons.ts";

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

/** As many neurons as `ids` has in the same layer and component, drawn evenly; ids, ascending. */
export function matchedRandom(space: NeuronSpace, ids: Uint32Array, seed: number): Uint32Array {
  return randomSet(space, countMembers(space, ids), seed);
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
  { matching = "component", seed }: { readonly matching?: Matching; readonly seed: number },
): Uint32Array {
  if (matching === "component") return matchedRandom(space, ids, seed);
  const counts = countMembers(space, ids);
  const random = seededRandom(seed);
  const members = new Set(ids);
  const drawn = counts.flatMap((row, layer) => {
    const parts = componentsOf(space).map((component) => {
      const part = partOf(space, layer, component);
      return Array.from({ length: part?.units ?? 0 }, (_, unit) => part!.first + unit);
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
  seed: number,
): Uint32Array {
  const random = seededRandom(seed);
  const components = componentsOf(space);
  const drawn = counts.flatMap((row, layer) =>
    row.flatMap((count, i) => {
      const part = partOf(space, layer, components[i]);
      if (!part) return []; // no layer of its
      const ids = Array.from({ length: part.units }, (_, unit) => part.first + unit);
      return sample(ids, count, random);
    })
  );
  return Uint32Array.from(drawn).sort();
}
