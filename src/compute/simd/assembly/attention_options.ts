// Which keys attention's options let a query see, and the bias of a head as a line for vectors to read.
// Twin: ../../attention_plan.ts. A query's place is its own number plus the row's offset.

let causal: bool = false;
let window: i32 = 0;
let last: bool = false;

/** The options of the attention that runs now. */
export function setOptions(noLater: bool, reach: i32, fromEnd: bool): void {
  causal = noLater;
  window = reach;
  last = fromEnd;
}

/** The place of a row's first query. */
export function offsetOf(keys: i32, queries: i32): i32 {
  return last ? keys - queries : 0;
}

/** The first key that the query at a place sees. */
export function keysFrom(place: i32): i32 {
  return max(0, place - window);
}

/** The first key after those that the query at a place sees. */
export function keysTo(place: i32, keys: i32): i32 {
  const ahead = causal ? 0 : min(window, keys);
  return min(keys, place + 1 + ahead);
}

/** The first query that sees key j. */
export function queriesFrom(j: i32, offset: i32): i32 {
  return max(0, (causal ? j : j - window) - offset);
}

/** The first query after those that see key j. */
export function queriesTo(j: i32, offset: i32, keys: i32, queries: i32): i32 {
  return min(queries, j + 1 + min(window, keys + queries) - offset);
}

/**
 * The bias of a head, from line `middle` + j - i where key j meets place i: to[j - q + queries - 1] for
 * query q of a row, or if `turned` to[q - j + keys - 1].
 */
export function biasLine(
  to: usize,
  bias: usize,
  middle: i32,
  heads: i32,
  head: i32,
  offset: i32,
  keys: i32,
  queries: i32,
  turned: bool,
): void {
  for (let t = 0; t < keys + queries - 1; t++) {
    const ahead = turned ? keys - 1 - t : t - (queries - 1); // j - q
    const line = middle + ahead - offset;
    const at = bias + ((<usize> (line * heads + head)) << 2);
    store<f32>(to + ((<usize> t) << 2), load<f32>(at));
  }
}

/** Ones in the lanes of four neighbours from `at` that lie in [from, to). */
@inline
export function within(at: i32, from: i32, to: i32): v128 {
  const lanes = i32x4.add(i32x4.splat(at), i32x4(0, 1, 2, 3));
  return v128.and(i32x4.ge_s(lanes, i32x4.splat(from)), i32x4.lt_s(lanes, i32x4.splat(to)));
}
