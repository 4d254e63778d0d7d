/** The rules' names, points and bounds. */

import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { rule, ruleNames } from "../../internal.ts";
import { gaussLegendreNodes } from "../../src/attribution/rule.ts";

Deno.test("rule() knows every name it lists", () => {
  for (const name of ruleNames) assertEquals(rule(name).name, name);
});

Deno.test("rule() gives N steps N + 1 points from the baseline to the input", () => {
  for (const name of ["right", "left", "trapezoid"]) {
    const found = rule(name, { steps: 4 });
    assertEquals(found.kind === "fixed" && found.points, [0, 0.25, 0.5, 0.75, 1]);
  }
});

Deno.test("rule() weighs the gradients of an interval's ends as its name says", () => {
  const weights = (name: string) => {
    const found = rule(name, { steps: 2 });
    return found.kind === "fixed" && [found.pairing.left, found.pairing.right];
  };
  assertEquals(["left", "right", "trapezoid"].map(weights), [[1, 0], [0, 1], [0.5, 0.5]]);
});

Deno.test("rule() takes Captum's methods without their prefix riemann", () => {
  assertEquals(
    rule("captum:trapezoid", { steps: 3 }),
    rule("captum:riemann_trapezoid", { steps: 3 }),
  );
});

Deno.test("rule() places Riemann's points as Captum does: ends, middles, both ends", () => {
  const points = (name: string) => {
    const { points } = rule(name, { steps: 3 }) as { readonly points: readonly number[] };
    return points.map((t) => Number(t.toPrecision(12)));
  };
  assertEquals(points("captum:riemann_left"), [0, .25, .5, .75]);
  assertEquals(points("captum:riemann_middle"), [.125, .375, .625, .875]);
  assertEquals(points("captum:riemann_right"), [.25, .5, .75, 1]);
});

Deno.test("rule() refuses what is no rule, no step count, no tolerance", () => {
  assertThrows(() => rule("simpson"), RangeError, "expected adaptive, trapezoid");
  assertThrows(() => rule("captum:"), RangeError);
  for (const steps of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => rule("right", { steps }), RangeError, "steps");
  }
  for (const tolerance of [0, -1, NaN, Infinity]) {
    assertThrows(() => rule("adaptive", { tolerance }), RangeError, "tolerance");
  }
});

Deno.test("gaussLegendreNodes() integrates polynomials up to degree 2n - 1 exactly", () => {
  // numpy.polynomial.legendre.leggauss(5)[0]
  const five = [-0.906179845938664, -0.5384693101056831, 0, 0.5384693101056831, 0.906179845938664];
  gaussLegendreNodes(5).forEach((x, i) => assertAlmostEquals(x, five[i], 1e-15));
  for (const n of [1, 2, 101, 501]) {
    const nodes = gaussLegendreNodes(n);
    assertEquals(nodes.length, n);
    for (let i = 1; i < n; i++) assertEquals(nodes[i] > nodes[i - 1], true);
    assertAlmostEquals(nodes.reduce((sum, x) => sum + x, 0), 0, 1e-12); // symmetric
  }
});
