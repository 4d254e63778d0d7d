// Operations that go number by number: a sum, tanh and its gradient, zeros.
import { share, take } from "./team";
import { get, put } from "./vector";

// @ts-ignore: decorator
@external("env", "tanh")
declare function hyperbolicTangent(x: f64): f64;

/** dx = dy ⊙ (1 - y²). */
export function tanhBackward(dx: usize, dy: usize, y: usize, count: i32): void {
  const size = share(count, 1024) & ~3;
  for (let first = take() * size; first < count; first = take() * size) {
    const end = min(count, first + size);
    let at = (<usize> first) << 2;
    const whole = (<usize> (end & ~3)) << 2;
    for (; at < whole; at += 16) {
      v128.store(dx + at, slope(v128.load(dy + at), v128.load(y + at)));
    }
    const left = end & 3;
    if (left) put(dx + at, slope(get(dy + at, left), get(y + at, left)), left);
  }
}

@inline
function slope(dy: v128, y: v128): v128 {
  return f32x4.mul(dy, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)));
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

/** out = x + y. */
export function add(out: usize, x: usize, y: usize, count: i32): void {
  const size = share(count, 1024) & ~3;
  for (let first = take() * size; first < count; first = take() * size) {
    const end = min(count, first + size);
    for (let i = first; i < end; i += 4) {
      const at = (<usize> i) << 2;
      put(out + at, f32x4.add(get(x + at, end - i), get(y + at, end - i)), end - i);
    }
  }
}

/** out = x / y, and 0 where y is 0. */
export function divide(out: usize, x: usize, y: usize, count: i32): void {
  const size = share(count, 1024) & ~3;
  for (let first = take() * size; first < count; first = take() * size) {
    const end = min(count, first + size);
    for (let i = first; i < end; i += 4) {
      const at = (<usize> i) << 2;
      const by = get(y + at, end - i);
      const isZero = f32x4.eq(by, f32x4.splat(0));
      const quotient = f32x4.div(get(x + at, end - i), by);
      put(out + at, v128.andnot(quotient, isZero), end - i);
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
