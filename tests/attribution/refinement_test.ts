/** The adaptive rule's numbers on paths whose integrals are known. */

import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import {
  cutSumsOf,
  FIRST_POINTS,
  isDone,
  measuresOf,
  MOST_POINTS,
  type PathNode,
  type Trapezoid,
  trapezoid,
  worstOf,
} from "../../src/attribution/adaptive/refinement.ts";

/** Between two points: one cut at which F is all that passes, its gradient `slope`. */
const between =
  (F: (t: number) => number, slope: (t: number) => number) => (a: number, b: number): Trapezoid => {
    // the cut's activation is t itself: Σ ½ (g_a + g_b)(t_b - t_a)
    const [sums, spreads] = [1, -1].map((sign) =>
      Float64Array.of(0.5 * (slope(b) + sign * slope(a)) * (b - a))
    );
    return trapezoid({ t: a, F: F(a) }, { t: b, F: F(b) }, { sums, spreads });
  };
const path = (points: readonly number[], make: (a: number, b: number) => Trapezoid) =>
  points.slice(1).map((b, i) => make(points[i], b));

Deno.test("trapezoid() finds no error where the gradient does not change", () => {
  const { defect, uncertainty } = between((t) => 3 * t, () => 3)(0.25, 0.5);
  assertEquals([defect, uncertainty], [0, 0]);
});

Deno.test("trapezoid() falls in defect with the third power of the width, in uncertainty with 2.5", () => {
  const cubic = between((t) => t ** 3, (t) => 3 * t ** 2);
  const [wide, narrow] = [cubic(0.4, 0.6), cubic(0.45, 0.55)];
  assertAlmostEquals(wide.defect / narrow.defect, 8, 1e-9);
  assertAlmostEquals(wide.uncertainty / narrow.uncertainty, 2 ** 2.5, 1e-9);
  // ∫ is F's change, the trapezoid's error h³/12 F'''
  assertAlmostEquals(wide.defect, 0.2 ** 3 / 12 * 6, 1e-12);
});

Deno.test("trapezoid() takes the largest of all cuts, each for itself", () => {
  const node = (t: number, F: number): PathNode => ({ t, F });
  const { defect, uncertainty } = trapezoid(node(0, 1), node(1, 2), {
    sums: Float64Array.of(1.5, 0.6, 1),
    spreads: Float64Array.of(0.1, 0.3, -0.8),
  });
  assertEquals(defect, 0.5);
  assertAlmostEquals(uncertainty, Math.sqrt(0.5 * 0.8), 1e-15);
});

Deno.test("worstOf() halves the most uncertain quarter, of it what is comparable, the earlier of equals first", () => {
  const of = (uncertainties: readonly number[]) =>
    uncertainties.map((uncertainty, i): Trapezoid => ({
      ...{ a: { t: i, F: 0 }, b: { t: i + 1, F: 0 }, cutSums: new Float64Array(1) },
      ...{ defect: 0, uncertainty },
    }));
  const starts = (uncertainties: readonly number[]) =>
    worstOf(of(uncertainties)).map(({ a }) => a.t);
  assertEquals(starts([1, 5, 2, 3]), [1]);
  assertEquals(starts([1, 5, 2, 3, 5]), [1, 4]);
  assertEquals(starts([5, 1, 3.4, 3.6, 1, 1, 1, 1, 1]), [0, 3]); // 3.5 is .7 of 5
  assertEquals(starts([2, 2, 2, 2]), [0]);
});

Deno.test("measuresOf() adds uncertainties as independent errors, and tells F's way from its change", () => {
  const up = between((t) => t ** 2, (t) => 2 * t);
  const parts = path([0, 0.5, 1], up);
  const measures = measuresOf(parts);
  assertAlmostEquals(
    measures.uncertainty,
    Math.hypot(...parts.map(({ uncertainty }) => uncertainty)),
    1e-15,
  );
  assertEquals([measures.difference, measures.variation], [1, 1]);
  assertAlmostEquals(measures.gap, 0, 1e-15); // the rule is exact for t²
  assertAlmostEquals(cutSumsOf(parts)[0], 1, 1e-15);
  const back = measuresOf(path([0, 0.5, 1], between((t) => t * (1 - t), (t) => 1 - 2 * t)));
  assertEquals([back.difference, back.variation], [0, 0.5]);
});

const exactness = { tolerance: 0.05, rounding: 2 ** -22 };

Deno.test("isDone() compares the uncertainty with TV(F), whatever F's change", () => {
  const wave = path(
    FIRST_POINTS,
    between((t) => Math.sin(7 * t) - Math.sin(7) * t, (t) => 7 * Math.cos(7 * t) - Math.sin(7)),
  );
  const { difference, variation, uncertainty } = measuresOf(wave);
  assertLess(Math.abs(difference), 1e-12);
  assert(uncertainty > 0.05 * variation && !isDone(wave, exactness));
  assert(isDone(wave, { ...exactness, tolerance: 1.01 * uncertainty / variation }));
});

Deno.test("isDone() asks no more than F's rounding can tell, nor more points than there may be", () => {
  const flat = path(
    FIRST_POINTS,
    between((t) => 1 + 1e-9 * Math.sin(40 * t), (t) => 4e-8 * Math.cos(40 * t)),
  );
  assert(isDone(flat, exactness));
  assert(!isDone(flat, { ...exactness, rounding: 0 }));
  const rough = between((t) => Math.sin(1e4 * t), (t) => 1e4 * Math.cos(1e4 * t));
  const even = (points: number) =>
    path(Array.from({ length: points }, (_, i) => i / (points - 1)), rough);
  assert(!isDone(even(400), exactness));
  assert(isDone(even(MOST_POINTS), exactness));
  assert(isDone(path(FIRST_POINTS, between(() => NaN, () => NaN)), exactness)); // no number
});
