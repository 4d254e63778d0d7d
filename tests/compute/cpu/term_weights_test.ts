/** Weights of words in float64, and their gradient against central differences. */

import { assertEquals } from "@std/assert";
import { termWeights } from "../../../src/compute/cpu/term_weights.ts";
import { termWeightsBackward } from "../../../src/compute/cpu/term_weights_backward.ts";
import { assertGradient, dot, indices, matrix, unset } from "./differences.ts";

/** Rows 0 to 2, and rows 3 and 4. */
const groups = indices(2, 2, [0, 3, 3, 2]);
const rowOf = indices(5, 1, [0, 0, 0, 1, 1]);

Deno.test("termWeights() is log(1 + relu) of each column's maximum, of equal ones the first", () => {
  const [x, out, from] = [matrix(5, 3), unset(2, 3), unset(2, 3)];
  x.data.set([2, -1, 0, 3, -2, 0, 3, -1, -4, -1, 0.5, 1e-9, 7, 0.25, -1]);
  termWeights(out, from, x, groups);
  assertEquals([...out.data], [3, 0, 0, 7, 0.5, 1e-9].map(Math.log1p));
  assertEquals([...from.data], [1, 0, 0, 1, 0, 0]);
});

Deno.test("termWeightsBackward() matches central differences, 0 where no row is positive", () => {
  const [x, dout, dx] = [matrix(5, 6), matrix(2, 6), unset(5, 6)];
  for (const row of [0, 1, 2]) x.data[6 * row] = -1 - row; // far from the kink at 0
  const [out, from] = [unset(2, 6), unset(2, 6)];
  termWeights(out, from, x, groups);
  const chosen = from.data.slice();
  termWeightsBackward(dx, dout, out, from, { groups, rowOf });
  assertGradient(dx, () => (termWeights(out, from, x, groups), dot(out, dout)), x);
  assertEquals(from.data, chosen); // no maximum changed hands within the stencil
  assertEquals([0, 1, 2].map((row) => dx.data[6 * row]), [0, 0, 0]);
  assertEquals(dx.data.filter((one) => one !== 0).length, out.data.filter((one) => one > 0).length);
});
