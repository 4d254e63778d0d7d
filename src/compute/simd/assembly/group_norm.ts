// LayerNorm and RMSNorm over groups of columns, and their gradients.
import { gainRow, normalize, scaleRow } from "./norm";
import { scratch, share, take } from "./team";
import { get, madd, put, total } from "./vector";

/** out = (x - mean) scale ⊙ γ + β over each group of `width` columns; no β where it is 0. */
export function norm(
  out: usize,
  x: usize,
  gain: usize,
  bias: usize,
  epsilon: f32,
  groups: i32,
  width: i32,
  rms: bool,
): void {
  const stride = (<usize> width) << 2;
  const size = share(groups, 4);
  for (let first = take() * size; first < groups; first = take() * size) {
    const end = min(groups, first + size);
    for (let group = first; group < end; group++) {
      const at = <usize> group * stride;
      if (rms) {
        scaled(out + at, x + at, gain, rmsScale(x + at, width, epsilon), width);
        if (bias) addBias(out + at, bias, width);
        continue;
      }
      memory.copy(out + at, x + at, stride);
      normalize(out + at, width, epsilon);
      if (bias) scaleRow(out + at, gain, bias, width);
      else gainRow(out + at, gain, width);
    }
  }
}

/**
 * dx = scale (u - mean(u) - x̂ mean(u ⊙ x̂)) + plus, u = dy ⊙ γ, x̂ the normalised group; RMSNorm: no
 * mean(u). No plus where it is 0; it may be dx.
 */
export function normBackward(
  dx: usize,
  dy: usize,
  x: usize,
  gain: usize,
  plus: usize,
  epsilon: f32,
  groups: i32,
  width: i32,
  rms: bool,
): void {
  const stride = (<usize> width) << 2;
  const size = share(groups, 4);
  for (let first = take() * size; first < groups; first = take() * size) {
    const end = min(groups, first + size);
    for (let group = first; group < end; group++) {
      const at = <usize> group * stride;
      const added = plus ? plus + at : 0;
      if (rms) {
        const scale = rmsScale(x + at, width, epsilon);
        slopes(dx + at, dy + at, x + at, scale, gain, added, scale, width, true);
      } else {
        memory.copy(scratch, x + at, stride);
        const scale = normalize(scratch, width, epsilon);
        slopes(dx + at, dy + at, scratch, 1, gain, added, scale, width, false);
      }
    }
  }
}

/** 1 / √(mean(x²) + ε) of one group. */
function rmsScale(x: usize, width: i32, epsilon: f32): f32 {
  const whole = (<usize> (width & ~3)) << 2;
  const left = width & 3;
  let squares = f32x4.splat(0);
  let i: usize = 0;
  for (; i < whole; i += 16) {
    const value = v128.load(x + i);
    squares = madd(value, value, squares);
  }
  if (left) {
    const value = get(x + i, left);
    squares = madd(value, value, squares);
  }
  return <f32> (1 / sqrt(<f64> total(squares) / width + <f64> epsilon));
}

/** out = scale x ⊙ γ. */
function scaled(out: usize, x: usize, gain: usize, scale: f32, width: i32): void {
  const whole = (<usize> (width & ~3)) << 2;
  const left = width & 3;
  const by = f32x4.splat(scale);
  let i: usize = 0;
  for (; i < whole; i += 16) {
    v128.store(out + i, f32x4.mul(f32x4.mul(v128.load(x + i), by), v128.load(gain + i)));
  }
  if (left) put(out + i, f32x4.mul(f32x4.mul(get(x + i, left), by), get(gain + i, left)), left);
}

/** x += bias. */
function addBias(x: usize, bias: usize, width: i32): void {
  for (let c = 0; c < width; c += 4) {
    const i = (<usize> c) << 2;
    put(x + i, f32x4.add(get(x + i, width - c), get(bias + i, width - c)), width - c);
  }
}

/** dx of one group: x̂ = by x, where LayerNorm's x is x̂ already and `by` 1. */
function slopes(
  dx: usize,
  dy: usize,
  x: usize,
  by: f32,
  gain: usize,
  plus: usize,
  scale: f32,
  width: i32,
  rms: bool,
): void {
  const whole = (<usize> (width & ~3)) << 2;
  const left = width & 3;
  let sumU = f32x4.splat(0);
  let sumUX = f32x4.splat(0);
  let i: usize = 0;
  for (; i < whole; i += 16) {
    const u = f32x4.mul(v128.load(dy + i), v128.load(gain + i));
    sumU = f32x4.add(sumU, u);
    sumUX = madd(u, v128.load(x + i), sumUX);
  }
  if (left) {
    const u = f32x4.mul(get(dy + i, left), get(gain + i, left));
    sumU = f32x4.add(sumU, u);
    sumUX = madd(u, get(x + i, left), sumUX);
  }
  const meanU = f32x4.splat(rms ? 0 : total(sumU) / <f32> width);
  const along = f32x4.splat(by * by * total(sumUX) / <f32> width); // x̂ mean(u ⊙ x̂) = x along
  const scales = f32x4.splat(scale);
  for (i = 0; i < whole; i += 16) {
    const u = f32x4.mul(v128.load(dy + i), v128.load(gain + i));
    const across = f32x4.sub(f32x4.sub(u, meanU), f32x4.mul(v128.load(x + i), along));
    let slope = f32x4.mul(across, scales);
    if (plus) slope = f32x4.add(slope, v128.load(plus + i));
    v128.store(dx + i, slope);
  }
  if (left) {
    const u = f32x4.mul(get(dy + i, left), get(gain + i, left));
    const across = f32x4.sub(f32x4.sub(u, meanU), f32x4.mul(get(x + i, left), along));
    let slope = f32x4.mul(across, scales);
    if (plus) slope = f32x4.add(slope, get(plus + i, left));
    put(dx + i, slope, left);
  }
}
