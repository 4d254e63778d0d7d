import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { randomisationTest } from "../../src/ir/resampling.ts";
import {
  benjaminiHochberg,
  cohensD,
  holm,
  independentTTest,
  pairedTTest,
} from "../../src/ir/significance.ts";
import { twoTailed } from "../../src/ir/student_t.ts";

const a = [0.51, 0.62, 0.33, 0.78, 0.41, 0.95, 0.12, 0.66];
const b = [0.48, 0.60, 0.35, 0.70, 0.20, 0.90, 0.15, 0.61];

/** Relative error of the incomplete beta function; the largest met below is 5e-12, at ν = 100 000. */
const BETA = 1e-10;

function assertClose(found: number, wanted: number, tolerance = BETA) {
  assertAlmostEquals(found, wanted, tolerance * Math.abs(wanted));
}

Deno.test("pairedTTest() gives scipy's ttest_rel", () => {
  // scipy 1.17.1: scipy.stats.ttest_rel(a, b)
  const { t, degrees, p } = pairedTTest(a, b);
  assertClose(t, 1.8452265142878863);
  assertClose(p, 0.10751749529443386);
  assertEquals(degrees, 7);
  assertClose(pairedTTest(b, a).t, -t);
});

Deno.test("independentTTest() gives scipy's ttest_ind", () => {
  // scipy 1.17.1: scipy.stats.ttest_ind(a, b)
  const { t, degrees, p } = independentTTest(a, b);
  assertClose(t, 0.3759072002599765);
  assertClose(p, 0.7126206904531942);
  assertEquals(degrees, 14);
});

Deno.test("twoTailed() gives scipy's 2 * t.sf(t, ν) from ν = 1 to 100 000, far tails included", () => {
  // scipy 1.17.1: 2 * scipy.stats.t.sf(t, degrees)
  const golden = [
    [0.5, 1, 0.7048327646991335],
    [2.0, 1, 0.2951672353008665],
    [1.5, 7, 0.17729848698997],
    [2.2621571628, 9, 0.049999999999853315],
    [4.0, 42, 0.00025157040395755497],
    [30, 42, 5.374541829805925e-30],
    [0.001, 42, 0.9992068503347822],
    [1.96, 999, 0.050273462733810045],
    [8, 5000, 1.5339871886915484e-15],
    [2.5, 100000, 0.012420919192559051],
  ];
  for (const [t, degrees, p] of golden) {
    assertClose(twoTailed(t, degrees), p);
    assertClose(twoTailed(-t, degrees), p);
  }
  assertEquals(twoTailed(0, 5), 1);
  assertEquals(twoTailed(Infinity, 5), 0);
});

Deno.test("pairedTTest() of equal systems is t 0, p 1; of a constant difference p 0", () => {
  assertEquals(pairedTTest(a, a), { t: 0, degrees: 7, p: 1 });
  assertEquals(pairedTTest([2, 3, 4], [1, 2, 3]), { t: Infinity, degrees: 2, p: 0 });
});

Deno.test("cohensD() is the mean difference over the differences' standard deviation", () => {
  // numpy 2.4.6: d.mean() / d.std(ddof=1), d = a - b
  assertClose(cohensD(a, b), 0.6523860905390901);
  assertEquals(cohensD(a, a), 0);
});

Deno.test("benjaminiHochberg() corrects step up, never raising, never above 1, in the order given", () => {
  // by hand: 4/1 · .01, 4/2 · .02, 4/3 · .03, 4/4 · .5
  const found = benjaminiHochberg([0.5, 0.01, 0.03, 0.02]);
  [0.5, 0.04, 0.04, 0.04].forEach((p, i) => assertAlmostEquals(found[i], p, 1e-12));
  assertEquals(benjaminiHochberg([0.9, 0.8]), [0.9, 0.9]);
  assertEquals(benjaminiHochberg([]), []);
});

Deno.test("holm() corrects step down, never lowering, never above 1, in the order given", () => {
  // Worked by hand: 0.01·4, then max(0.04, 0.02·3), max(0.06, 0.03·2), max(0.06, 0.5·1).
  assertEquals(holm([0.5, 0.01, 0.03, 0.02]), [0.5, 0.04, 0.06, 0.06]);
  assertEquals(holm([0.9, 0.8]), [1, 1]);
  assertEquals(holm([]), []);
});

Deno.test("randomisationTest() comes near the exact p over all 2⁸ sign changes", () => {
  // scipy 1.17.1: permutation_test(..., permutation_type="samples", n_resamples=np.inf) = 0.09375
  const draws = 100_000;
  const exact = 0.09375;
  const fiveDeviations = 5 * Math.sqrt(exact * (1 - exact) / draws);
  assertAlmostEquals(randomisationTest(a, b, { draws }), exact, fiveDeviations);
});

Deno.test("randomisationTest() repeats itself for a seed and is 1 for equal systems", () => {
  assertEquals(randomisationTest(a, b, { seed: 3 }), randomisationTest(a, b, { seed: 3 }));
  assertEquals(randomisationTest(a, a), 1);
});

Deno.test("pairedTTest() and its kin refuse sides that do not match, or single values", () => {
  for (const test of [pairedTTest, cohensD, randomisationTest]) {
    assertThrows(() => test([1, 2], [1, 2, 3]), RangeError, "got 2 and 3");
    assertThrows(() => test([1], [2]), RangeError, "got 1 and 1");
  }
  assertThrows(() => independentTTest([1], [2, 3]), RangeError, "got 1 and 2");
});
