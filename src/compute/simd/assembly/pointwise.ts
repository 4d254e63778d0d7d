// Operations that go number by number: activations and their gradients, zeros.
import { share, take } from "./team";
import { bell, get, madd, normalCdf, put } from "./vector";

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
    for (let i = first; i < end; i += 4) {
      const at = (<usize> i) << 2;
      const value = get(x + at, end - i);
      let result: v128;
      if (curve == TANH_SLOPE) {
        const slope = f32x4.sub(f32x4.splat(1), f32x4.mul(value, value));
        result = f32x4.mul(get(dy + at, end - i), slope);
      } else {
        const e = bell(value);
        const cdf = normalCdf(value, e);
        if (curve == ACTIVATE) result = f32x4.mul(value, cdf);
        else {
          const pdf = f32x4.mul(e, f32x4.splat(0.3989422804014327));
          result = f32x4.mul(get(dy + at, end - i), madd(value, pdf, cdf));
        }
      }
      put(out + at, result, end - i);
    }
  }
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
