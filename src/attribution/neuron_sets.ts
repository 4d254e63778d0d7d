/** Neuron sets: the strongest neurons of a scheme. */

import { neuronCount, neuronName, neuronOf, type NeuronSpace } from "../model/neurons.ts";

/**
 * Number of neurons at a pruning level (a part of all, e.g. .01): at least one. Where `values` are
 * given, neurons whose value is NaN do not count: in a scheme towards a unit they are not below that unit.
 */
export function sizeAtLevel(space: NeuronSpace, level: number, values?: Float64Array): number {
  if (!(level > 0 && level <= 1)) {
    throw new RangeError(
      `Cannot cut at level ${100 * level} %: expected more than 0 % and at most 100 %`,
    );
  }
  const all = values ? values.length - nanCount(values) : neuronCount(space);
  return Math.max(1, Math.round(level * all));
}

/** How many values are NaN. */
export function nanCount(values: Float64Array): number {
  let count = 0;
  for (const value of values) if (value !== value) count++;
  return count;
}

/**
 * Ids of the `size` largest values with their sign, the largest first; of equal values the lower id comes
 * first. NaN is never among them.
 */
export function topNeuronIds(values: Float64Array, size: number): Uint32Array {
  const sorted = values.toSorted(); // NaN last
  const present = values.length - nanCount(values);
  const ids = new Uint32Array(Math.min(size, present));
  const threshold = sorted[present - ids.length];
  let ties = ids.length; // how many of the values that equal the threshold are taken
  for (const value of values) if (value > threshold) ties--;
  let count = 0;
  for (let id = 0; id < values.length && count < ids.length; id++) {
    if (values[id] > threshold || values[id] === threshold && ties-- > 0) ids[count++] = id;
  }
  return ids.sort((a, b) => values[b] - values[a] || a - b);
}

/**
 * Names of the strongest neurons, e.g. `7.value.312`, the strongest first: those of the largest
 * (signed) conductance of a pair, or of the largest mean conductance of a scheme.
 *
 * `count`: how many; or `level`: the part of all neurons, .01 for 1 %. Neurons whose value is NaN, as those
 * not below the unit of `towards`, are left out of both.
 *
 * @throws {RangeError} for a count that is no positive integer, a level outside ]0, 1].
 */
export function topNeurons(
  scored:
    & { readonly space: NeuronSpace }
    & ({ readonly conductance: Float64Array } | { readonly mean: Float64Array }),
  size: { readonly count: number } | { readonly level: number },
): readonly string[] {
  const { space } = scored;
  const values = "mean" in scored ? scored.mean : scored.conductance;
  const count = "level" in size ? sizeAtLevel(space, size.level, values) : size.count;
  if (!(Number.isInteger(count) && count > 0)) {
    throw new RangeError(`Cannot take ${count} neurons: expected a positive integer`);
  }
  return Array.from(topNeuronIds(values, count), (id) => neuronName(neuronOf(space, id)));
}
