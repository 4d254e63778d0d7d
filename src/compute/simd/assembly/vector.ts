// Four float32 at a time: a b + c, exp, the normal distribution, and the ends of rows.

/** a b + c; fused where the build may (relaxed SIMD). */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (RELAXED) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// Constants are loaded, not written in place: the engine would build each one anew in every step of
// a loop, and a load from an address known at compile time is not checked.
const constants = memory.data<f32>([
  // exp: bounds, 1 / ln 2, ln 2 in two parts (0.693359375 n is exact), polynomial (Cephes, expf)
  -87, 88, 1.44269504088896341, -0.693359375, 2.12194440e-4,
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
  5.0000001201e-1, 1, -0.5,
  // Φ: t, then h(t), the highest power first
  0.2625, 0.03074564536595356, -0.14881109369975168, 0.23476286624855225, -0.13339308308400252,
  0.14913937565137833, 0.05584887265233619, 0.10281864440480906, 0.10413887949959665,
  0.10474988420995038,
  // φ: 1 / √(2π)
  0.3989422804014327,
  14, // beyond, exp(-x²/2) is less than float32 can tell from 0
]);
const integers = memory.data<i32>([127, 0xfffff000]);

@inline
function constant(i: usize): v128 {
  return v128.load32_splat(constants + 4 * i);
}

/** exp(y + rest), |rest| small: 1e-7 of the result. Below e⁻⁸⁷ it stays there. */
@inline
export function exp(y: v128, rest: v128): v128 {
  y = f32x4.pmin(f32x4.pmax(y, constant(0)), constant(1));
  const n = f32x4.nearest(f32x4.mul(y, constant(2)));
  let r = madd(n, constant(3), y);
  r = f32x4.add(madd(n, constant(4), r), rest);
  let p = madd(constant(5), r, constant(6));
  p = madd(p, r, constant(7));
  p = madd(p, r, constant(8));
  p = madd(p, r, constant(9));
  p = madd(p, r, constant(10));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), constant(11));
  const power = i32x4.add(toInteger(n), v128.load32_splat(integers));
  return f32x4.mul(p, i32x4.shl(power, 23));
}

@inline
function toInteger(n: v128): v128 {
  if (RELAXED) return i32x4.relaxed_trunc_f32x4_s(n);
  return i32x4.trunc_sat_f32x4_s(n);
}

/** exp(-x²/2), relative error 2e-7 where it is not denormal: the square is taken in two parts. */
@inline
export function bell(x: v128): v128 {
  x = f32x4.pmin(f32x4.abs(x), constant(24));
  const high = v128.and(x, v128.load32_splat(integers + 4)); // 12 bits: its square is exact
  const rest = f32x4.mul(f32x4.sub(x, high), f32x4.add(x, high));
  const half = constant(12);
  return exp(f32x4.mul(f32x4.mul(high, high), half), f32x4.mul(rest, half));
}

/** φ(x), given e = exp(-x²/2). */
@inline
export function normalPdf(e: v128): v128 {
  return f32x4.mul(e, constant(23));
}

/**
 * Φ(x), given e = exp(-x²/2); relative error below 1e-6 on both sides down to x = -13.
 * Φ(-a) = e t h(t), t = 1 / (1 + 0.2625 a), a ≥ 0: h fitted to erfcx(a/√2) / 2t, error 2e-8.
 */
@inline
export function normalCdf(x: v128, e: v128): v128 {
  const one = constant(11);
  const t = f32x4.div(one, madd(f32x4.abs(x), constant(13), one));
  let h = madd(constant(14), t, constant(15));
  h = madd(h, t, constant(16));
  h = madd(h, t, constant(17));
  h = madd(h, t, constant(18));
  h = madd(h, t, constant(19));
  h = madd(h, t, constant(20));
  h = madd(h, t, constant(21));
  h = madd(h, t, constant(22));
  const tail = f32x4.mul(f32x4.mul(e, t), h);
  return v128.bitselect(tail, f32x4.sub(one, tail), i32x4.shr_s(x, 31));
}

/** The sum of the four numbers, in a fixed order. */
@inline
export function total(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** Four numbers, or the first `left` < 4 of them and zeros: what ends a row belongs to another. */
@inline
export function get(from: usize, left: i32): v128 {
  return left >= 4 ? v128.load(from) : getSome(from, left);
}

function getSome(from: usize, left: i32): v128 {
  let v = v128.load32_zero(from);
  if (left > 1) v = f32x4.replace_lane(v, 1, load<f32>(from, 4));
  if (left > 2) v = f32x4.replace_lane(v, 2, load<f32>(from, 8));
  return v;
}

/** Writes four numbers, or the first `left` of them. */
@inline
export function put(to: usize, v: v128, left: i32): void {
  if (left >= 4) v128.store(to, v);
  else putSome(to, v, left);
}

function putSome(to: usize, v: v128, left: i32): void {
  store<f32>(to, f32x4.extract_lane(v, 0));
  if (left > 1) store<f32>(to, f32x4.extract_lane(v, 1), 4);
  if (left > 2) store<f32>(to, f32x4.extract_lane(v, 2), 8);
}

/** Leaves the first `left` < 4 numbers and makes the others `other`. */
@inline
export function only(v: v128, left: i32, other: f32): v128 {
  const place = i32x4(0, 1, 2, 3);
  return v128.bitselect(v, f32x4.splat(other), i32x4.lt_s(place, i32x4.splat(left)));
}
