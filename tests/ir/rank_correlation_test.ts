import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { ranks, spearman } from "../../src/ir/rank_correlation.ts";

const of = (...values: number[]) => Float64Array.from(values);

Deno.test("ranks() gives equal values the mean of their ranks", () => {
  assertEquals(ranks(of(3, 1, 2)), of(3, 1, 2));
  assertEquals(ranks(of(5, 1, 5, 0, 5)), of(4, 2, 4, 1, 4));
  assertEquals(ranks(of(0, -0, 7)), of(1.5, 1.5, 3));
  assertEquals(ranks(of()), of());
});

Deno.test("spearman() is 1 of the same order, -1 of the opposite, 1 - 6 Σ d² / (n³ - n) without ties", () => {
  const x = of(0.1, 2, 3.5, 40, 500, -6, 7);
  const y = of(3, 1, 2, 10, 8, 9, -4);
  const rho = (a: Float64Array, b: Float64Array) => spearman(ranks(a), ranks(b));
  assertAlmostEquals(rho(x, x.map((value) => value ** 3)), 1, 1e-15);
  assertAlmostEquals(rho(x, x.map((value) => -value)), -1, 1e-15);
  const [a, b] = [ranks(x), ranks(y)];
  const squares = a.reduce((sum, rank, i) => sum + (rank - b[i]) ** 2, 0);
  assertAlmostEquals(rho(x, y), 1 - 6 * squares / (7 ** 3 - 7), 1e-15);
  assert(Number.isNaN(rho(x, x.map(() => 1))));
});

Deno.test("spearman() of ties is Pearson's correlation of the mean ranks", () => {
  // ranks 1.5 1.5 3 4 and 1 2.5 2.5 4: Σ (x-x̄)(y-ȳ) = 3.75, Σ (x-x̄)² = Σ (y-ȳ)² = 4.5
  assertAlmostEquals(
    spearman(ranks(of(1, 1, 2, 3)), ranks(of(1, 2, 2, 3))),
    3.75 / 4.5,
    1e-15,
  );
});
