import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { claimIds, conclusions } from "../../../src/experiments/claims/conclusions.ts";
import { decideAll, decideAny, signOf } from "../../../src/experiments/claims/decide.ts";
import type {
  AblationContrast,
  AblationStudy,
  BaselineStudy,
  ClaimTest,
  CollectionChange,
  ConvergenceStudy,
  LocationEffect,
  OverlapContrast,
  OverlapContrastPoint,
  OverlapCurve,
  OverlapPoint,
  OverlapStudy,
} from "../../../src/experiments/results/results.ts";
import { components } from "../../spaces.ts";

const verdict = (id: string, evidence: Parameters<typeof conclusions>[0]) =>
  conclusions(evidence).find((one) => one.id === id)!;
const around = (value: number, half: number) => ({ low: value - half, high: value + half });

/** A point at a level of sets of 100 neurons; p of ≥ so many in random sets. */
function point(level: number, percent: number, half: number, above = 0.5): OverlapPoint {
  return {
    ...{ level, size: 100, count: percent, percent, chance: 1 },
    ...{ nullBand: { mean: 1, low: 0, high: 2 }, tails: { below: 0.5, above } },
    interval: around(percent, half),
  };
}
function curve(about: Partial<OverlapCurve>, ...points: OverlapPoint[]): OverlapCurve {
  return {
    ...{ expression: "x", kind: "pair", collections: ["c", "a"], inDomain: false },
    ...{ figures: ["2a", "3"], points, ...about },
  };
}
const overlaps = (curves: OverlapCurve[], more: Partial<OverlapStudy> = {}): OverlapStudy => ({
  ...{
    levels: [0.01],
    curves,
    contrasts: [],
    queries: 30,
    methods: { nullBand: "", interval: "" },
  },
  ...more,
});
const test = (outcome: ClaimTest["outcome"]): ClaimTest => ({
  ...{ name: "", value: 1, interval: null, unit: "", p: null, outcome },
});
const [yes, no, maybe, same] = ["supports", "contradicts", "undecided", "unchanged"].map((one) =>
  test(one as ClaimTest["outcome"])
);

Deno.test("decideAny() holds where one supports and none contradicts; decideAll() where every one supports", () => {
  const cases: [ClaimTest[], string, string][] = [
    [[yes, maybe, same], "holds", "untested"],
    [[yes, yes], "holds", "holds"],
    [[yes, no], "mixed", "mixed"],
    [[yes, no, no], "mixed", "fails"],
    [[no, maybe], "fails", "fails"],
    [[maybe, same], "untested", "untested"],
    [[], "untested", "untested"],
  ];
  for (const [tests, any, all] of cases) {
    assertEquals([decideAny(tests), decideAll(tests)], [any, all], JSON.stringify(tests));
  }
});

Deno.test("conclusions() says that claims without data cannot be told, and sets caveats beside theirs", () => {
  assertEquals(new Set(conclusions({}).map(({ verdict }) => verdict)), new Set(["untested"]));
  assertEquals(claimIds.length, new Set(claimIds).size);
  const noted = conclusions({ caveats: { baseline: "by construction" } });
  assertEquals(noted.map(({ caveat }) => caveat).filter(Boolean), ["by construction"]);
  assertEquals(noted.find(({ caveat }) => caveat)!.id, "baseline");
});

Deno.test("conclusions() asks of a core that a quarter of each set be shared, the whole interval above", () => {
  const of = (label: "relevant" | "non-relevant", ...points: OverlapPoint[]) => {
    const all = curve({ kind: "all", label, inDomain: true, expression: "all(P, A)" }, ...points);
    const outside = curve({ kind: "all", label }, point(0.01, 90, 1)); // over O: it contains the other
    const other = label === "relevant" ? "non-relevant" : "relevant";
    const others = curve({ kind: "all", label: other, inDomain: true }, point(0.01, 26, 9));
    return verdict(`core-${label}`, { overlaps: overlaps([others, outside, all]) });
  };
  for (const label of ["relevant", "non-relevant"] as const) {
    assertEquals(of(label, point(0.01, 40, 10)).verdict, "holds");
    assertEquals(of(label, point(0.01, 30, 10)).verdict, "untested");
    assertEquals(of(label, point(0.01, 10, 5)).verdict, "fails");
    assertEquals(of(label, point(0.01, 40, 10), point(0.05, 10, 5)).verdict, "mixed");
    assertEquals(of(label, point(0.01, 40, 10), point(0.1, 0, 1)).verdict, "holds"); // beyond 5 %
    const few = { ...point(0.001, 0, 1), size: 19 };
    assertEquals(of(label, point(0.01, 40, 10), few).verdict, "holds"); // too few to tell
  }
  assertStringIncludes(
    of("relevant", point(0.01, 40, 10)).finding,
    "40.0 % (95 % interval 30.0 to 50.0) at 1 %",
  );
  assertEquals(
    of("relevant", point(0.01, 40, 10)).evidence,
    "30 queries or more a scheme, 2 collections, 1 level",
  );
});

Deno.test("conclusions() asks of disjoint labels that P and N share at most 5 %, and half of what a label shares", () => {
  const of = (points: OverlapPoint[], sameLabel = 80) => {
    const pairs = points.map(({ level }) => point(level, sameLabel, 1));
    const labels = curve(
      { kind: "labels", collections: ["c"], expression: "P[c] & N[c]" },
      ...points,
    );
    return verdict("disjoint-labels", { overlaps: overlaps([curve({}, ...pairs), labels]) });
  };
  assertEquals(of([point(0.01, 2, 2)]).verdict, "holds");
  assertEquals(of([point(0.01, 2, 2)], 6).verdict, "untested"); // half of 6 % is 3 %
  assertEquals(of([point(0.01, 4, 2)]).verdict, "untested");
  assertEquals(of([point(0.01, 30, 5, 1e-6)]).verdict, "fails");
  assertEquals(of([point(0.01, 30, 5, 0.06)]).verdict, "untested"); // as random sets of its layers do
  assertEquals(of([point(0.01, 1, 1), point(0.02, 30, 5, 1e-6)]).verdict, "mixed");
  // Holm: .03 at two levels is .06
  assertEquals(of([point(0.01, 30, 5, 0.03), point(0.02, 30, 5, 0.5)]).verdict, "untested");
  assertStringIncludes(of([point(0.01, 2, 2)]).finding, "same labels 80.0 %");
});

Deno.test("conclusions() compares out-of-domain pairs with the others over levels, Holm over these", () => {
  const of = (...points: [value: number, p: number | null][]) => {
    const at = points.map(([value, p], i): OverlapContrastPoint => ({
      ...{ level: 0.01 * (i + 1), size: 100, value, interval: around(value, 3), p, degrees: 29 },
    }));
    const contrast: OverlapContrast = {
      claim: "out-of-domain-relevant",
      label: "relevant",
      ...{ leavesOut: false, points: at, more: ["x"], less: ["y"] },
    };
    return verdict("out-of-domain-relevant", {
      overlaps: overlaps([curve({ collections: ["a", "m"] })], { contrasts: [contrast] }),
    });
  };
  assertEquals(of([10, 0.001], [1, 0.8]).verdict, "holds");
  assertEquals(of([-10, 0.001], [1, 0.8]).verdict, "fails");
  assertEquals(of([-10, 0.001], [10, 0.001]).verdict, "mixed");
  assertEquals(of([10, 0.04], [1, 0.8]).verdict, "untested"); // .08 after Holm
  assertEquals(of([10, null]).verdict, "untested");
  assertStringIncludes(of([10, 0.001]).finding, "Were all 3 collections alike");
  assertStringIncludes(of([10, 0.001]).finding, "would share least in 1 of 3 cases");
  const none = verdict("out-of-domain-relevant", { overlaps: overlaps([curve({})]) });
  assertStringIncludes(none.finding, "fewer than three pairs");
});

function ablation(
  contrasts: Partial<AblationContrast>[],
  rows: AblationStudy["rows"] = [],
): AblationStudy {
  return {
    ...{ levels: [0.01], groups: [], alpha: 0.05, family: "", interval: "", rows },
    contrasts: contrasts.map((one) => ({
      ...{ claim: "non-relevant-harms-more", more: "N[c]", less: "P[c]", beyondRandom: true },
      ...{ level: 0.01, collection: "x", queries: 20, changed: 20, points: 1, t: 1, degrees: 19 },
      ...{ interval: around(one.points ?? 1, 1), p: 0.5, holm: 0.5, ...one },
    })),
  };
}

Deno.test("conclusions() compares losses by corrected tests, with every comparison shown", () => {
  for (const claim of ["non-relevant-harms-more", "fusion"] as const) {
    const of = (...some: Partial<AblationContrast>[]) =>
      verdict(claim, { home: "c", ablation: ablation(some.map((one) => ({ claim, ...one }))) });
    assertEquals(of({ points: 9, holm: 0.01 }, { points: -1, holm: 1 }).verdict, "holds");
    assertEquals(of({ points: -9, holm: 0.01 }).verdict, "fails");
    assertEquals(of({ points: 9, holm: 0.01 }, { points: -9, holm: 0.01 }).verdict, "mixed");
    assertEquals(of({ points: 9, holm: 0.051 }).verdict, "untested");
    const unchanged = of({ points: 0, holm: null }, { points: 9, holm: 0.01 });
    assertEquals(unchanged.tests.map(({ outcome }) => outcome), ["unchanged", "supports"]);
    assertStringIncludes(unchanged.finding, "9.00 points (95 % interval 8.00 to 10.00)");
    assertStringIncludes(unchanged.finding, "in 1 no query changes");
    const asked = { test: "randomisation", correction: "none", p: 0.02, corrected: 0.04 };
    assertEquals(of({ points: 9, holm: 0.2, asked }).verdict, "holds");
    assertEquals(
      of({ points: 9, holm: 0.01, asked: { ...asked, corrected: 0.2 } }).verdict,
      "untested",
    );
  }
});

Deno.test("conclusions() says by which tests and correction it decides where others are asked for", () => {
  const [usual, others] = [undefined, { losses: "randomisation", correction: "none" } as const]
    .map((tests) => conclusions({ tests }).map(({ criterion }) => criterion).join("\n"));
  assertEquals(usual.match(/paired t-tests over queries, Holm over all/g)?.length, 2);
  assertEquals(
    others.match(/paired randomisation tests over queries, uncorrected over all/g)?.length,
    2,
  );
  assertStringIncludes(others, "(exact, uncorrected over all)");
  assertStringIncludes(others, "(uncorrected over levels)");
});

Deno.test("conclusions() corrects overlaps as is asked", () => {
  const labels = curve(
    { kind: "labels", expression: "P[c] & N[c]", collections: ["c"] },
    point(0.01, 20, 1, 0.02),
    point(0.02, 20, 1, 0.04),
    point(0.03, 20, 1, 0.9),
  );
  const p = (correction?: "holm" | "benjamini-hochberg" | "none") =>
    verdict("disjoint-labels", { overlaps: overlaps([labels]), tests: { correction } }).tests
      .map(({ p }) => Number(p!.toFixed(6)));
  assertEquals(p(), [0.06, 0.08, 0.9]);
  assertEquals(p("holm"), p());
  assertEquals(p("benjamini-hochberg"), [0.06, 0.06, 0.9]);
  assertEquals(p("none"), [0.02, 0.04, 0.9]);
});

Deno.test("conclusions() asks of the random control that all of its changes be below 2 %, tested both ways", () => {
  const of = (points: number, half: number, { queries = 20, name = "random(N[c])" } = {}) => {
    const change = {
      ...{ collection: "x", queries, original: 0.5, percent: points / 0.5, points },
      interval: around(points, half),
    } as CollectionChange;
    const cell = { level: 0.01, neurons: 9, repetitions: 10, collections: [change], groups: [] };
    const rows = [
      { expression: "P[c]", kind: "set", cells: [] },
      { expression: "N[c]", kind: "set", cells: [] },
      {
        expression: "random(P[c])",
        kind: "random",
        cells: [{ ...cell, collections: [{ ...change, points: 9, interval: around(9, 1) }] }],
      },
      { expression: name, kind: "random", cells: [cell] },
    ] as const;
    return verdict("random", { ablation: ablation([], rows) }).verdict;
  };
  // 90 % ends: half · t(.90, 19) / t(.95, 19) = half · .8262; in per cent of .5
  assertEquals(of(0.1, 1), "holds"); // .2 ± 1.65 %
  assertEquals(of(0.1, 1.1), "untested"); // .2 ± 1.82 %
  assertEquals(of(-0.1, 1), "holds");
  assertEquals(of(-0.1, 1.1), "untested");
  // scipy: t.ppf(.95, 19) / t.ppf(.975, 19) is .82613, and .82850 were it of 18 degrees above
  assertEquals([of(0, 1 / .8272), of(0, 1 / .825)], ["holds", "untested"]); // bounds are 1 point of .5
  assertEquals(of(3, 1), "fails"); // 4 to 8 %
  assertEquals(of(-3, 1), "fails");
  assertEquals(of(0.1, 1, { queries: 19 }), "untested");
  assertEquals(of(0.1, 1, { name: "random(fuse(A))" }), "fails"); // no control of N: the first one, which fails
});

function location(lastLayers: Partial<LocationEffect>, queryKey: Partial<LocationEffect>) {
  const usual = { count: 9, of: 20, even: 0.5, timesEven: 1, tails: { below: 0.5, above: 0.5 } };
  return {
    home: "c",
    locations: [{
      ...{
        expression: "N[c]",
        level: 0.01,
        size: 20,
        components,
        counts: Array(4).fill([1, 1, 1, 1, 0, 1]),
      },
      effects: {
        lastLayers: { ...usual, interval: around(1, 0.1), ...lastLayers },
        queryKey: { ...usual, interval: around(1, 0.1), ...queryKey },
        ...{ middle: [1, 1] as const, queries: 30 },
      },
    }],
  };
}

Deno.test("conclusions() asks of a peak in the last layers more than even, by queries and by random places", () => {
  const of = (timesEven: number, half: number, tails: LocationEffect["tails"]) =>
    verdict("last-layers", location({ timesEven, interval: around(timesEven, half), tails }, {}))
      .verdict;
  assertEquals(of(1.5, 0.4, { below: 0.99, above: 0.01 }), "holds");
  assertEquals(of(1.5, 0.6, { below: 0.99, above: 0.01 }), "untested");
  assertEquals(of(1.5, 0.4, { below: 0.9, above: 0.1 }), "untested");
  assertEquals(of(0.5, 0.4, { below: 0.01, above: 0.99 }), "fails");
  assertEquals(of(0.5, 0.4, { below: 0.1, above: 0.9 }), "untested");
  assertEquals(
    verdict("last-layers", { ...location({}, {}), home: "a" }).verdict,
    "untested",
  );
});

Deno.test("conclusions() asks of query and key less than half of even, in the middle layers", () => {
  const of = (timesEven: number, half: number, below: number) => {
    const effect = {
      timesEven,
      interval: around(timesEven, half),
      tails: { below, above: 1 - below },
    };
    return verdict("query-key", location({}, effect)).verdict;
  };
  assertEquals(of(0.2, 0.2, 0.01), "holds");
  assertEquals(of(0.2, 0.31, 0.01), "untested");
  assertEquals(of(0.2, 0.2, 0.14), "untested"); // 6 of 36 against 28.6 % evenly
  assertEquals(of(1, 0.4, 0.6), "fails");
  assertEquals(of(1, 0.6, 0.6), "untested");
});

Deno.test("conclusions() asks of padding a significant lead over the runner-up", () => {
  const study = (value: number, p: number): BaselineStudy => ({
    ...{ collection: "c", pairs: 100, queries: 30, choice: "pad" },
    rows: [{ baseline: "pad", difference: 0.1, standardError: 0.01, paper: 0.21 }],
    padAhead: { runnerUp: "zero", value, interval: around(value, 0.1), p },
  });
  const of = (value: number, p: number) => verdict("baseline", { baselines: study(value, p) });
  assertEquals([of(0.3, 0.01), of(0.3, 0.06), of(-0.3, 0.01)].map((one) => one.verdict), [
    "holds",
    "untested",
    "fails",
  ]);
  assertStringIncludes(of(0.3, 0.01).finding, "by 0.30 (95 % interval 0.20 to 0.40)");
  assertEquals(of(0.3, 0.01).evidence, "100 pairs of 30 queries");
});

Deno.test("conclusions() says whether 100 steps are enough, and the rule in use, and what is cheaper", () => {
  const row = (
    name: [string, number | null],
    { error, half = 0.01, wrong = 0, pairs = 20 }: {
      error: number;
      half?: number;
      wrong?: number;
      pairs?: number;
    },
    evaluations: number,
  ) => {
    const spread = { mean: error, median: error / 2, worst: error };
    const schemes = ["P[x]", "N[x]"];
    return {
      ...{ rule: name[0], steps: name[1], tolerance: name[1] === null ? 0.05 : null, evaluations },
      ...{
        error: spread,
        absoluteError: spread,
        rank: spread,
        overlap: spread,
        completeness: spread,
      },
      errors: schemes.map((scheme) => ({
        ...{ scheme, pairs, queries: 15, mean: error, median: error / 2 },
        interval: around(error, half),
      })),
      schemes: schemes.map((scheme) => ({
        ...{ scheme, error, overlap: 1, ofScheme: { pairs: 100, overlap: 1 - wrong } },
      })),
      pairs: [],
    };
  };
  const none = { mean: 0, median: 0, worst: 0 };
  const study = (...rows: ConvergenceStudy["rows"]): ConvergenceStudy => ({
    ...{ collection: "x", target: "logit", baseline: "pad", level: 0.01, size: 36, rows },
    pairs: { relevant: 20, nonRelevant: 20 },
    reference: { tolerance: 1e-3, cuts: 2, evaluations: 9, error: none, completeness: none },
    inUse: { rule: "adaptive", steps: null, tolerance: 0.05 },
  });
  const right = (about: Parameters<typeof row>[1]) => row(["right", 100], about, 101);
  const of = (about: Parameters<typeof row>[1]) =>
    verdict("hundred-steps", { convergence: study(right(about)) });
  assertEquals(of({ error: 0.03 }).verdict, "holds");
  assertEquals(of({ error: 0.045 }).verdict, "untested"); // up to 5.5 %
  assertEquals(of({ error: 0.07, wrong: 0.1 }).verdict, "fails");
  assertEquals(of({ error: 0.03, wrong: 0.1 }).verdict, "mixed");
  assertEquals(of({ error: 0.03, wrong: 0.05 }).verdict, "holds");
  assertEquals(of({ error: 0.03, pairs: 19 }).verdict, "untested");
  const outcomes = of({ error: 0.03, pairs: 19 }).tests.map(({ outcome }) => outcome);
  assertEquals(outcomes, Array(4).fill("undecided")); // errors and sets alike
  assertStringIncludes(of({ error: 0.03 }).finding, "1.5 % in the median");
  const both = study(right({ error: 0.07 }), row(["adaptive", null], { error: 0.03 }, 21.5));
  const found = conclusions({ convergence: both });
  const said = (id: string) => found.find((one) => one.id === id)!;
  assertEquals(said("rule-in-use").verdict, "holds");
  assertStringIncludes(
    said("hundred-steps").finding,
    "adaptive at tolerance 0.05 is off by 3.0 % in 21.5 evaluations instead of 101.0",
  );
  assert(!said("rule-in-use").finding.includes("instead of"));
  const papers = { ...both, inUse: { rule: "right", steps: 100, tolerance: null } };
  assertEquals(verdict("rule-in-use", { convergence: papers }).verdict, "untested"); // said above
});

Deno.test("conclusions() asks of query and key only where the model has them", () => {
  const { home, locations: [one] } = location({}, { timesEven: 0, interval: around(0, 0.1) });
  const others = { ...one, components: ["attention", "intermediate"], counts: [[1, 1], [1, 1]] };
  assertEquals(verdict("query-key", { home, locations: [others] }).tests, []);
  assertEquals(verdict("query-key", { home, locations: [one] }).tests.length, 1);
});

Deno.test("conclusions() names the figure of each label, 2a and 2c", () => {
  assertEquals(
    ["core-relevant", "core-non-relevant"].map((id) => verdict(id, {}).source),
    ["§5.1, Figs. 2a, 3", "§5.1, Figs. 2c, 3"],
  );
});

Deno.test("signOf() has no outcome without a difference, however small p is", () => {
  assertEquals([0, 1, -1].map((value) => signOf(value, 0.001)), [
    ...["undecided", "supports", "contradicts"],
  ]);
  assertEquals([signOf(1, 0.06), signOf(1, null)], ["undecided", "unchanged"]);
});
