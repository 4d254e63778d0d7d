// Weights of words in a text, and their gradient.
import { share, take } from "./team";
import { exp, get, put } from "./vector";

// @ts-ignore: decorator
@external("env", "log")
declare function logarithm(x: f64): f64;

/** log(1 + z) of z > 0, else 0. */
function weightOf(z: f32): f32 {
  return z > 0 ? <f32> logarithm(1 + <f64> z) : 0;
}

/**
 * out[r] = log(1 + max(0, max_i x[first + i])), i < count, from[r] the first i that reaches the maximum. Traps
 * where a row does not exist.
 */
export function termWeights(
  out: usize,
  from: usize,
  x: usize,
  groups: usize,
  count: i32,
  xRows: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const chunks = (width + 63) / 64;
  const tasks = chunks * count;
  for (let task = take(); task < tasks; task = take()) {
    const group = task / chunks;
    const start = task % chunks * 64;
    const line = groups + ((<usize> group) << 3);
    const first = load<u32>(line);
    const rows = load<u32>(line, 4);
    if (<u64> first + <u64> rows > <u64> xRows) unreachable();
    for (let c = start; c < min(width, start + 64); c += 4) {
      const i = (<usize> c) << 2;
      let highest = f32x4.splat(-Infinity);
      let place = f32x4.splat(0);
      let at = x + <usize> first * stride + i;
      for (let r: u32 = 0; r < rows; r++) {
        const value = get(at, width - c);
        const higher = f32x4.gt(value, highest);
        highest = v128.bitselect(value, highest, higher);
        place = v128.bitselect(f32x4.splat(<f32> r), place, higher);
        at += stride;
      }
      const weights = f32x4(
        weightOf(f32x4.extract_lane(highest, 0)),
        weightOf(f32x4.extract_lane(highest, 1)),
        weightOf(f32x4.extract_lane(highest, 2)),
        weightOf(f32x4.extract_lane(highest, 3)),
      );
      put(out + <usize> group * stride + i, weights, width - c);
      put(from + <usize> group * stride + i, place, width - c);
    }
  }
}

/** dx[m] = dout[r] exp(-out[r]) where m = first + from[r] and out[r] > 0, else 0; r = rowOf[m]. */
export function termWeightsBackward(
  dx: usize,
  dout: usize,
  out: usize,
  from: usize,
  groups: usize,
  rowOf: usize,
  groupCount: i32,
  rows: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const size = share(rows, 1);
  const zero = f32x4.splat(0);
  for (let start = take() * size; start < rows; start = take() * size) {
    const end = min(rows, start + size);
    for (let m = start; m < end; m++) {
      const r = load<u32>(rowOf + ((<usize> m) << 2));
      if (r >= <u32> groupCount) unreachable();
      const place = f32x4.splat(<f32> (<u32> m - load<u32>(groups + ((<usize> r) << 3))));
      const shift = <usize> r * stride;
      for (let c = 0; c < width; c += 4) {
        const i = (<usize> c) << 2;
        const left = width - c;
        const weight = get(out + shift + i, left);
        const here = f32x4.eq(get(from + shift + i, left), place);
        const reached = v128.and(here, f32x4.gt(weight, zero));
        let slope = zero;
        if (v128.any_true(reached)) {
          slope = f32x4.mul(get(dout + shift + i, left), exp(f32x4.neg(weight), zero));
          slope = v128.and(slope, reached);
        }
        put(dx + <usize> m * stride + i, slope, left);
      }
    }
  }
}
