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
  for (let m = 0; m < rows; m++) {
    for (let c = 0; c < n; c += 4) {
      const i = (<usize> c) << 2;
      const x = get(out + i, n - c);
      put(activated + i, f32x4.mul(x, normalCdf(x, bell(x))), n - c);
    }
    activated += stride;
    out += stride;
  }
}

/** dx ⊙= Φ(z) + z φ(z), z the preactivation. */
export function geluSlopeBlock(dx: usize, before: usize, stride: usize, rows: i32, n: i32): void {
  for (let m = 0; m < rows; m++) {
    for (let c = 0; c < n; c += 4) {
      const i = (<usize> c) << 2;
      const z = get(before + i, n - c);
      const e = bell(z);
      const slope = madd(z, normalPdf(e), normalCdf(z, e));
      put(dx + i, f32x4.mul(get(dx + i, n - c), slope), n - c);
    }
    dx += stride;
    before += stride;
  }
}
