// Activations, alone or with a gate, and their gradients: 0 gelu, 1 gelu-tanh, 2 silu, 3 relu.
import { gelu, slope as geluSlope } from "./epilogue";
import { share, take } from "./team";
import { exp, get, madd, put } from "./vector";

/** out = f(x) (⊙ gate). */
export function activate(out: usize, x: usize, gate: usize, count: i32, name: i32): void {
  const size = share(count, 1024) & ~3;
  for (let first = take() * size; first < count; first = take() * size) {
    const end = min(count, first + size);
    for (let i = first; i < end; i += 4) {
      const at = (<usize> i) << 2;
      const left = end - i;
      let v = value(name, get(x + at, left));
      if (gate) v = f32x4.mul(v, get(gate + at, left));
      put(out + at, v, left);
    }
  }
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
  const size = share(count, 1024) & ~3;
  for (let first = take() * size; first < count; first = take() * size) {
    const end = min(count, first + size);
    for (let i = first; i < end; i += 4) {
      const at = (<usize> i) << 2;
      const left = end - i;
      const before = get(x + at, left);
      const change = get(dout + at, left);
      let v = f32x4.mul(change, slope(name, before));
      if (gate) v = f32x4.mul(v, get(gate + at, left));
      if (dgate) put(dgate + at, f32x4.mul(change, value(name, before)), left);
      put(dx + at, v, left);
    }
  }
}

function value(name: i32, x: v128): v128 {
  if (name == 0) return gelu(x);
  if (name == 1) return f32x4.mul(x, sigmoid(doubled(x)));
  if (name == 2) return f32x4.mul(x, sigmoid(x));
  return f32x4.pmax(x, f32x4.splat(0)); // NaN stays NaN
}

function slope(name: i32, x: v128): v128 {
  if (name == 0) return geluSlope(x);
  if (name == 1) {
    const z = doubled(x);
    const above = sigmoid(z);
    return madd(f32x4.mul(x, above), f32x4.mul(sigmoid(f32x4.neg(z)), doubledSlope(x)), above);
  }
  if (name == 2) {
    const along = f32x4.mul(x, sigmoid(f32x4.neg(x)));
    return f32x4.mul(sigmoid(x), f32x4.add(f32x4.splat(1), along));
  }
  return v128.andnot(f32x4.splat(1), f32x4.le(x, f32x4.splat(0)));
}

/** σ(x), of which the smaller of σ(x) and σ(-x) is 0 where e^-|x| is less than exp() gives. */
@inline
function sigmoid(x: v128): v128 {
  const distance = f32x4.abs(x);
  const small = v128.andnot(
    exp(f32x4.neg(distance), f32x4.splat(0)),
    f32x4.gt(distance, f32x4.splat(87)),
  );
  const one = f32x4.splat(1);
  const above = v128.bitselect(small, one, i32x4.shr_s(x, 31));
  return f32x4.div(above, f32x4.add(one, small));
}

/** 2z, z = √(2/π) (x + 0.044715 x³); beyond |x| = 30 σ(2z) is 0 or 1. */
@inline
function doubled(x: v128): v128 {
  const v = near(x);
  const cubic = madd(f32x4.mul(v, v), f32x4.splat(0.044715), f32x4.splat(1));
  return f32x4.mul(f32x4.mul(v, f32x4.splat(1.5957691216057308)), cubic);
}

/** Its derivative. */
@inline
function doubledSlope(x: v128): v128 {
  const v = near(x);
  const square = madd(f32x4.mul(v, v), f32x4.splat(0.134145), f32x4.splat(1));
  return f32x4.mul(square, f32x4.splat(1.5957691216057308));
}

@inline
function near(x: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(-30)), f32x4.splat(30));
}
