/** How bench/scaling.ts fits costs. */

import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { fit, fitText } from "../../bench/fit.ts";

Deno.test("fit() finds a polynomial that goes through all points", () => {
  const x = [32, 64, 128, 256, 512];
  const { coefficients, residual } = fit(x, x.map((at) => 3 + 0.5 * at + 0.001 * at * at), 2);
  [3, 0.5, 0.001].forEach((wanted, k) => assertAlmostEquals(coefficients[k], wanted, 1e-9));
  assertLess(residual, 1e-9);
});

Deno.test("fit() weighs relative errors: a tenth of a small value counts as a tenth of a large one", () => {
  const { coefficients: [constant], residual } = fit([1, 2], [90, 110], 0);
  // Σ ((y - c) / y)² is least at Σ 1/y ÷ Σ 1/y²
  assertAlmostEquals(constant, (1 / 90 + 1 / 110) / (1 / 90 ** 2 + 1 / 110 ** 2), 1e-9);
  assertAlmostEquals(residual, 0.0995, 1e-3);
});

Deno.test("fit() refuses fewer points than coefficients", () => {
  assertThrows(() => fit([1], [1], 1), RangeError, "2 coefficients");
});

Deno.test("fitText() writes signs and powers", () => {
  const text = fitText({ coefficients: [-3.14, 0.5, -0.0012], residual: 0.0213 });
  assertEquals(text, "-3.1 + 0.5 x - 0.0012 x²; residual 2.1 %");
});
