// What follows a product in the same pass, over one block of its output while it is in the cache.
// Blocks [rows, n]; lines of all tensors of the output's shape are `stride` bytes apart.
import { bell, get, madd, normalCdf, normalPdf, put } from "./vector";

/** out[m] ⊙= keep[maskOf[m]]. Traps (and so rejects the next read) where a mask does not exist. */
export function maskBlock(
  out: usize,
  stride: usize,
  keep: usize,
  maskOf: usize,
  masks: i32,
  rows: i32,
  n: i32,
): void {
  for (let m = 0; m < rows; m++) {
    const mask = load<u32>(maskOf + ((<usize> m) << 2));
    if (mask >= <u32> masks) unreachable();
    const by = keep + <usize> mask * stride;
    for (let c = 0; c < n; c += 4) {
      const i = (<usize> c) << 2;
      put(out + i, f32x4.mul(get(out + i, n - c), get(by + i, n - c)), n - c);
    }
    out += stride;
  }
}

/** activated = out Φ(out). */
export function geluBlock(activated: usize, out: usize, stride: usize, rows: i32, n: i32): void {
  const whole = (<usize> (n & ~3)) << 2;
  const left = n & 3;
  for (let m = 0; m < rows; m++) {
    for (let i: usize = 0; i < whole; i += 16) {
      v128.store(activated + i, gelu(v128.load(out + i)));
    }
    if (left) put(activated + whole, gelu(get(out + whole, left)), left);
    activated += stride;
    out += stride;
  }
}

/** dx ⊙= Φ(z) + z φ(z), z the preactivation. */
export function geluSlopeBlock(dx: usize, before: usize, stride: usize, rows: i32, n: i32): void {
  const whole = (<usize> (n & ~3)) << 2;
  const left = n & 3;
  for (let m = 0; m < rows; m++) {
    for (let i: usize = 0; i < whole; i += 16) {
      v128.store(dx + i, f32x4.mul(v128.load(dx + i), slope(v128.load(before + i))));
    }
    if (left) {
      put(dx + whole, f32x4.mul(get(dx + whole, left), slope(get(before + whole, left))), left);
    }
    dx += stride;
    before += stride;
  }
}

@inline
function gelu(x: v128): v128 {
  return f32x4.mul(x, normalCdf(x, bell(x)));
}

@inline
function slope(z: v128): v128 {
  const e = bell(z);
  return madd(z, normalPdf(e), normalCdf(z, e));
}
