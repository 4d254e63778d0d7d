// Agreement of two orders: Spearman's correlation, equal values sharing their mean rank.

/** Ranks from 1 of the least; equal values have the mean of theirs. */
export function ranks(values: Float64Array): Float64Array {
  const sorted = values.toSorted();
  const last = new Map<number, number>(); // last place of a value that stands several times
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] === sorted[i - 1]) last.set(sorted[i], i);
  }
  return values.map((value) => {
    const first = lowerBound(sorted, value);
    return 1 + (first + (last.get(value) ?? first)) / 2;
  });
}

/** Spearman's correlation of what these are the ranks of; NaN where one has all values equal. */
export function spearman(x: Float64Array, y: Float64Array): number {
  const mean = (x.length + 1) / 2;
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i] - mean, y[i] - mean];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

/** Place of the first of the ascending values that is not below `value`. */
function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
