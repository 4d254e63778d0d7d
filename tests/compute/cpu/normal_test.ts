/** The normal distribution in float64 against 40 digits. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { normalCdf, normalPdf } from "../../../src/compute/cpu/normal.ts";

/**
 * Φ by 40-digit arithmetic (mpmath 1.3.0); SciPy 1.17.1's ndtr has the same numbers to 1e-15:
 * python -c "from mpmath import *; mp.dps = 40; [print(nstr(ncdf(mpf(x)), 17)) for x in (-38., …)]"
 */
const values: readonly (readonly [number, number])[] = [
  [-20, 2.7536241186062337e-89],
  [-10, 7.6198530241605261e-24],
  [-6, 9.865876450376981e-10],
  [-4.5, 3.3976731247300604e-6],
  [-3.0000001, 0.0013498975884453205],
  [-3, 0.0013498980316300945],
  [-2.999, 0.0013543365337271061],
  [-2, 0.022750131948179207],
  [-1.3, 0.096800484585610326],
  [-1, 0.15865525393145705],
  [-0.5, 0.308537538725986896],
  [-0.1, 0.46017216272297102],
  [-1e-8, 0.499999996010577196],
  [0, 0.5],
  [0.3, 0.61791142218895263],
  [0.7, 0.75803634777692697],
  [1, 0.84134474606854295],
  [1.5, 0.933192798731141934],
  [2.5, 0.99379033467422386],
  [2.9999, 0.998649658717045075],
  [3, 0.99865010196836990],
  [4, 0.99996832875816688],
  [6, 0.999999999013412355],
  [8.2, 0.99999999999999988],
  [9, 1],
];

/** Four units in the last place of numbers below 1, as the function promises. */
const ABSOLUTE = 1e-15;
/** Its continued fraction is of 80 levels, its series cancels to 1e-3 of its terms. */
const RELATIVE = 1e-12;

Deno.test("normalCdf() agrees with 40-digit arithmetic to 1e-15, and in the tail to 12 digits", () => {
  for (const [x, expected] of values) {
    assertLess(Math.abs(normalCdf(x) - expected), ABSOLUTE, `Φ(${x})`);
    assertLess(Math.abs(normalCdf(x) / expected - 1), RELATIVE, `Φ(${x})`);
  }
});

Deno.test("normalCdf() is symmetric, rises, and does not jump where its two formulas meet", () => {
  let before = 0;
  for (let i = -900; i <= 900; i++) {
    const value = normalCdf(i / 100);
    assertLess(Math.abs(value + normalCdf(-i / 100) - 1), ABSOLUTE);
    assert(value >= before);
    before = value;
  }
  // Just below and at 3 the true values differ by φ(3) times the step.
  const step = 1e-9;
  const rise = normalCdf(3) - normalCdf(3 - step);
  assertLess(Math.abs(rise - step * normalPdf(3)), ABSOLUTE);
});

Deno.test("normalCdf() ends at 0 and 1 and passes on what is not a number", () => {
  assertEquals([-Infinity, -40, 40, Infinity].map(normalCdf), [0, 0, 1, 1]);
  assert(Number.isNaN(normalCdf(NaN)));
});

Deno.test("normalPdf() is the derivative of normalCdf()", () => {
  // 1/√(2π), and the values of the standard table at 1 and 2, to its 16 digits
  assertLess(Math.abs(normalPdf(0) - 0.3989422804014327), 1e-16);
  assertLess(Math.abs(normalPdf(1) - 0.24197072451914337), 1e-16);
  assertLess(Math.abs(normalPdf(-2) - 0.05399096651318806), 1e-16);
  const step = 1e-3;
  for (const x of [-5, -2.2, -0.4, 0, 1.1, 2.9]) {
    const slope = (8 * (normalCdf(x + step) - normalCdf(x - step)) -
      (normalCdf(x + 2 * step) - normalCdf(x - 2 * step))) / (12 * step);
    // four roundings of 1e-16 over 12 steps, and step⁴
    assertLess(Math.abs(slope - normalPdf(x)), 1e-12);
  }
});
