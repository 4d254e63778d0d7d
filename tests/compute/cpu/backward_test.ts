/** Every backward twin against central differences of its forward twin. */

import { assertEquals, assertLess } from "@std/assert";
import { addNorm } from "../../../src/compute/cpu/add_norm.ts";
import { addNormBackward } from "../../../src/compute/cpu/add_norm_backward.ts";
import { addRows } from "../../../src/compute/cpu/add_rows.ts";
import { linear } from "../../../src/compute/cpu/linear.ts";
import { linearBackward } from "../../../src/compute/cpu/linear_backward.ts";
import { mask } from "../../../src/compute/cpu/mask.ts";
import { gelu, geluSlope } from "../../../src/compute/cpu/normal.ts";
import { objective } from "../../../src/compute/cpu/objective.ts";
import { takeRows } from "../../../src/compute/cpu/take_rows.ts";
import { tanh } from "../../../src/compute/cpu/tanh.ts";
import { tanhBackward } from "../../../src/compute/cpu/tanh_backward.ts";
import { targets } from "../../../src/compute/ops.ts";
import { assertGradient, dot, filled, indices, matrix, unset } from "./differences.ts";

const shapes = [[1, 1], [3, 7], [5, 30]];

Deno.test("linearBackward() matches central differences of x Wᵀ + b, whatever the odd shape", () => {
  for (const [m, k, n] of [[1, 1, 1], [2, 5, 3], [3, 7, 9], [5, 4, 8]]) {
    const [x, dy, dx] = [matrix(m, k), matrix(m, n), unset(m, k)];
    const layer = { weight: matrix(n, k), bias: matrix(1, n) };
    const out = unset(m, n);
    const F = () => (linear(out, x, layer), dot(out, dy));
    linearBackward(dx, dy, layer);
    assertGradient(dx, F, x, `[${m}, ${k}] x [${n}, ${k}]`);
  }
});

Deno.test("linearBackward() adds plus, or what dx holds where plus is dx itself", () => {
  const [x, dy] = [matrix(3, 5), matrix(3, 7)];
  const layer = { weight: matrix(7, 5), bias: matrix(1, 7) };
  const out = unset(3, 7);
  // F = x Wᵀ·dy + x·plus: the residual's branch adds its gradient
  const plus = matrix(3, 5);
  const F = () => (linear(out, x, layer), dot(out, dy) + dot(x, plus));
  const apart = unset(3, 5);
  linearBackward(apart, dy, layer, { plus });
  assertGradient(apart, F, x, "plus apart");
  const inPlace = filled(3, 5, plus.data);
  linearBackward(inPlace, dy, layer, { plus: inPlace });
  assertGradient(inPlace, F, x, "plus is dx");
});

Deno.test("geluSlope() matches a central difference of x Φ(x)", () => {
  for (let x = -6; x <= 6; x += 0.37) {
    const slope = (gelu(x + 1e-4) - gelu(x - 1e-4)) / 2e-4;
    assertLess(Math.abs(geluSlope(x) - slope), 1e-8); // h² / 6 times the third derivative, below 1.2
  }
});

Deno.test("linearBackward() goes on through gelu: central differences of gelu(z) Wᵀ + z·plus", () => {
  for (const [m, k, n] of [[1, 1, 1], [2, 5, 3], [5, 4, 8]]) {
    const [z, dy, plus, dz] = [matrix(m, k, 2), matrix(m, n), matrix(m, k), unset(m, k)];
    const layer = { weight: matrix(n, k), bias: matrix(1, n) };
    const first = { weight: filled(k, k, identity(k)), bias: filled(1, k, new Float64Array(k)) };
    const [same, x, out] = [unset(m, k), unset(m, k), unset(m, n)];
    const F = () => {
      linear(same, z, first, { activated: x });
      linear(out, x, layer);
      return dot(out, dy) + dot(x, plus);
    };
    linearBackward(dz, dy, layer, { plus, preactivation: z });
    assertGradient(dz, F, z, `[${m}, ${k}] x [${n}, ${k}]`);
  }
});

/** The identity matrix. */
function identity(size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, i) => i % (size + 1) === 0 ? 1 : 0);
}

Deno.test("linear() zeroes masked units, and activates what is left", () => {
  const layer = { weight: matrix(3, 4), bias: matrix(1, 3) };
  const [x, plain, masked, activated] = [matrix(2, 4), unset(2, 3), unset(2, 3), unset(2, 3)];
  linear(plain, x, layer);
  const keep = filled(2, 3, Float64Array.of(1, 1, 1, 0, 1, 0));
  linear(masked, x, layer, { mask: { keep, maskOf: indices(2, 1, [0, 1]) }, activated });
  assertEquals(masked.data, plain.data.map((value, i) => i === 3 || i === 5 ? 0 : value));
  assertEquals(activated.data, masked.data.map(gelu));
});

Deno.test("tanhBackward() matches central differences of tanh, given its output", () => {
  for (const [rows, width] of shapes) {
    const [x, dy, dx, out] = [matrix(rows, width), matrix(rows, width), unset(rows, width)]
      .concat(unset(rows, width));
    tanh(out, x);
    tanhBackward(dx, dy, out);
    assertGradient(dx, () => (tanh(out, x), dot(out, dy)), x);
  }
});

Deno.test("addNormBackward() matches central differences by the input and by the residual", () => {
  for (const [rows, width] of [[1, 3], [3, 7], [5, 30]]) {
    const [x, residual, dy] = [matrix(rows, width, 2), matrix(rows, width), matrix(rows, width)];
    for (const epsilon of [1e-12, 0.1]) {
      const norm = { gain: matrix(1, width), bias: matrix(1, width), epsilon };
      const [dx, out] = [unset(rows, width), unset(rows, width)];
      const F = () => (addNorm(out, x, residual, norm), dot(out, dy));
      addNormBackward(dx, dy, x, residual, norm);
      assertGradient(dx, F, x, `by x, epsilon ${epsilon}`);
      assertGradient(dx, F, residual, `by the residual, epsilon ${epsilon}`);
    }
  }
});

Deno.test("addNormBackward() has no component along the constant or along the sum itself", () => {
  const [x, residual, dy, dx] = [matrix(4, 11), matrix(4, 11), matrix(4, 11), unset(4, 11)];
  const norm = { gain: matrix(1, 11), bias: matrix(1, 11), epsilon: 0 };
  addNormBackward(dx, dy, x, residual, norm);
  for (let r = 0; r < 4; r++) {
    const row = dx.data.subarray(11 * r, 11 * r + 11);
    const along = row.reduce(
      (s, d, c) => s + d * (x.data[11 * r + c] + residual.data[11 * r + c]),
      0,
    );
    // 11 roundings of numbers about 1
    assertLess(Math.abs(row.reduce((s, d) => s + d, 0)), 1e-14);
    assertLess(Math.abs(along), 1e-14);
  }
});

Deno.test("mask() is its own gradient: what a mask zeroes gets no gradient", () => {
  const keep = filled(3, 4, [1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 0]);
  const maskOf = indices(5, 1, [2, 0, 1, 1, 0]);
  const [x, dy] = [matrix(5, 4), matrix(5, 4)];
  const dx = filled(5, 4, dy.data);
  mask(dx, { keep, maskOf });
  const F = () => {
    const out = filled(5, 4, x.data);
    mask(out, { keep, maskOf });
    return dot(out, dy);
  };
  assertGradient(dx, F, x);
  assertEquals(dx.data.filter((value) => value === 0).length, 3 + 2 + 2);
});

Deno.test("addRows() is the gradient of takeRows(), added to what is there", () => {
  const index = indices(3, 1, [4, 0, 2]);
  const [x, dy, before] = [matrix(6, 5), matrix(3, 5), matrix(6, 5)];
  const dx = filled(6, 5, before.data);
  addRows(dx, dy, index);
  const out = unset(3, 5);
  assertGradient(dx, () => (takeRows(out, x, index), dot(out, dy) + dot(x, before)), x);
});

Deno.test("objective() gives the gradient of every target by one and by two logits", () => {
  const rows = 8;
  const label = filled(rows, 1, [0, 1, 0, 1, 0, 1, 0, 1]);
  for (const labels of [1, 2]) {
    const logits = matrix(rows, labels, 2);
    for (const target of targets) {
      const [value, slope, ignored] = [unset(rows, 1), unset(rows, labels), unset(rows, labels)];
      objective(value, slope, logits, label, target);
      const F = () => {
        objective(value, ignored, logits, label, target);
        return value.data.reduce((sum, one) => sum + one, 0); // each row's F has its own logits
      };
      assertGradient(slope, F, logits, `${target} of ${labels}`);
    }
  }
});

Deno.test("objective() is what its targets say, for the class of the label", () => {
  const logits = filled(2, 2, [0.3, 1.1, 0.3, 1.1]);
  const one = filled(2, 1, [0.8, 0.8]);
  const label = filled(2, 1, [1, 0]);
  const p = 1 / (1 + Math.exp(-0.8)); // softmax of (0.3, 1.1), and σ(0.8)
  const expected: Record<string, readonly [number, number, number, number]> = {
    // two logits: label 1, label 0; one logit: label 1, label 0
    "logit": [1.1, 0.3, 0.8, -0.8],
    "probability": [p, 1 - p, p, 1 - p],
    "log-probability": [Math.log(p), Math.log(1 - p), Math.log(p), Math.log(1 - p)],
    "margin": [0.8, -0.8, 0.8, -0.8],
  };
  for (const target of targets) {
    const [two, single] = [unset(2, 1), unset(2, 1)];
    objective(two, unset(2, 2), logits, label, target);
    objective(single, unset(2, 1), one, label, target);
    const found = [...two.data, ...single.data];
    // two roundings of numbers about 1
    found.forEach((value, i) => assertLess(Math.abs(value - expected[target][i]), 1e-15, target));
  }
});

Deno.test("objective() stays finite however sure the model is", () => {
  const logits = filled(4, 1, [800, -800, 800, -800]);
  const label = filled(4, 1, [1, 1, 0, 0]);
  const outputs = targets.map((target) => {
    const [value, slope] = [unset(4, 1), unset(4, 1)];
    objective(value, slope, logits, label, target);
    return { value: [...value.data].map((v) => v + 0), slope: [...slope.data].map((v) => v + 0) };
  });
  const of = (target: typeof targets[number]) => outputs[targets.indexOf(target)];
  assertEquals(of("probability"), { value: [1, 0, 0, 1], slope: [0, 0, 0, 0] });
  assertEquals(of("log-probability"), { value: [0, -800, -800, 0], slope: [0, 1, -1, 0] });
  assertEquals(of("logit"), { value: [800, -800, -800, 800], slope: [1, 1, -1, -1] });
});
