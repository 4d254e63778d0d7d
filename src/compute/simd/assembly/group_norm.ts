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
      normalized(out + at, x + at, width, epsilon, rms);
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
      const scale = normalized(scratch, x + at, width, epsilon, rms);
      slopes(dx + at, dy + at, gain, plus ? plus + at : 0, scale, width, rms);
    }
  }
}

/** to = x̂ of one group; returns scale. */
function normalized(to: usize, x: usize, width: i32, epsilon: f32, rms: bool): f32 {
  if (!rms) {
    memory.copy(to, x, (<usize> width) << 2);
    return normalize(to, width, epsilon);
  }
  let squares = f32x4.splat(0);
  for (let c = 0; c < width; c += 4) {
    const value = get(x + ((<usize> c) << 2), width - c);
    squares = madd(value, value, squares);
  }
  const scale = <f32> (1 / sqrt(<f64> total(squares) / width + <f64> epsilon));
  const by = f32x4.splat(scale);
  for (let c = 0; c < width; c += 4) {
    const i = (<usize> c) << 2;
    put(to + i, f32x4.mul(get(x + i, width - c), by), width - c);
  }
  return scale;
}

/** dx of one group, given scale, and x̂ in scratch. */
function slopes(
  dx: usize,
  dy: usize,
  gain: usize,
  plus: usize,
  scale: f32,
  width: i32,
  rms: bool,
): void {
  let sumU = f32x4.splat(0);
  let sumUX = f32x4.splat(0);
  for (let c = 0; c < width; c += 4) {
    const i = (<usize> c) << 2;
    const u = f32x4.mul(get(dy + i, width - c), get(gain + i, width - c));
    sumU = f32x4.add(sumU, u);
    sumUX = madd(u, get(scratch + i, width - c), sumUX);
  }
  const meanU = f32x4.splat(rms ? 0 : total(sumU) / <f32> width);
  const meanUX = f32x4.splat(total(sumUX) / <f32> width);
  const by = f32x4.splat(scale);
  for (let c = 0; c < width; c += 4) {
    const i = (<usize> c) << 2;
    const u = f32x4.mul(get(dy + i, width - c), get(gain + i, width - c));
    const along = f32x4.mul(get(scratch + i, width - c), meanUX);
    let slope = f32x4.mul(f32x4.sub(f32x4.sub(u, meanU), along), by);
    if (plus) slope = f32x4.add(slope, get(plus + i, width - c));
    put(dx + i, slope, width - c);
  }
}
