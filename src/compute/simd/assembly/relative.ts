// What attention with relative positions is made of: the buckets that a row's distances reach, masked
// lines of one head, and scores by bucket.
import { get, put } from "./vector";

/** The least bucket that the row's distances reach. */
export let lowest: i32 = 0;

/**
 * How many buckets there are from the least to the greatest that the distances from `from` to `to`
 * reach. Traps (and so rejects the next read) where a bucket has no line in the tables.
 */
export function reachedBuckets(bucketOf: usize, middle: i32, from: i32, to: i32, buckets: i32): i32 {
  let least = buckets;
  let most = 0;
  for (let distance = from; distance <= to; distance++) {
    const bucket = load<i32>(bucketOf + ((<usize> (middle + distance)) << 2));
    if (<u32> bucket >= <u32> buckets) unreachable();
    least = min(least, bucket);
    most = max(most, bucket);
  }
  lowest = least;
  return most - least + 1;
}

/** Where the kept numbers of a row begin. Traps where a mask does not exist. */
@inline
function keptOf(keep: usize, maskOf: usize, masks: i32, row: i32, stride: usize): usize {
  const mask = load<u32>(maskOf + ((<usize> row) << 2));
  if (mask >= <u32> masks) unreachable();
  return keep + <usize> mask * stride;
}

/**
 * to [rows, depth] = a head's lines ⊙ keep. `from` and `keep` begin at the head's numbers, `maskOf` at
 * the first row; lines are `stride` bytes apart.
 */
export function maskLines(
  to: usize,
  from: usize,
  stride: usize,
  keep: usize,
  maskOf: usize,
  masks: i32,
  rows: i32,
  depth: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const by = keptOf(keep, maskOf, masks, row, stride);
    for (let c = 0; c < depth; c += 4) {
      const i = (<usize> c) << 2;
      put(to + i, f32x4.mul(get(from + i, depth - c), get(by + i, depth - c)), depth - c);
    }
    from += stride;
    to += (<usize> depth) << 2;
  }
}

/** to += x [rows, depth] (⊙ keep), the lines of x `xStride` bytes apart; others as in maskLines. */
export function addLines(
  to: usize,
  x: usize,
  xStride: usize,
  stride: usize,
  keep: usize,
  maskOf: usize,
  masks: i32,
  rows: i32,
  depth: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const by = keep ? keptOf(keep, maskOf, masks, row, stride) : 0;
    for (let c = 0; c < depth; c += 4) {
      const i = (<usize> c) << 2;
      let v = get(x + i, depth - c);
      if (keep) v = f32x4.mul(v, get(by + i, depth - c));
      put(to + i, f32x4.add(get(to + i, depth - c), v), depth - c);
    }
    to += stride;
    x += xStride;
  }
}
