// Softmax attention within each row, one row and head a task, 48 queries' scores at a time.
import { packColumns, packLines } from "./panels";
import { tiles } from "./product";
import { scratch, take } from "./team";
import { exp, get, put, total } from "./vector";

// @ts-ignore: decorator
@external("env", "log")
declare function logarithm(x: f64): f64;

/** Queries whose scores are kept at a time. ../scratch.ts knows. */
const BLOCK: i32 = 48;

/** out = softmax(QKᵀ/√d) V by row and head; lse = log Σ exp of the scores. */
export function attention(
  out: usize,
  lse: usize,
  query: usize,
  key: usize,
  value: usize,
  rowTable: usize,
  rows: i32,
  width: i32,
  heads: i32,
): void {
  const stride = (<usize> width) << 2;
  const depth = width / heads;
  const scale = <f32> (1 / sqrt(<f64> depth));
  for (let task = take(); task < rows * heads; task = take()) {
    const line = rowTable + ((<usize> (task / heads)) << 4);
    const head = task % heads;
    const shift = (<usize> (head * depth)) << 2;
    const keys = load<i32>(line, 4);
    const queries = load<i32>(line, 12);
    const firstKey = <usize> load<u32>(line) * stride + shift;
    const firstQuery = load<u32>(line, 8);
    const padded = (keys + 7) & ~7;
    const keyPanels = scratch;
    const valuePanels = keyPanels + ((<usize> (padded * depth)) << 2);
    const scores = valuePanels + ((<usize> (keys * ((depth + 7) & ~7))) << 2);
    const scoreStride = (<usize> padded) << 2;
    packLines<f32>(keyPanels, key + firstKey, stride, keys, depth);
    packColumns<f32>(valuePanels, value + firstKey, stride, depth, keys);
    for (let first = 0; first < queries; first += BLOCK) {
      const count = min(BLOCK, queries - first);
      const at = <usize> (firstQuery + first) * stride + shift;
      tiles(scores, scoreStride, query + at, stride, keyPanels, 0, 0, count, depth, padded);
      for (let q = 0; q < count; q++) {
        const to = lse + ((<usize> ((firstQuery + first + q) * heads + head)) << 2);
        softmax(scores + <usize> q * scoreStride, keys, padded, scale, to);
      }
      tiles(out + at, stride, scores, scoreStride, valuePanels, 0, 0, count, keys, depth);
    }
  }
}

/** scores = exp(s - max) / Σ, s = scale scores; writes log Σ exp(s). Up to `padded` is its own. */
function softmax(scores: usize, keys: i32, padded: i32, scale: f32, lse: usize): void {
  for (let j = keys; j < padded; j++) store<f32>(scores + ((<usize> j) << 2), -Infinity);
  let highest = f32x4.splat(-Infinity);
  for (let j = 0; j < padded; j += 4) {
    highest = f32x4.pmax(highest, v128.load(scores + ((<usize> j) << 2)));
  }
  const top = scale * max(
    max(f32x4.extract_lane(highest, 0), f32x4.extract_lane(highest, 1)),
    max(f32x4.extract_lane(highest, 2), f32x4.extract_lane(highest, 3)),
  );
  let sum = f32x4.splat(0);
  for (let j = 0; j < padded; j += 4) {
    const at = scores + ((<usize> j) << 2);
    const score = f32x4.mul(v128.load(at), f32x4.splat(scale));
    const power = exp(f32x4.sub(score, f32x4.splat(top)), f32x4.splat(0));
    v128.store(at, power);
    sum = f32x4.add(sum, power);
  }
  const whole = total(sum);
  const inverse = f32x4.splat(1 / whole);
  for (let j = 0; j < padded; j += 4) {
    const at = scores + ((<usize> j) << 2);
    v128.store(at, f32x4.mul(v128.load(at), inverse));
  }
  store<f32>(lse, <f32> (<f64> top + logarithm(<f64> whole)));
}
