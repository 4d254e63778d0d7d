/** Path points in float64. */

import { assertEquals, assertLess } from "@std/assert";
import { normalize } from "../../../src/compute/cpu/add_norm.ts";
import { embed } from "../../../src/compute/cpu/embed.ts";
import type { Matrix } from "../../../src/compute/cpu/matrix.ts";
import type { Embedding } from "../../../src/compute/ops.ts";
import { filled, indices, matrix, unset } from "./differences.ts";

const width = 5;
const [words, positions, types] = [matrix(4, width), matrix(6, width), matrix(2, width)];
const norm = { gain: matrix(1, width), bias: matrix(1, width), epsilon: 1e-12 };
const row = (x: Matrix, r: number) => x.data.subarray(r * width, (r + 1) * width);

/** Pairs of 2 and 3 tokens; input word, baseline word, position, type. */
const tokens = [[0, 3, 0, 0], [1, 3, 1, 1], [2, 0, 2, 0], [3, 0, 3, 0], [1, 1, 4, 1]];
/** Rows of the second, first and second pair. */
const rows = [[0, 3, 2, 0], [3, 2, 0, 0], [5, 3, 2, 0]];
const t = [0.25, 1, 0];

function embedded(given: Partial<Embedding>): Matrix {
  const out = unset(8, width);
  embed(out, {
    words,
    ...given,
    tokens: indices(5, 4, tokens.flat()),
    rows: indices(3, 4, rows.flat()),
    rowOf: indices(8, 1, [0, 0, 0, 1, 1, 2, 2, 2]),
    t: filled(3, 1, t),
  });
  return out;
}

Deno.test("embed() normalises x′ + t(x - x′) + position + type, each row at its own t", () => {
  const expected = summed(positions, types);
  normalize(expected, norm);
  assertEquals(embedded({ positions, types, norm }).data, expected.data);
});

Deno.test("embed() leaves out what is not given: positions, types, the norm or its bias", () => {
  const nothing = filled(6, width, new Float64Array(6 * width));
  const zeros = filled(1, width, new Float64Array(width));
  for (
    const [some, sum] of [
      [{}, summed(nothing, nothing)],
      [{ positions }, summed(positions, nothing)],
      [{ types }, summed(nothing, types)],
    ] as const
  ) {
    assertEquals(embedded(some).data, sum.data);
    normalize(sum, { ...norm, bias: zeros });
    assertEquals(embedded({ ...some, norm: { ...norm, bias: undefined } }).data, sum.data);
  }
});

/** The points with these added. */
function summed(positions: Matrix, types: Matrix): Matrix {
  const expected = unset(8, width);
  let line = 0;
  rows.forEach(([, count, first], r) => {
    for (let i = 0; i < count; i++, line++) {
      const [input, baseline, position, type] = tokens[first + i];
      for (let c = 0; c < width; c++) {
        const from = row(words, baseline)[c];
        row(expected, line)[c] = from + t[r] * (row(words, input)[c] - from) +
          row(positions, position)[c] + row(types, type)[c];
      }
    }
  });
  return expected;
}

Deno.test("embed() reaches the baseline at t = 0 and the input at t = 1, to the last digit or nearly", () => {
  const out = embedded({ positions, types, norm });
  const point = (word: number, position: number, type: number) => {
    const sum = row(words, word).map((x, c) =>
      x + row(positions, position)[c] + row(types, type)[c]
    );
    const one = filled(1, width, sum);
    normalize(one, norm);
    return one.data;
  };
  assertEquals(row(out, 5), point(0, 2, 0)); // t = 0
  // x′ + 1 (x - x′) rounds twice, LayerNorm may enlarge it tenfold
  row(out, 3).forEach((x, c) => assertLess(Math.abs(x - point(0, 0, 0)[c]), 1e-14));
});

Deno.test("normalize() gives mean 0 and variance 1 before gain and bias, ε apart", () => {
  const x = matrix(3, 8, 4);
  const ones = filled(1, 8, new Float64Array(8).fill(1));
  const zeros = filled(1, 8, new Float64Array(8));
  normalize(x, { gain: ones, bias: zeros, epsilon: 0 });
  for (let r = 0; r < 3; r++) {
    const values = x.data.subarray(8 * r, 8 * r + 8);
    // eight roundings of numbers about 1
    assertLess(Math.abs(values.reduce((sum, value) => sum + value, 0) / 8), 1e-15);
    assertLess(Math.abs(values.reduce((sum, value) => sum + value ** 2, 0) / 8 - 1), 1e-15);
  }
  const constant = filled(1, 8, new Float64Array(8).fill(3));
  normalize(constant, { gain: ones, bias: zeros, epsilon: 1e-12 });
  assertEquals(constant.data, new Float64Array(8)); // ε keeps 0 / 0 away
});
