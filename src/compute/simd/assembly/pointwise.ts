// Operations that go number by number: activations and their gradients, zeros.
import { share, take } from "./team";
import { bell, get, madd, normalCdf, normalPdf, put } from "./vector";

// @ts-ignore: decorator
@external("env", "tanh")
declare function hyperbolicTangent(x: f64): f64;

const ACTIVATE: i32 = 0;
const SLOPE: i32 = 1;
const TANH_SLOPE: i32 = 2;

/** out = x Φ(x). */
export function gelu(out: usize, x: usize, count: i32): void {
  each(ACTIVATE, out, x, x, count);
}

/** dx = dy ⊙ (Φ(x) + x φ(x)). */
export function geluBackward(dx: usize, dy: usize, x: usize, count: i32): void {
  each(SLOPE, dx, dy, x, count);
}

/** dx = dy ⊙ (1 - y²). */
export function tanhBackward(dx: usize, dy: usize, y: usize, count: i32): void {
  each(TANH_SLOPE, dx, dy, y, count);
}

function each(curve: i32, out: usize, dy: usize, x: usize, count: i32): void {
  const size = share(count, 1024) & ~3;
  for (let first = take() * size; first < count; first = take() * size) {
    const end = min(count, first + size);
    let at = (<usize> first) << 2;
    const whole = (<usize> (end & ~3)) << 2;
    for (; at < whole; at += 16) {
      v128.store(out + at, curved(curve, v128.load(dy + at), v128.load(x + at)));
    }
    const left = end & 3;
    if (left) put(out + at, curved(curve, get(dy + at, left), get(x + at, left)), left);
  }
}

@inline
function curved(curve: i32, dy: v128, x: v128): v128 {
  if (curve == TANH_SLOPE) return f32x4.mul(dy, f32x4.sub(f32x4.splat(1), f32x4.mul(x, x)));
  const e = bell(x);
  const cdf = normalCdf(x, e);
  if (curve == ACTIVATE) return f32x4.mul(x, cdf);
  return f32x4.mul(dy, madd(x, normalPdf(e), cdf));
}

/** out = tanh(x), by the host's function in float64: only poolers need it. */
export function tanh(out: usize, x: usize, count: i32): void {
  const size = share(count, 256);
  for (let first = take() * size; first < count; first = take() * size) {
    const end = min(count, first + size);
    for (let i = first; i < end; i++) {
      const at = (<usize> i) << 2;
      store<f32>(out + at, <f32> hyperbolicTangent(<f64> load<f32>(x + at)));
    }
  }
}

/** out = 0. */
export function zeros(out: usize, count: i32): void {
  const size = share(count, 4096);
  for (let first = take() * size; first < count; first = take() * size) {
    memory.fill(out + ((<usize> first) << 2), 0, (<usize> min(size, count - first)) << 2);
  }
}
