// Rotary position embedding.
import { share, take } from "./team";
import { get, madd, put } from "./vector";

/**
 * Of each group of `depth` columns with halves (a, b): out = (a cos - b sin, b cos + a sin), sin
 * negative if `inverse`. Traps (and so rejects the next read) where a position has no angles.
 */
export function rotate(
  out: usize,
  x: usize,
  angles: usize,
  positions: usize,
  rows: i32,
  width: i32,
  angleRows: i32,
  depth: i32,
  inverse: bool,
): void {
  const stride = (<usize> width) << 2;
  const half = depth >> 1;
  const halfBytes = (<usize> half) << 2;
  const sign = f32x4.splat(inverse ? -1 : 1);
  const size = share(rows, 4);
  for (let first = take() * size; first < rows; first = take() * size) {
    const end = min(rows, first + size);
    for (let row = first; row < end; row++) {
      const position = load<u32>(positions + ((<usize> row) << 2));
      if (position >= <u32> angleRows) unreachable();
      const cosines = angles + <usize> position * 2 * halfBytes;
      const sines = cosines + halfBytes;
      for (let column = 0; column < width; column += depth) {
        const at = <usize> row * stride + ((<usize> column) << 2);
        for (let c = 0; c < half; c += 4) {
          const i = (<usize> c) << 2;
          const left = half - c;
          const cos = get(cosines + i, left);
          const sin = f32x4.mul(get(sines + i, left), sign);
          const a = get(x + at + i, left);
          const b = get(x + at + halfBytes + i, left);
          put(out + at + i, madd(a, cos, f32x4.neg(f32x4.mul(b, sin))), left);
          put(out + at + halfBytes + i, madd(b, cos, f32x4.mul(a, sin)), left);
        }
      }
    }
  }
}
