import { assertEquals } from "@std/assert";
import { effectOf } from "../../../src/experiments/claims/effects.ts";
import { claimCurves, verdictLine } from "../../../src/experiments/multiverse/curves.ts";
import type { ClaimTest, Conclusion } from "../../../src/experiments/results/results.ts";
import { curveFigure } from "../../../src/report/multiverse/curve_figure.ts";

const test = (value: number | null, p: number | null = null, half = 1): ClaimTest => ({
  name: "t",
  value,
  interval: value === null ? null : { low: value - half, high: value + half },
  unit: "points",
  p,
  outcome: "undecided",
});

const conclusion = (verdict: Conclusion["verdict"], tests: readonly ClaimTest[]): Conclusion => ({
  ...{ id: "fusion", claim: "F harms", source: "§5.3", finding: "", criterion: "", evidence: "" },
  ...{ verdict, tests },
});

const choices = [
  { name: "a", ambiguity: "", what: "", alternatives: ["a0", "a1"] },
  { name: "b", ambiguity: "", what: "", alternatives: ["b0", "b1", "b2"] },
];

/** A claim that holds unless a is a1 and b is b2; its effect is lower by the places of both. */
const universes = [0, 1].flatMap((a) =>
  [0, 1, 2].map((b) => ({
    number: 1 + 3 * a + b,
    chosen: [a, b],
    conclusions: [
      conclusion(a === 1 && b === 2 ? "fails" : "holds", [test(10 - a - 2 * b, 0.01), test(0)]),
    ],
  }))
);

Deno.test("effectOf() takes the mean of tests, or the one nearest to failing", () => {
  const tests = [test(3, 0.2, 1), test(-5, 0.04, 3), test(null)];
  assertEquals(effectOf(tests, { of: "mean", lines: [0] }), {
    value: -1,
    interval: { low: -3, high: 1 },
    p: 0.04,
    unit: "points",
  });
  assertEquals(effectOf(tests, { of: "largest", lines: [] }).value, -5); // by size
  assertEquals(effectOf(tests, { of: "least", lines: [] }).value, -5);
  assertEquals(effectOf(tests.toReversed(), { of: "largest", lines: [] }).p, 0.04);
  assertEquals(effectOf([], { of: "mean", lines: [] }).value, null);
  const [whole, bare] = [test(1), { ...test(2), interval: null }];
  assertEquals(effectOf([whole, bare], { of: "mean", lines: [] }).interval, null);
});

Deno.test("claimCurves() counts verdicts, and says what every alternative does", () => {
  const [curve] = claimCurves(universes, choices);
  assertEquals(curve.counts, { holds: 5, mixed: 0, fails: 1, untested: 0 });
  assertEquals(curve.own, "holds");
  assertEquals(curve.points.map(({ value }) => value), [5, 4, 3, 4.5, 3.5, 2.5]);
  const [a, b] = curve.choices;
  assertEquals(a.alternatives.map(({ holds, value }) => [holds, value]), [[1, 4], [2 / 3, 3.5]]);
  assertEquals(b.alternatives.map(({ holds }) => holds), [1, 1, 0.5]);
  assertEquals([Math.round(1000 * a.moves), b.moves], [333, 0.5]);
  assertEquals(curve.hangsOn, ["b", "a"]);
  assertEquals(
    verdictLine(curve),
    "holds in 5 of 6 universes; reverses in 1; hangs on: b (holds with b0 100 %, b1 100 %, b2 50 %), " +
      "a (holds with a0 100 %, a1 67 %)",
  );
});

Deno.test("claimCurves() compares alternatives with the study's own where one is varied at a time", () => {
  const alone = universes.filter(({ chosen }) => chosen.includes(0));
  const reversed = alone.map((one) =>
    one.chosen[1] === 2 ? { ...one, conclusions: [conclusion("untested", [test(1)])] } : one
  );
  const [curve] = claimCurves(reversed, choices);
  assertEquals(curve.choices.map(({ moves }) => moves), [0, 1]);
  assertEquals(curve.choices[0].alternatives.map(({ counts }) => counts.holds), [1, 1]);
  assertEquals(
    verdictLine(curve),
    "holds in 3 of 4 universes; reverses in 0; cannot be told in 1; hangs on: " +
      "b (holds with b0 100 %, b1 100 %, b2 0 %)",
  );
});

Deno.test("curveFigure() has a row a universe in order of the effect, and none where all are alike", () => {
  const records = universes.map(({ number, chosen }) => ({
    universe: number,
    chosen: { a: `a${chosen[0]}`, b: `b${chosen[1]}` },
    study_sha256: "",
  }));
  const [curve] = claimCurves(universes, choices);
  const figure = curveFigure(curve, { choices, universes: records })!;
  assertEquals(figure.rows.map(({ universe, value, b }) => [universe, value, b]), [
    [6, 2.5, "b2"],
    [3, 3, "b2"],
    [5, 3.5, "b1"],
    [2, 4, "b1"],
    [4, 4.5, "b0"],
    [1, 5, "b0"],
  ]);
  const same = universes.map((one) => ({ ...one, conclusions: universes[0].conclusions }));
  assertEquals(
    curveFigure(claimCurves(same, choices)[0], { choices, universes: records }),
    undefined,
  );
});

Deno.test("claimCurves() gives an alternative no effect where one of its universes has none", () => {
  const [curve] = claimCurves(
    universes.map((one) =>
      one.number === 5 ? { ...one, conclusions: [conclusion("untested", [])] } : one
    ),
    choices,
  );
  const [a, b] = curve.choices;
  assertEquals(a.alternatives.map(({ value }) => value), [4, null]);
  assertEquals(b.alternatives.map(({ value }) => value), [4.75, null, 2.75]);
});
