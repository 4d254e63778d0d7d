// Means of rows and their gradient.
import { share, take } from "./team";
import { get, put } from "./vector";

/**
 * out[r] = Σ x[first + i] / count, i < count, in order; 0 of no rows. Traps (and so rejects the next
 * read) where a row does not exist.
 */
export function meanRows(
  out: usize,
  x: usize,
  groups: usize,
  count: i32,
  xRows: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const chunks = (width + 15) / 16;
  const tasks = chunks * count;
  for (let task = take(); task < tasks; task = take()) {
    const group = task / chunks;
    const from = task % chunks * 16;
    const line = groups + ((<usize> group) << 3);
    const first = load<u32>(line);
    const rows = load<u32>(line, 4);
    if (<u64> first + <u64> rows > <u64> xRows) unreachable();
    const by = f32x4.splat(1 / <f32> max<u32>(rows, 1));
    for (let c = from; c < min(width, from + 16); c += 4) {
      const i = (<usize> c) << 2;
      let sum = f32x4.splat(0);
      let at = x + <usize> first * stride + i;
      for (let r: u32 = 0; r < rows; r++) {
        sum = f32x4.add(sum, get(at, width - c));
        at += stride;
      }
      put(out + <usize> group * stride + i, f32x4.mul(sum, by), width - c);
    }
  }
}

/** dx[m] = dout[r] / count, r = rowOf[m], (first, count) = groups[r]; 0 where m is not of that group. */
export function meanRowsBackward(
  dx: usize,
  dout: usize,
  groups: usize,
  rowOf: usize,
  groupCount: i32,
  rows: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const size = share(rows, 4);
  for (let start = take() * size; start < rows; start = take() * size) {
    const end = min(rows, start + size);
    for (let m = start; m < end; m++) {
      const r = load<u32>(rowOf + ((<usize> m) << 2));
      if (r >= <u32> groupCount) unreachable();
      const first = load<u32>(groups + ((<usize> r) << 3));
      const count = load<u32>(groups + ((<usize> r) << 3), 4);
      const inside = <u32> m >= first && <u32> m < first + count;
      const by = f32x4.splat(1 / <f32> max<u32>(count, 1));
      const to = dx + <usize> m * stride;
      const from = dout + <usize> r * stride;
      if (!inside) memory.fill(to, 0, stride);
      else for (let c = 0; c < width; c += 4) {
        const i = (<usize> c) << 2;
        put(to + i, f32x4.mul(get(from + i, width - c), by), width - c);
      }
    }
  }
}
