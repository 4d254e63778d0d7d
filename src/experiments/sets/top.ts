/** The strongest neurons, found faster than by ordering all of them. */

/** Ids of the `size` largest values, ascending; of equal values those of lower id (A19). */
export function topIds(values: Float64Array, size: number): Uint32Array {
  const threshold = values.toSorted()[values.length - size];
  let ties = size;
  for (const value of values) if (value > threshold) ties--;
  const ids = new Uint32Array(size);
  let count = 0;
  for (let id = 0; count < size; id++) {
    if (values[id] > threshold || values[id] === threshold && ties-- > 0) ids[count++] = id;
  }
  return ids;
}

/**
 * For every neuron the index of the first of the ascending `sizes` at which it is among the
 * strongest; `sizes.length` where it never is.
 */
export function entryOf(values: Float64Array, sizes: readonly number[]): Uint16Array {
  const sorted = values.toSorted();
  const last = sorted.length;
  const thresholds = sizes.map((size) => sorted[last - size]);
  if (sizes.some((size, i) => size < last && sorted[last - size - 1] === thresholds[i])) {
    const entry = new Uint16Array(last).fill(sizes.length);
    for (let i = sizes.length - 1; i >= 0; i--) {
      for (const id of topIds(values, sizes[i])) entry[id] = i;
    }
    return entry; // equal values on both sides of a cut: who is in depends on the id
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
