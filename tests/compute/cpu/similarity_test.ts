/** Similarities of pairs of rows in float64, and their gradient against central differences. */

import { assertEquals, assertLess } from "@std/assert";
import { similarity } from "../../../src/compute/cpu/similarity.ts";
import { similarityBackward } from "../../../src/compute/cpu/similarity_backward.ts";
import { assertGradient, dot, matrix, unset } from "./differences.ts";

Deno.test("similarity() is u·v, or that of vectors of length 1, of rows 2r and 2r + 1", () => {
  const x = unset(6, 2);
  x.data.set([3, 4, 4, 3, 0, 0, 1, 2, 1, 0, -2, 0]);
  const out = unset(3, 1);
  similarity(out, x, "dot");
  assertEquals([...out.data], [24, 0, -2]);
  similarity(out, x, "cosine");
  assertLess(Math.abs(out.data[0] - 24 / 25), 1e-15); // two roundings
  assertEquals([...out.data.subarray(1)], [0, -1]);
});

for (const kind of ["cosine", "dot"] as const) {
  Deno.test(`similarityBackward() matches central differences, ${kind}`, () => {
    const [x, dout, dx, out] = [matrix(6, 5), matrix(3, 1), unset(6, 5), unset(3, 1)];
    similarityBackward(dx, dout, x, kind);
    assertGradient(dx, () => (similarity(out, x, kind), dot(out, dout)), x);
  });
}

Deno.test("similarityBackward() takes a length below 1e-12 for a constant", () => {
  const [x, dx] = [unset(2, 2), unset(2, 2)];
  x.data.set([0, 0, 3, 4]);
  const dout = unset(1, 1);
  dout.data.set([2]);
  similarityBackward(dx, dout, x, "cosine");
  assertEquals([...dx.data], [2 * 0.6 / 1e-12, 2 * 0.8 / 1e-12, 0, 0]);
});
