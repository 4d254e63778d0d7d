/** Norms of groups in float64: against their definitions, and gradients against central differences. */

import { assertEquals, assertLess } from "@std/assert";
import { normalize } from "../../../src/compute/cpu/add_norm.ts";
import { norm } from "../../../src/compute/cpu/norm.ts";
import { normBackward } from "../../../src/compute/cpu/norm_backward.ts";
import { assertGradient, dot, filled, matrix, unset } from "./differences.ts";

const shapes = [[1, 1, 3], [3, 2, 7], [2, 3, 10]];

Deno.test("norm() of kind rms is x / √(mean(x²) + ε) ⊙ γ + β, group by group", () => {
  for (const [rows, groups, width] of shapes) {
    const x = matrix(rows, groups * width);
    const [gain, bias, out] = [matrix(1, width), matrix(1, width), unset(rows, x.width)];
    norm(out, x, { gain, bias, epsilon: 0.1, kind: "rms" });
    out.data.forEach((found, i) => {
      const first = i - i % width;
      const squares = x.data.slice(first, first + width).reduce((sum, v) => sum + v * v, 0);
      const scale = 1 / Math.sqrt(squares / width + 0.1);
      const expected = x.data[i] * scale * gain.data[i % width] + bias.data[i % width];
      assertLess(Math.abs(found - expected), 1e-14); // three roundings of numbers about 1
    });
  }
});

Deno.test("norm() is LayerNorm unless told otherwise, without bias where none is given", () => {
  const [x, gain, epsilon] = [matrix(6, 5), matrix(1, 5), 1e-5];
  const bias = filled(1, 5, new Float64Array(5));
  const [expected, out, groups] = [filled(6, 5, x.data), unset(6, 5), unset(2, 15)];
  normalize(expected, { gain, bias, epsilon });
  norm(out, x, { gain, epsilon });
  assertEquals(out.data, expected.data);
  norm(groups, filled(2, 15, x.data), { gain, epsilon, kind: "layer" });
  assertEquals(groups.data, expected.data);
});

Deno.test("normBackward() matches central differences of both kinds, + plus", () => {
  for (const [rows, groups, width] of shapes) {
    const columns = groups * width;
    const [x, dy, plus] = [matrix(rows, columns), matrix(rows, columns), matrix(rows, columns)];
    for (const kind of ["layer", "rms"] as const) {
      for (const epsilon of [1e-6, 0.1]) {
        const given = { gain: matrix(1, width), bias: matrix(1, width), epsilon, kind };
        const [dx, out] = [unset(rows, columns), unset(rows, columns)];
        const F = () => (norm(out, x, given), dot(out, dy));
        const what = `${kind}, ${rows} rows of ${groups} groups of ${width}, epsilon ${epsilon}`;
        normBackward(dx, dy, x, given);
        assertGradient(dx, F, x, what);
        const added = filled(rows, columns, plus.data);
        normBackward(added, dy, x, given, { plus: added });
        assertGradient(added, () => F() + dot(x, plus), x, `${what}, plus is dx`);
      }
    }
  }
});
