// Four float32 at a time: a b + c, exp, the normal distribution, and the ends of rows.

/** a b + c; fused where the build may (relaxed SIMD). */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (RELAXED) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

@inline
function splat(value: f32): v128 {
  return f32x4.splat(value);
}

/** exp(y + rest), |rest| small: 1e-7 of the result. Below e⁻⁸⁷ it stays there. */
@inline
export function exp(y: v128, rest: v128): v128 {
  y = f32x4.pmin(f32x4.pmax(y, splat(-87)), splat(88));
  const n = f32x4.nearest(f32x4.mul(y, splat(1.44269504088896341)));
  // y - n ln 2 in two steps: 0.693359375 n is exact. Polynomial: Cephes, expf.
  let r = f32x4.sub(y, f32x4.mul(n, splat(0.693359375)));
  r = f32x4.add(madd(n, splat(2.12194440e-4), r), rest);
  let p = madd(splat(1.9875691500e-4), r, splat(1.3981999507e-3));
  p = madd(p, r, splat(8.3334519073e-3));
  p = madd(p, r, splat(4.1665795894e-2));
  p = madd(p, r, splat(1.6666665459e-1));
  p = madd(p, r, splat(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** exp(-x²/2), relative error 2e-7 where it is not denormal: the square is taken in two parts. */
@inline
export function bell(x: v128): v128 {
  const high = v128.and(x, i32x4.splat(0xfffff000)); // 12 bits: its square is exact
  const rest = f32x4.mul(f32x4.sub(x, high), f32x4.add(x, high));
  return exp(f32x4.mul(f32x4.mul(high, high), splat(-0.5)), f32x4.mul(rest, splat(-0.5)));
}

/**
 * Φ(x), given e = exp(-x²/2); relative error below 1e-6 on both sides down to x = -13.
 * Φ(-a) = e t h(t), t = 1 / (1 + 0.2625 a), a ≥ 0: h fitted to erfcx(a/√2) / 2t, error 2e-8.
 */
@inline
export function normalCdf(x: v128, e: v128): v128 {
  const t = f32x4.div(splat(1), madd(f32x4.abs(x), splat(0.2625), splat(1)));
  let h = madd(splat(0.03074564536595356), t, splat(-0.14881109369975168));
  h = madd(h, t, splat(0.23476286624855225));
  h = madd(h, t, splat(-0.13339308308400252));
  h = madd(h, t, splat(0.14913937565137833));
  h = madd(h, t, splat(0.05584887265233619));
  h = madd(h, t, splat(0.10281864440480906));
  h = madd(h, t, splat(0.10413887949959665));
  h = madd(h, t, splat(0.10474988420995038));
  const tail = f32x4.mul(f32x4.mul(e, t), h);
  return v128.bitselect(tail, f32x4.sub(splat(1), tail), f32x4.lt(x, splat(0)));
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
  return v128.bitselect(v, splat(other), i32x4.lt_s(place, i32x4.splat(left)));
}
