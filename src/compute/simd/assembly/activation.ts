// Activations, alone or with a gate, and their gradients: 0 gelu, 1 gelu-tanh, 2 silu, 3 relu. Loops are
// written once and inlined for each name, a constant there.
import { share, take } from "./team";
import { bell, exp, get, madd, normalCdf, normalPdf, put } from "./vector";

// Loaded, not written in place: vector.ts says why.
const constants = memory.data<f32>([1, 87, 30, -30, 0.044715, 0.134145, 1.5957691216057308]);

@inline
function constant(i: usize): v128 {
  return v128.load32_splat(constants + 4 * i);
}

/** out = f(x) (⊙ gate). */
export function activate(out: usize, x: usize, gate: usize, count: i32, name: i32): void {
  if (name == 0) forward(out, x, gate, count, 0);
  else if (name == 1) forward(out, x, gate, count, 1);
  else if (name == 2) forward(out, x, gate, count, 2);
  else forward(out, x, gate, count, 3);
}

/** dx = dout ⊙ f'(x) (⊙ gate); dgate = dout ⊙ f(x) where there is one. */
export function activateBackward(
  dx: usize,
  dout: usize,
  x: usize,
  gate: usize,
  dgate: usize,
  count: i32,
  name: i32,
): void {
  if (name == 0) backward(dx, dout, x, gate, dgate, count, 0);
  else if (name == 1) backward(dx, dout, x, gate, dgate, count, 1);
  else if (name == 2) backward(dx, dout, x, gate, dgate, count, 2);
  else backward(dx, dout, x, gate, dgate, count, 3);
}

@inline
function forward(out: usize, x: usize, gate: usize, count: i32, name: i32): void {
  const size = share(count, 1024) & ~3;
  for (let first = take() * size; first < count; first = take() * size) {
    const end = min(count, first + size);
    let at = (<usize> first) << 2;
    const whole = (<usize> (end & ~3)) << 2;
    for (; at < whole; at += 16) value(out + at, x + at, gate ? gate + at : 0, 4, name);
    const left = end & 3;
    if (left) value(out + at, x + at, gate ? gate + at : 0, left, name);
  }
}

@inline
function backward(
  dx: usize,
  dout: usize,
  x: usize,
  gate: usize,
  dgate: usize,
  count: i32,
  name: i32,
): void {
  const size = share(count, 1024) & ~3;
  for (let first = take() * size; first < count; first = take() * size) {
    const end = min(count, first + size);
    let at = (<usize> first) << 2;
    const whole = (<usize> (end & ~3)) << 2;
    for (; at < whole; at += 16) {
      slope(dx + at, dout + at, x + at, gate ? gate + at : 0, dgate ? dgate + at : 0, 4, name);
    }
    const left = end & 3;
    if (left) {
      slope(dx + at, dout + at, x + at, gate ? gate + at : 0, dgate ? dgate + at : 0, left, name);
    }
  }
}

/** Four numbers, or the first `left`. */
@inline
function value(out: usize, from: usize, gate: usize, left: i32, name: i32): void {
  const x = get(from, left);
  let v: v128;
  if (name == 0) v = f32x4.mul(x, normalCdf(x, bell(x)));
  else if (name == 3) v = f32x4.pmax(x, f32x4.splat(0)); // NaN stays NaN
  else {
    const z = name == 1 ? doubled(x) : x;
    const small = distant(z);
    v = f32x4.mul(x, f32x4.div(larger(z, small), f32x4.add(constant(0), small)));
  }
  if (gate) v = f32x4.mul(v, get(gate, left));
  put(out, v, left);
}

/** The same, f(x) and f'(x) from one exponential. */
@inline
function slope(
  dx: usize,
  dout: usize,
  from: usize,
  gate: usize,
  dgate: usize,
  left: i32,
  name: i32,
): void {
  const x = get(from, left);
  const change = get(dout, left);
  const one = constant(0);
  let f: v128;
  let by: v128;
  if (name == 0) {
    const e = bell(x);
    const phi = normalCdf(x, e);
    f = f32x4.mul(x, phi);
    by = madd(x, normalPdf(e), phi);
  } else if (name == 3) {
    f = f32x4.pmax(x, f32x4.splat(0));
    by = v128.andnot(one, f32x4.le(x, f32x4.splat(0)));
  } else {
    const z = name == 1 ? doubled(x) : x;
    const small = distant(z);
    const whole = f32x4.add(one, small);
    const above = f32x4.div(larger(z, small), whole); // σ(z)
    const below = f32x4.div(larger(f32x4.neg(z), small), whole); // σ(-z)
    f = f32x4.mul(x, above);
    by = madd(f, name == 1 ? f32x4.mul(below, doubledSlope(x)) : below, above);
  }
  let v = f32x4.mul(change, by);
  if (gate) v = f32x4.mul(v, get(gate, left));
  if (dgate) put(dgate, f32x4.mul(change, f), left);
  put(dx, v, left);
}

/** e^-|z|; 0 where that is less than exp() gives. σ(z) = (z < 0 ? e^-|z| : 1) / (1 + e^-|z|). */
@inline
function distant(z: v128): v128 {
  const distance = f32x4.abs(z);
  const small = exp(f32x4.neg(distance), f32x4.splat(0));
  return v128.andnot(small, f32x4.gt(distance, constant(1)));
}

@inline
function larger(z: v128, small: v128): v128 {
  return v128.bitselect(small, constant(0), i32x4.shr_s(z, 31));
}

/** 2z, z = √(2/π) (x + 0.044715 x³); beyond |x| = 30 σ(2z) is 0 or 1. */
@inline
function doubled(x: v128): v128 {
  const v = near(x);
  const cubic = madd(f32x4.mul(v, v), constant(4), constant(0));
  return f32x4.mul(f32x4.mul(v, constant(6)), cubic);
}

/** Its derivative. */
@inline
function doubledSlope(x: v128): v128 {
  const v = near(x);
  return f32x4.mul(madd(f32x4.mul(v, v), constant(5), constant(0)), constant(6));
}

@inline
function near(x: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, constant(3)), constant(2));
}
