// Operations that select, mask and sum rows.
import { maskBlock } from "./epilogue";
import { share, take } from "./team";
import { get, put } from "./vector";

/** out[r] = x[index[r]]. Traps (and so rejects the next read) where a row does not exist. */
export function takeRows(
  out: usize,
  x: usize,
  index: usize,
  rows: i32,
  xRows: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const size = share(rows, 4);
  for (let first = take() * size; first < rows; first = take() * size) {
    const end = min(rows, first + size);
    for (let r = first; r < end; r++) {
      const from = load<u32>(index + ((<usize> r) << 2));
      if (from >= <u32> xRows) unreachable();
      memory.copy(out + <usize> r * stride, x + <usize> from * stride, stride);
    }
  }
}

/** dx[index[r]] += dy[r]. */
export function addRows(
  dx: usize,
  dy: usize,
  index: usize,
  rows: i32,
  dxRows: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const size = share(rows, 4);
  for (let first = take() * size; first < rows; first = take() * size) {
    const end = min(rows, first + size);
    for (let r = first; r < end; r++) {
      const row = load<u32>(index + ((<usize> r) << 2));
      if (row >= <u32> dxRows) unreachable();
      const to = dx + <usize> row * stride;
      const from = dy + <usize> r * stride;
      for (let c = 0; c < width; c += 4) {
        const i = (<usize> c) << 2;
        put(to + i, f32x4.add(get(to + i, width - c), get(from + i, width - c)), width - c);
      }
    }
  }
}

/** x[m] ⊙= keep[maskOf[m]]. */
export function mask(
  x: usize,
  keep: usize,
  maskOf: usize,
  rows: i32,
  masks: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const size = share(rows, 4);
  for (let first = take() * size; first < rows; first = take() * size) {
    const count = min(rows - first, size);
    const to = x + <usize> first * stride;
    maskBlock(to, stride, keep, maskOf + ((<usize> first) << 2), masks, count, width);
  }
}

/** out[r] = Σ of the columns of x[r], summed in float64. */
export function sumColumns(out: usize, x: usize, rows: i32, width: i32): void {
  const size = share(rows, 4);
  for (let first = take() * size; first < rows; first = take() * size) {
    const end = min(rows, first + size);
    for (let r = first; r < end; r++) {
      const row = x + (<usize> r) * ((<usize> width) << 2);
      let even = f64x2.splat(0);
      let odd = f64x2.splat(0);
      for (let c = 0; c < width; c += 4) {
        const v = get(row + ((<usize> c) << 2), width - c);
        even = f64x2.add(even, low(v));
        odd = f64x2.add(odd, high(v));
      }
      const sum = f64x2.add(even, odd);
      const value = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
      store<f32>(out + ((<usize> r) << 2), <f32> value);
    }
  }
}

/** out[g] (+)= Σ x[first + i], i < count, in order: as if it were summed at once, however it is cut. */
export function sumRows(
  out: usize,
  x: usize,
  groups: usize,
  count: i32,
  width: i32,
  accumulate: bool,
): void {
  const stride = (<usize> width) << 2;
  const chunks = (width + 15) / 16;
  const tasks = chunks * count;
  for (let task = take(); task < tasks; task = take()) {
    const group = task / chunks;
    const from = task % chunks * 16;
    const line = groups + ((<usize> group) << 3);
    const first = x + <usize> load<u32>(line) * stride;
    const rows = load<u32>(line, 4);
    for (let c = from; c < min(width, from + 16); c += 4) {
      const i = (<usize> c) << 2;
      const to = out + <usize> group * stride + i;
      let sum = accumulate ? get(to, width - c) : f32x4.splat(0);
      let at = first + i;
      for (let r: u32 = 0; r < rows; r++) {
        sum = f32x4.add(sum, get(at, width - c));
        at += stride;
      }
      put(to, sum, width - c);
    }
  }
}

@inline
function low(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

@inline
function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(v, v, 1, 1));
}
