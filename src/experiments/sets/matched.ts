/** Random neuron sets that are as large as another in every layer and component (C25, A24). */

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
