/** Matrix products and what follows them, from one number to shapes that no tile divides. */

import type { Ops } from "../ops.ts";
import { type CheckCase, CURVED, type Draw, SUMMED, unset } from "./check_case.ts";

/** Rows, inputs, outputs. */
type Shape = readonly [m: number, k: number, n: number];

/** Cases of `linear` and `linearBackward`. */
export function* products(draw: Draw): Generator<CheckCase> {
  for (const [m, k, n] of [[1, 1, 1], [3, 20, 30], [13, 37, 2], [70, 130, 97], [66, 400, 68]]) {
    yield* plain([m, k, n], draw);
  }
  for (const [m, k, n] of [[1, 1, 1], [13, 37, 3], [70, 20, 68]]) {
    // all of the curve, and its left tail
    for (const offset of [0, -4]) yield* curved([m, k, n], offset, draw);
  }
}

/** Cases of sums as long as a model's, of sides that matrix units can take: rows of 1e-8 to 1 times normal. */
export function* longProducts(draw: Draw): Generator<CheckCase> {
  const sizes = (rows: number) => Float32Array.from({ length: rows }, (_, i) => 10 ** -(i % 9));
  for (const shape of [[70, 1032, 72], [130, 136, 264]] as const) {
    yield* plain(shape, draw, sizes(shape[0]));
  }
}

/** Multiples of 1/256 below 8: float16 holds them, so that every precision of weights is checked. */
function halves(data: Float32Array): Float32Array {
  return data.map((value) => Math.round(256 * value) / 256);
}

/** `sizes`: what the rows of x and dy are multiplied with. */
function* plain(
  [m, k, n]: Shape,
  { normal }: Draw,
  sizes?: Float32Array,
): Generator<CheckCase> {
  const [x, dy, b, plus] = [m * k, m * n, n, m * k].map((count) => normal(count));
  sizes?.forEach((size, row) => {
    for (const [data, width] of [[x, k], [dy, n]] as const) {
      for (let i = row * width; i < (row + 1) * width; i++) data[i] *= size;
    }
  });
  const w = halves(normal(n * k));
  const linear = (ops: Ops) => ({ weight: ops.weights(n, k, w), bias: ops.floats(1, n, b) });
  const shape = `[${m}, ${k}] x [${n}, ${k}]`;
  yield {
    operation: "linear",
    shape,
    bound: SUMMED,
    run(ops) {
      const out = unset(ops, m, n);
      ops.linear(out, ops.floats(m, k, x), linear(ops));
      return [out];
    },
  };
  yield {
    operation: "linearBackward",
    shape,
    bound: SUMMED,
    run(ops) {
      const [alone, added] = [unset(ops, m, k), unset(ops, m, k)];
      const inPlace = ops.floats(m, k, plus);
      const [slope, weights] = [ops.floats(m, n, dy), linear(ops)];
      ops.linearBackward(alone, slope, weights);
      ops.linearBackward(added, slope, weights, { plus: ops.floats(m, k, plus) });
      ops.linearBackward(inPlace, slope, weights, { plus: inPlace });
      return [alone, added, inPlace];
    },
  };
}

/** Products of about `offset` ± 1, masked and through gelu. */
function* curved([m, k, n]: Shape, offset: number, { normal, below }: Draw): Generator<CheckCase> {
  const x = normal(m * k);
  const w = halves(normal(n * k, 1 / Math.sqrt(k)));
  const b = normal(n, 0.3, offset);
  const before = normal(m * k, 1.5, offset);
  const [dy, plus] = [normal(m * n), normal(m * k)];
  const keep = Float32Array.from(below(3 * n, 2)).fill(1, 0, n);
  const maskOf = below(m, 3);
  const linear = (ops: Ops) => ({ weight: ops.weights(n, k, w), bias: ops.floats(1, n, b) });
  const shape = `[${m}, ${k}] x [${n}, ${k}] around ${offset}`;
  yield {
    operation: "linear",
    shape,
    bound: CURVED,
    run(ops) {
      const out = Array.from({ length: 5 }, () => unset(ops, m, n));
      const [input, weights] = [ops.floats(m, k, x), linear(ops)];
      const mask = { keep: ops.floats(3, n, keep), maskOf: ops.indices(m, 1, maskOf) };
      ops.linear(out[0], input, weights, { activated: out[1] });
      ops.linear(out[2], input, weights, { mask });
      ops.linear(out[3], input, weights, { mask, activated: out[4] });
      return out;
    },
  };
  yield {
    operation: "linearBackward",
    shape,
    bound: CURVED,
    run(ops) {
      const [alone, added] = [unset(ops, m, k), unset(ops, m, k)];
      const inPlace = ops.floats(m, k, plus);
      const [slope, weights] = [ops.floats(m, n, dy), linear(ops)];
      const preactivation = ops.floats(m, k, before);
      ops.linearBackward(alone, slope, weights, { preactivation });
      ops.linearBackward(added, slope, weights, { plus: ops.floats(m, k, plus), preactivation });
      ops.linearBackward(inPlace, slope, weights, { plus: inPlace, preactivation });
      return [alone, added, inPlace];
    },
  };
}
