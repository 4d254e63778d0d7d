/** Activations in float64: against their definitions, and gradients against central differences. */

import { assertEquals, assertLess } from "@std/assert";
import { activate } from "../../../src/compute/cpu/activate.ts";
import { activateBackward } from "../../../src/compute/cpu/activate_backward.ts";
import { add } from "../../../src/compute/cpu/add.ts";
import { divide } from "../../../src/compute/cpu/divide.ts";
import { gelu } from "../../../src/compute/cpu/normal.ts";
import { type ActivationName, activations } from "../../../src/compute/ops.ts";
import { assertGradient, dot, filled, matrix, unset } from "./differences.ts";

/** The activations as they are usually written. */
const definitions: Readonly<Record<ActivationName, (x: number) => number>> = {
  "gelu": gelu,
  "gelu-tanh": (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  "silu": (x) => x / (1 + Math.exp(-x)),
  "relu": (x) => Math.max(x, 0),
};

Deno.test("activate() is the activation that it names, times the gate", () => {
  const x = filled(1, 121, Array.from({ length: 121 }, (_, i) => (i - 60) / 10));
  const gate = matrix(1, 121);
  for (const name of activations) {
    const [alone, gated] = [unset(1, 121), unset(1, 121)];
    activate(alone, x, { name });
    activate(gated, x, { name, gate });
    x.data.forEach((value, i) => {
      const expected = definitions[name](value);
      assertLess(Math.abs(alone.data[i] - expected), 1e-14, name); // a few roundings of up to 6
      assertLess(Math.abs(gated.data[i] - expected * gate.data[i]), 5e-14, name);
    });
  }
});

Deno.test("activateBackward() matches central differences by x and by the gate", () => {
  for (const name of activations) {
    for (const [rows, width] of [[1, 1], [3, 7], [5, 30]]) {
      const [gate, dout] = [matrix(rows, width), matrix(rows, width)];
      // Not within a stencil of 0, where relu has no derivative.
      const x = filled(rows, width, matrix(rows, width, 2).data.map((v) => v + Math.sign(v) / 50));
      const [dx, dgate, out] = [0, 0, 0].map(() => unset(rows, width));
      const alone = () => (activate(out, x, { name }), dot(out, dout));
      activateBackward(dx, dout, x, { name });
      assertGradient(dx, alone, x, name);
      const gated = () => (activate(out, x, { name, gate }), dot(out, dout));
      activateBackward(dx, dout, x, { name, gate, dgate });
      assertGradient(dx, gated, x, `${name} by x`);
      assertGradient(dgate, gated, gate, `${name} by the gate`);
    }
  }
});

Deno.test("activate() and its gradient are finite however far x is, and pass on what is no number", () => {
  const x = filled(1, 5, [0, 1e300, -1e300, 800, NaN]);
  const ones = filled(1, 5, [1, 1, 1, 1, 1]);
  for (const name of activations) {
    const [out, dx] = [unset(1, 5), unset(1, 5)];
    activate(out, x, { name });
    activateBackward(dx, ones, x, { name });
    assertEquals([...out.data].map((value) => value + 0), [0, 1e300, 0, 800, NaN], name);
    assertEquals([...dx.data].map((value) => value + 0), [name === "relu" ? 0 : 0.5, 1, 0, 1, NaN]);
  }
});

Deno.test("add() is a sum, also into one of its operands", () => {
  const [x, y, out] = [filled(1, 3, [1, 2, 3]), filled(1, 3, [10, 20, 30]), unset(1, 3)];
  add(out, x, y);
  assertEquals([...out.data], [11, 22, 33]);
  add(y, x, y);
  assertEquals([...y.data], [11, 22, 33]);
});

Deno.test("divide() is a quotient, and 0 where the divisor is", () => {
  const [x, y, out] = [filled(1, 4, [1, 6, 3, 0]), filled(1, 4, [4, -3, 0, 0]), unset(1, 4)];
  divide(out, x, y);
  assertEquals([...out.data], [0.25, -2, 0, 0]);
});
