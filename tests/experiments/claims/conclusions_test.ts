import { assertEquals, assertStringIncludes } from "@std/assert";
import { conclusions } from "../../../src/experiments/claims/conclusions.ts";
import type {
  AblationStudy,
  ConvergenceStudy,
  OverlapCurve,
  OverlapStudy,
} from "../../../src/experiments/results/results.ts";
import { components } from "../../../src/model/components.ts";

function curve(about: Partial<OverlapCurve>, percent: number): OverlapCurve {
  const point = { level: 0.01, size: 100, count: percent, percent, chance: 1, interval: null };
  return {
    expression: "x",
    kind: "pair",
    collections: [],
    inDomain: false,
    figures: ["2a"],
    points: [{ ...point, nullBand: { mean: 1, low: 0, high: 2 } }],
    ...about,
  };
}
const study = (curves: OverlapCurve[]): OverlapStudy => ({
  levels: [0.01],
  curves,
  methods: { nullBand: "", interval: "" },
});
function ablation(percents: Record<string, number>): AblationStudy {
  const groups = (percent: number) => [{
    group: "all",
    percent,
    points: percent,
    collections: 1,
    significant: { paired: 0, independent: 0, holm: 0 },
    mark: null,
  }];
  return {
    levels: [0.01],
    groups: [{ name: "all", collections: ["x"] }],
    alpha: 0.05,
    family: "",
    rows: Object.entries(percents).map(([expression, percent]) => ({
      expression,
      kind: expression.startsWith("random") ? "random" : "set",
      cells: [{
        level: 0.01,
        neurons: 1,
        repetitions: 1,
        collections: [],
        groups: groups(percent),
      }],
    })),
  };
}
const verdict = (id: string, evidence: Parameters<typeof conclusions>[0]) =>
  conclusions(evidence).find((one) => one.id === id)!;

Deno.test("conclusions() says that claims without data are untested", () => {
  assertEquals(new Set(conclusions({}).map(({ verdict }) => verdict)), new Set(["untested"]));
});

Deno.test("conclusions() gives the verdict that the numbers give, not the paper's", () => {
  const label = "relevant" as const;
  const pairs = (within: number[], across: number[]) =>
    study([
      ...within.map((percent) => curve({ label, figures: ["2a", "2b"] }, percent)),
      ...across.map((percent) => curve({ label, figures: ["2a", "2b"], inDomain: true }, percent)),
      curve({ label, inDomain: true }, 99), // left out of Fig. 2b
    ]);
  const id = "out-of-domain-relevant";
  assertEquals(verdict(id, { overlaps: pairs([60, 70], [40, 50]) }).verdict, "holds");
  assertEquals(verdict(id, { overlaps: pairs([45, 70], [40, 50]) }).verdict, "mixed");
  assertEquals(verdict(id, { overlaps: pairs([30, 20], [40, 50]) }).verdict, "fails");

  const disjoint = (percents: number[]) =>
    verdict("disjoint-labels", {
      overlaps: study(percents.map((percent) => curve({ kind: "labels" }, percent))),
    });
  assertEquals([disjoint([0, 4]), disjoint([1, 30]), disjoint([30])].map((one) => one.verdict), [
    "holds",
    "mixed",
    "fails",
  ]);
  assertStringIncludes(disjoint([1, 30]).finding, "30.0 %");

  const harm = (p: number, n: number) =>
    verdict("non-relevant-harms-more", {
      home: "ms",
      ablation: ablation({ "P[ms]": p, "N[ms]": n }),
    }).verdict;
  assertEquals([harm(3, 20), harm(20, 3), harm(0.5, 0.2)], ["holds", "fails", "untested"]);
  const random = (percent: number) =>
    verdict("random", { ablation: ablation({ "random(N[ms])": percent }) }).verdict;
  assertEquals([random(-1.9), random(2.1)], ["holds", "fails"]);

  const location = (counts: number[][]) => ({
    home: "ms",
    locations: [{
      expression: "N[ms]",
      level: 0.01,
      size: counts.flat().reduce((a, b) => a + b),
      components,
      counts,
    }],
  });
  const last = location([[0, 0, 1, 2, 0, 0], [0, 0, 2, 2, 0, 0], [0, 0, 9, 9, 0, 0]]);
  assertEquals(verdict("last-layers", last).verdict, "holds");
  assertEquals(verdict("query-key", last).verdict, "holds");
  const first = location([[9, 9, 1, 2, 0, 0], [0, 0, 2, 2, 0, 0], [0, 0, 1, 0, 0, 0]]);
  assertEquals(verdict("last-layers", first).verdict, "fails");
  assertEquals(verdict("query-key", first).verdict, "fails");
});

Deno.test("conclusions() says whether 100 steps are enough, and what is cheaper", () => {
  const spread = (mean: number) => ({ mean, worst: mean });
  const row = (name: [string, number | null], evaluations: number, [error, P, N]: number[]) => ({
    rule: name[0],
    steps: name[1],
    tolerance: name[1] === null ? 0.05 : null,
    evaluations,
    error: spread(error),
    absoluteError: spread(error),
    rank: spread(1),
    overlap: spread(1),
    completeness: spread(0),
    schemes: [P, N].map((overlap, i) => ({ scheme: ["P[x]", "N[x]"][i], error, overlap })),
    pairs: [],
  });
  const study = (...numbers: number[]): ConvergenceStudy => ({
    collection: "x",
    target: "logit",
    baseline: "pad",
    level: 0.01,
    size: 10,
    pairs: { relevant: 1, nonRelevant: 1 },
    reference: {
      tolerance: 1e-3,
      cuts: 4,
      evaluations: 9,
      error: spread(0),
      completeness: spread(0),
    },
    rows: [
      row(["right", 50], 51, [0.2, 0.5, 0.5]),
      row(["right", 100], 101, numbers),
      row(["adaptive", null], 21.5, [0.04, 1, 1]),
    ],
  });
  const of = (...numbers: number[]) => verdict("hundred-steps", { convergence: study(...numbers) });
  assertEquals(of(0.05, 0.96, 0.95).verdict, "holds");
  assertEquals(of(0.06, 0.96, 0.95).verdict, "mixed");
  assertEquals(of(0.01, 0.9, 0.9).verdict, "mixed");
  assertEquals(of(0.06, 0.9, 0.9).verdict, "fails");
  assertStringIncludes(of(0.05, 0.96, 0.95).finding, "adaptive at tolerance 0.05 is off by 4.0 %");
  assertEquals(of(0.03, 1, 1).finding.includes("adaptive"), false);
  const { rows, ...rest } = study(0, 1, 1);
  const convergence = { ...rest, rows: rows.slice(0, 1) };
  assertEquals(verdict("hundred-steps", { convergence }).verdict, "untested");
});
