// LayerNorm after a sum, its gradient, and the embedding that ends in one.
import { scratch, share, take } from "./team";
import { get, madd, only, put, total } from "./vector";

/** out = LayerNorm(x + residual). */
export function addNorm(
  out: usize,
  x: usize,
  residual: usize,
  gain: usize,
  bias: usize,
  epsilon: f32,
  rows: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const size = share(rows, 4);
  for (let first = take() * size; first < rows; first = take() * size) {
    const end = min(rows, first + size);
    for (let row = first; row < end; row++) {
      const at = <usize> row * stride;
      addRow(out + at, x + at, residual + at, width);
      normalize(out + at, width, epsilon);
      scaleRow(out + at, gain, bias, width);
    }
  }
}

/** dx = scale (u - mean(u) - x̂ mean(u ⊙ x̂)), u = dy ⊙ γ, x̂ the normalised sum. */
export function addNormBackward(
  dx: usize,
  dy: usize,
  x: usize,
  residual: usize,
  gain: usize,
  epsilon: f32,
  rows: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const size = share(rows, 4);
  const normal = scratch; // x̂ of one row
  for (let first = take() * size; first < rows; first = take() * size) {
    const end = min(rows, first + size);
    for (let row = first; row < end; row++) {
      const at = <usize> row * stride;
      addRow(normal, x + at, residual + at, width);
      const scale = normalize(normal, width, epsilon);
      slopes(dx + at, dy + at, normal, gain, scale, width);
    }
  }
}

/** dx of one row, given x̂ and scale. */
function slopes(dx: usize, dy: usize, normal: usize, gain: usize, scale: f32, width: i32): void {
  const whole = (<usize> (width & ~3)) << 2;
  const left = width & 3;
  let sumU = f32x4.splat(0);
  let sumUX = f32x4.splat(0);
  let i: usize = 0;
  for (; i < whole; i += 16) {
    const u = f32x4.mul(v128.load(dy + i), v128.load(gain + i));
    sumU = f32x4.add(sumU, u);
    sumUX = madd(u, v128.load(normal + i), sumUX);
  }
  if (left) {
    const u = f32x4.mul(get(dy + i, left), get(gain + i, left));
    sumU = f32x4.add(sumU, u);
    sumUX = madd(u, get(normal + i, left), sumUX);
  }
  const meanU = f32x4.splat(total(sumU) / <f32> width);
  const meanUX = f32x4.splat(total(sumUX) / <f32> width);
  const by = f32x4.splat(scale);
  for (i = 0; i < whole; i += 16) {
    const u = f32x4.mul(v128.load(dy + i), v128.load(gain + i));
    const along = f32x4.mul(v128.load(normal + i), meanUX);
    v128.store(dx + i, f32x4.mul(f32x4.sub(f32x4.sub(u, meanU), along), by));
  }
  if (left) {
    const u = f32x4.mul(get(dy + i, left), get(gain + i, left));
    const along = f32x4.mul(get(normal + i, left), meanUX);
    put(dx + i, f32x4.mul(f32x4.sub(f32x4.sub(u, meanU), along), by), left);
  }
}

/** out[m] = LayerNorm(x′ + t(x - x′) + position + type): ../../ops.ts, `embed`. 0 is left out. */
export function embed(
  out: usize,
  words: usize,
  positions: usize,
  types: usize,
  gain: usize,
  bias: usize,
  epsilon: f32,
  tokens: usize,
  rowTable: usize,
  rowOf: usize,
  t: usize,
  rows: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const size = share(rows, 4);
  for (let first = take() * size; first < rows; first = take() * size) {
    const end = min(rows, first + size);
    for (let m = first; m < end; m++) {
      const row = load<u32>(rowOf + ((<usize> m) << 2));
      const line = rowTable + ((<usize> row) << 4);
      const token = tokens + ((<usize> (load<u32>(line, 8) + m - load<u32>(line))) << 4);
      const input = words + <usize> load<u32>(token) * stride;
      const baseline = words + <usize> load<u32>(token, 4) * stride;
      const position = positions + <usize> load<u32>(token, 8) * stride;
      const type = types + <usize> load<u32>(token, 12) * stride;
      const along = f32x4.splat(load<f32>(t + ((<usize> row) << 2)));
      const to = out + <usize> m * stride;
      for (let c = 0; c < width; c += 4) {
        const i = (<usize> c) << 2;
        const from = get(baseline + i, width - c);
        const word = madd(along, f32x4.sub(get(input + i, width - c), from), from);
        if (positions && types) {
          const place = f32x4.add(get(position + i, width - c), get(type + i, width - c));
          put(to + i, f32x4.add(word, place), width - c);
        } else if (positions || types) {
          const place = get(positions ? position + i : type + i, width - c);
          put(to + i, f32x4.add(word, place), width - c);
        } else put(to + i, word, width - c);
      }
      if (!gain) continue;
      normalize(to, width, epsilon);
      if (bias) scaleRow(to, gain, bias, width);
      else gainRow(to, gain, width);
    }
  }
}

/** out = x + residual. */
function addRow(out: usize, x: usize, residual: usize, width: i32): void {
  const whole = (<usize> (width & ~3)) << 2;
  const left = width & 3;
  let i: usize = 0;
  for (; i < whole; i += 16) {
    v128.store(out + i, f32x4.add(v128.load(x + i), v128.load(residual + i)));
  }
  if (left) put(out + i, f32x4.add(get(x + i, left), get(residual + i, left)), left);
}

/** x = (x - mean) scale of one row; returns scale = 1 / √(variance + ε). */
export function normalize(x: usize, width: i32, epsilon: f32): f32 {
  const whole = (<usize> (width & ~3)) << 2;
  const left = width & 3;
  let sum = f32x4.splat(0);
  let i: usize = 0;
  for (; i < whole; i += 16) sum = f32x4.add(sum, v128.load(x + i));
  if (left) sum = f32x4.add(sum, get(x + i, left));
  const mean = f32x4.splat(total(sum) / <f32> width);
  let squares = f32x4.splat(0);
  for (i = 0; i < whole; i += 16) {
    const distance = f32x4.sub(v128.load(x + i), mean);
    squares = madd(distance, distance, squares);
  }
  if (left) {
    const distance = only(f32x4.sub(get(x + i, left), mean), left, 0);
    squares = madd(distance, distance, squares);
  }
  const scale = <f32> (1 / sqrt(<f64> total(squares) / width + <f64> epsilon));
  const by = f32x4.splat(scale);
  for (i = 0; i < whole; i += 16) {
    v128.store(x + i, f32x4.mul(f32x4.sub(v128.load(x + i), mean), by));
  }
  if (left) put(x + i, f32x4.mul(f32x4.sub(get(x + i, left), mean), by), left);
  return scale;
}

/** x = x ⊙ γ + β. */
export function scaleRow(x: usize, gain: usize, bias: usize, width: i32): void {
  const whole = (<usize> (width & ~3)) << 2;
  const left = width & 3;
  let i: usize = 0;
  for (; i < whole; i += 16) {
    v128.store(x + i, madd(v128.load(x + i), v128.load(gain + i), v128.load(bias + i)));
  }
  if (left) put(x + i, madd(get(x + i, left), get(gain + i, left), get(bias + i, left)), left);
}

/** x = x ⊙ γ. */
export function gainRow(x: usize, gain: usize, width: i32): void {
  const whole = (<usize> (width & ~3)) << 2;
  const left = width & 3;
  let i: usize = 0;
  for (; i < whole; i += 16) {
    v128.store(x + i, f32x4.mul(v128.load(x + i), v128.load(gain + i)));
  }
  if (left) put(x + i, f32x4.mul(get(x + i, left), get(gain + i, left)), left);
}
