/** At which of several sizes of a set of the strongest neurons each neuron is first a member. */

import { nanCount, topNeuronIds } from "../../attribution/neuron_sets.ts";

/**
 * For every neuron the index of the first of the ascending `sizes` at which it is among the
 * strongest; `sizes.length` where it never is.
 */
export function entryOf(values: Float64Array, sizes: readonly number[]): Uint16Array {
  const sorted = values.toSorted(); // NaN, which never enters, last
  const last = sorted.length - nanCount(values);
  const thresholds = sizes.map((size) => sorted[Math.max(0, last - size)]);
  if (sizes.some((size, i) => size < last && sorted[last - size - 1] === thresholds[i])) {
    const entry = new Uint16Array(values.length).fill(sizes.length);
    for (let i = sizes.length - 1; i >= 0; i--) {
      for (const id of topNeuronIds(values, sizes[i])) entry[id] = i;
    }
    return entry; // equal values lie on both sides of a size: their ids decide which are members
  }
  return Uint16Array.from(values, (value) => {
    let [low, high] = [0, thresholds.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value >= thresholds[middle]) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}
