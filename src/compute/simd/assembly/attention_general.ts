// Softmax attention with options: heads of keys that heads of queries share, keys that a query does not
// see, a bias. One row and head a task, 48 queries' scores at a time, over the keys that any sees.
import { biasLine, keysFrom, keysTo, offsetOf, setOptions, within } from "./attention_options";
import { packColumns, packLines } from "./panels";
import { tiles } from "./product";
import { scratch, take } from "./team";
import { exp, total } from "./vector";

// @ts-ignore: decorator
@external("env", "log")
declare function logarithm(x: f64): f64;

/** Queries whose scores are kept at a time. ../scratch.ts knows. */
const BLOCK: i32 = 48;

/** out = softmax(S) V by row and head, S = scale QKᵀ + bias over the keys seen; lse = log Σ exp S. */
export function attentionGeneral(
  out: usize,
  lse: usize,
  query: usize,
  key: usize,
  value: usize,
  rowTable: usize,
  rows: i32,
  heads: i32,
  keyHeads: i32,
  depth: i32,
  scale: f32,
  causal: bool,
  window: i32,
  last: bool,
  bias: usize,
  middle: i32,
): void {
  setOptions(causal, window, last);
  const stride = (<usize> (heads * depth)) << 2;
  const keyStride = (<usize> (keyHeads * depth)) << 2;
  for (let task = take(); task < rows * heads; task = take()) {
    const line = rowTable + ((<usize> (task / heads)) << 4);
    const head = task % heads;
    const shift = (<usize> (head * depth)) << 2;
    const keys = load<i32>(line, 4);
    const queries = load<i32>(line, 12);
    const keyHead = head / (heads / keyHeads);
    const firstKey = <usize> load<u32>(line) * keyStride + ((<usize> (keyHead * depth)) << 2);
    const firstQuery = load<u32>(line, 8);
    const offset = offsetOf(keys, queries);
    const padded = (keys + 7) & ~7;
    const keyPanels = scratch;
    const valuePanels = keyPanels + ((<usize> (padded * depth)) << 2);
    const scores = valuePanels + ((<usize> (keys * ((depth + 7) & ~7))) << 2);
    const scoreStride = (<usize> padded) << 2;
    const added = scores + <usize> BLOCK * scoreStride;
    packLines<f32>(keyPanels, key + firstKey, keyStride, keys, depth);
    packColumns<f32>(valuePanels, value + firstKey, keyStride, depth, keys);
    if (bias) biasLine(added, bias, middle, heads, head, offset, keys, queries, false);
    for (let first = 0; first < queries; first += BLOCK) {
      const count = min(BLOCK, queries - first);
      const at = <usize> (firstQuery + first) * stride + shift;
      const from = keysFrom(first + offset) & ~7; // whole panels
      const to = keysTo(first + count - 1 + offset, keys);
      const wide = (to - from + 7) & ~7;
      const panels = keyPanels + ((<usize> (from * depth)) << 2);
      tiles(scores, scoreStride, query + at, stride, panels, 0, 0, count, depth, wide);
      for (let q = 0; q < count; q++) {
        const place = first + q + offset;
        const plus = bias ? added + ((<usize> (from - (first + q) + queries - 1)) << 2) : 0;
        const level = lse + ((<usize> ((firstQuery + first + q) * heads + head)) << 2);
        const line = scores + <usize> q * scoreStride;
        softmax(line, wide, keysFrom(place) - from, keysTo(place, keys) - from, scale, plus, level);
      }
      for (let c = 0; c < depth; c += 8) { // a panel of values at a time: from is within it
        const left = ((<usize> c) << 2) + at;
        const panel = valuePanels + ((<usize> (c * keys)) << 2) + ((<usize> from) << 5);
        const columns = min(8, depth - c);
        tiles(out + left, stride, scores, scoreStride, panel, 0, 0, count, to - from, columns);
      }
    }
  }
}

/**
 * scores [wide] = exp(s - max) / Σ from `from` to `to`, else 0, s = scale scores + plus; writes log Σ
 * exp(s).
 */
export function softmax(
  scores: usize,
  wide: i32,
  from: i32,
  to: i32,
  scale: f32,
  plus: usize,
  lse: usize,
): void {
  const by = f32x4.splat(scale);
  const nothing = f32x4.splat(-Infinity);
  let highest = nothing;
  for (let j = 0; j < wide; j += 4) {
    const i = (<usize> j) << 2;
    let score = f32x4.mul(v128.load(scores + i), by);
    if (plus) score = f32x4.add(score, v128.load(plus + i));
    score = v128.bitselect(score, nothing, within(j, from, to));
    highest = f32x4.pmax(highest, score);
    v128.store(scores + i, score);
  }
  const top = max(
    max(f32x4.extract_lane(highest, 0), f32x4.extract_lane(highest, 1)),
    max(f32x4.extract_lane(highest, 2), f32x4.extract_lane(highest, 3)),
  );
  let sum = f32x4.splat(0);
  for (let j = 0; j < wide; j += 4) {
    const at = scores + ((<usize> j) << 2);
    const power = exp(f32x4.sub(v128.load(at), f32x4.splat(top)), f32x4.splat(0));
    const kept = v128.and(power, within(j, from, to)); // exp() is never 0
    v128.store(at, kept);
    sum = f32x4.add(sum, kept);
  }
  const whole = total(sum);
  const inverse = f32x4.splat(1 / whole);
  for (let j = 0; j < wide; j += 4) {
    const at = scores + ((<usize> j) << 2);
    v128.store(at, f32x4.mul(v128.load(at), inverse));
  }
  store<f32>(lse, <f32> (<f64> top + logarithm(<f64> whole)));
}
