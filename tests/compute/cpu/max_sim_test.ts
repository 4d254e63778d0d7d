/** Sums of largest products in float64, and their gradient against central differences. */

import { assertEquals } from "@std/assert";
import { maxSim } from "../../../src/compute/cpu/max_sim.ts";
import { maxSimBackward } from "../../../src/compute/cpu/max_sim_backward.ts";
import { assertGradient, dot, indices, matrix, unset } from "./differences.ts";

/** A query of two tokens and a passage of four, then one of one and one of two. */
const pairs = indices(2, 4, [0, 2, 2, 4, 6, 1, 7, 2]);
const textOf = indices(9, 1, [0, 0, 1, 1, 1, 1, 2, 3, 3]);

Deno.test("maxSim() sums each query token's largest product, of equal ones the first, of tokens that count", () => {
  const [x, out, best] = [matrix(9, 2), unset(2, 1), unset(9, 1)];
  const query = [1, 0, 0, 1];
  const passage = [9, 9, 3, -5, 3, 4, -1, 4]; // the first does not count
  x.data.set([...query, ...passage, ...[1, 1], ...[-3, 1], ...[-1, -7]]);
  maxSim(out, best, x, pairs, indices(9, 1, [1, 1, 0, 1, 1, 1, 1, 1, 1]));
  assertEquals([...out.data], [3 + 4, -2]);
  assertEquals([...best.data], [1, 2, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("maxSimBackward() matches central differences", () => {
  const counted = indices(9, 1, [1, 1, 1, 0, 1, 1, 1, 1, 1]);
  const [x, dout, dx] = [matrix(9, 5), matrix(2, 1), unset(9, 5)];
  const [out, best] = [unset(2, 1), unset(9, 1)];
  maxSim(out, best, x, pairs, counted);
  const chosen = best.data.slice();
  maxSimBackward(dx, dout, x, best, { pairs, textOf });
  assertGradient(dx, () => (maxSim(out, best, x, pairs, counted), dot(out, dout)), x);
  assertEquals(best.data, chosen); // no maximum changed hands within the stencil
  assertEquals([...dx.data.subarray(15, 20)], [0, 0, 0, 0, 0]);
});

Deno.test("maxSimBackward() gives a passage's token what every query token that chose it adds", () => {
  const one = indices(1, 4, [0, 3, 3, 1]);
  const [x, dout, dx, best, out] = [
    matrix(4, 3),
    matrix(1, 1),
    unset(4, 3),
    unset(4, 1),
    unset(1, 1),
  ];
  maxSim(out, best, x, one, indices(4, 1, [1, 1, 1, 1]));
  maxSimBackward(dx, dout, x, best, { pairs: one, textOf: indices(4, 1, [0, 0, 0, 1]) });
  assertGradient(
    dx,
    () => (maxSim(out, best, x, one, indices(4, 1, [1, 1, 1, 1])), dot(out, dout)),
    x,
  );
});
