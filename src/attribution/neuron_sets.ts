/** Neuron sets: the strongest neurons of a scheme. */

import { neuronCount, type NeuronSpace } from "../model/neurons.ts";

/** Number of neurons at a pruning level (a part of all, e.g. .01): at least one (A19). */
export function sizeAtLevel(space: NeuronSpace, level: number): number {
  if (!(level > 0 && level <= 1)) {
    throw new RangeError(
      `Cannot cut at level ${100 * level} %: expected more than 0 % and at most 100 %`,
    );
  }
  return Math.max(1, Math.round(level * neuronCount(space)));
}

/** Ids of the `size` largest values, the largest first, ties by lower id. Signed (A12). */
export function topNeuronIds(values: Float64Array, size: number): Uint32Array {
  const ids = Uint32Array.from(values, (_, id) => id);
  return ids.sort((a, b) => values[b] - values[a] || a - b).subarray(0, size);
}
