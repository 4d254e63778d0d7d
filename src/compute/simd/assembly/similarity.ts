// Similarities of pairs of rows and their gradient.
import { take } from "./team";
import { get, madd, put, total } from "./vector";

/** The least length that a vector is divided by. */
const LEAST: f32 = 1e-12;

/** u·v of two rows. */
@inline
function dot(u: usize, v: usize, width: i32): f32 {
  let sum = f32x4.splat(0);
  for (let c = 0; c < width; c += 4) {
    const i = (<usize> c) << 2;
    sum = madd(get(u + i, width - c), get(v + i, width - c), sum);
  }
  return total(sum);
}

@inline
function length(u: usize, width: i32): f32 {
  return max<f32>(sqrt<f32>(dot(u, u, width)), LEAST);
}

/** out[r] = u·v, or u·v / (|u| |v|) if `cosine`; u = x[2r], v = x[2r + 1]. */
export function similarity(out: usize, x: usize, rows: i32, width: i32, cosine: bool): void {
  const stride = (<usize> width) << 2;
  for (let r = take(); r < rows; r = take()) {
    const u = x + 2 * <usize> r * stride;
    const v = u + stride;
    let value = dot(u, v, width);
    if (cosine) value = value / length(u, width) / length(v, width);
    store<f32>(out + ((<usize> r) << 2), value);
  }
}

/** du = dout v, or dout (v̂ - s û) / |u|, where |u| is more than the least; dv likewise. */
export function similarityBackward(
  dx: usize,
  dout: usize,
  x: usize,
  rows: i32,
  width: i32,
  cosine: bool,
): void {
  const stride = (<usize> width) << 2;
  for (let r = take(); r < rows; r = take()) {
    const first = 2 * <usize> r * stride;
    const u = x + first;
    const v = u + stride;
    let a: f32 = 1;
    let b: f32 = 1;
    let s: f32 = 0;
    if (cosine) {
      a = length(u, width);
      b = length(v, width);
      s = dot(u, v, width) / a / b;
    }
    const d = f32x4.splat(load<f32>(dout + ((<usize> r) << 2)));
    const byA = f32x4.splat(a);
    const byB = f32x4.splat(b);
    const su = f32x4.splat(a > LEAST ? s : 0);
    const sv = f32x4.splat(b > LEAST ? s : 0);
    for (let c = 0; c < width; c += 4) {
      const i = (<usize> c) << 2;
      const left = width - c;
      const x1 = f32x4.div(get(u + i, left), byA);
      const x2 = f32x4.div(get(v + i, left), byB);
      const d1 = f32x4.sub(x2, f32x4.mul(su, x1));
      const d2 = f32x4.sub(x1, f32x4.mul(sv, x2));
      put(dx + first + i, f32x4.div(f32x4.mul(d, d1), byA), left);
      put(dx + first + stride + i, f32x4.div(f32x4.mul(d, d2), byB), left);
    }
  }
}
