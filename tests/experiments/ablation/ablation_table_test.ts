import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { controlledRow, paperRows } from "../../../src/experiments/ablation/ablation_rows.ts";
import type { AblatedCollection } from "../../../src/experiments/ablation/ablation.ts";
import { ablationTable } from "../../../src/experiments/ablation/ablation_table.ts";
import { randomisationTest } from "../../../src/ir/resampling.ts";
import { independentTTest } from "../../../src/ir/significance.ts";

const original = [.9, .8, .55, .7, 1, .31];
const a = [.5, .8, .45, .75, .6, .30];
const b = [.9, .7, .55, .7, .9, .35];

function collection(name: string, group: string, first: readonly number[]): AblatedCollection {
  const row = { level: 0.01, neurons: 7 };
  return {
    collection: name,
    group,
    queries: ["1", "2", "3", "4", "5", "6"],
    candidates: 60,
    original,
    attainable: original,
    rows: [
      { ...row, expression: "P[ms]", kind: "set", ndcg: [first] },
      { ...row, expression: "N[ms]", kind: "set", ndcg: [b] },
      { ...row, expression: "all(P, A)", kind: "set", neurons: 0, ndcg: [original] },
      { ...row, expression: "random(N[ms])", kind: "random", ndcg: [a, b] },
    ],
  };
}

/** p-values come from an incomplete beta function good to 1e-10. */
const P = 1e-9;

Deno.test("ablationTable() gives scipy's tests, and changes in per cent and points", () => {
  const study = ablationTable([collection("x", "one", a)]);
  const of = (expression: string) =>
    study.rows.find((row) => row.expression === expression)!.cells[0].collections[0];
  // scipy 1.17.1: ttest_rel, ttest_ind; numpy for the rest
  const p = of("P[ms]");
  assertAlmostEquals(p.paired.t!, 1.7158868016053879, P);
  assertAlmostEquals(p.paired.p, 0.14683853678147457, P);
  assertAlmostEquals(p.independent.t!, 1.1188663379482089, P);
  assertAlmostEquals(p.independent.p, 0.28935286956721307, P);
  assertAlmostEquals(p.effect!, 0.7005078533849051, P);
  assertAlmostEquals(p.percent!, 20.187793427230048, P);
  assertAlmostEquals(p.points, 14.333333333333332, P);
  assertEquals([p.queriesLosing, p.queriesWinning, p.queriesUnchanged], [4 / 6, 1 / 6, 1 / 6]);
  // 12 of the 64 assignments of signs are at least as far from 0; 10 000 draws of them
  assertAlmostEquals(p.randomisation, 0.1875, 4 * Math.sqrt(0.1875 * 0.8125 / 10_000));
  // scipy 1.17.1: ttest_1samp(100 * (original - a), 0).confidence_interval()
  assertAlmostEquals(p.interval.low, -7.1395320540074305, P);
  assertAlmostEquals(p.interval.high, 35.8061987206741, P);

  const random = of("random(N[ms])");
  assertAlmostEquals(random.paired.p, 0.12740644936613613, P);
  assertAlmostEquals(random.percent!, 11.971830985915489, P);
  assertAlmostEquals(random.percentDeviation!, 11.619125512455023, P);
  assertEquals(random.queriesLosing, (4 / 6 + 2 / 6) / 2);

  // Holm by hand: of sets p = .1468 · 2, then .3177; the set in which no query changes is in no
  // family, and the control is alone in its own
  assertAlmostEquals(p.holm!, 2 * 0.14683853678147457, P);
  assertAlmostEquals(of("N[ms]").holm!, 0.3177442387481678, P);
  assertEquals(of("all(P, A)").holm, null);
  assertAlmostEquals(random.holm!, 0.12740644936613613, P);
});

Deno.test("ablationTable() tests N against P beyond their random controls, and F against both, query by query", () => {
  const other = [.9, .8, .6, .7, .8, .31];
  const rowOf = (expression: string, kind: "set" | "random", ...ndcg: number[][]) => ({
    ...{ expression, kind, level: 0.01, neurons: 7, ndcg },
  });
  const one: AblatedCollection = {
    ...collection("x", "one", a),
    rows: [
      rowOf("P[ms]", "set", a),
      rowOf("N[ms]", "set", b),
      rowOf("F[ms]", "set", b),
      rowOf("random(P[ms])", "random", other),
      rowOf("random(N[ms])", "random", original, other),
    ],
  };
  const { contrasts } = ablationTable([one], { home: "ms" });
  assertEquals(contrasts.map(({ claim, more, less }) => `${claim}: ${more} - ${less}`), [
    "non-relevant-harms-more: N[ms] - P[ms]",
    "fusion: F[ms] - P[ms]",
    "fusion: F[ms] - N[ms]",
  ]);
  // scipy 1.17.1, o = original: ttest_1samp(100 * ((o - b - ((o - o) + (o - other)) / 2) - (o - a - (o - other))), 0)
  const [harm, toP, toN] = contrasts;
  assertAlmostEquals(harm.points, -10.416666666666666, P);
  assertAlmostEquals(harm.p, 0.21973732036126786, P);
  assertAlmostEquals(harm.interval.low, -29.510676377770594, P);
  assertAlmostEquals(harm.interval.high, 8.67734304443726, P);
  // and of the plain losses: ttest_rel(a, b)
  assertAlmostEquals(toP.points, -11.666666666666666, P);
  assertAlmostEquals(toP.p, 0.20587698234048113, P);
  assertEquals([toN.changed, toN.points, toN.p, toN.holm], [0, 0, 1, null]); // the same set
  assertEquals(toP.holm, toP.p); // alone: where no query differs nothing is tested
  assertEquals(ablationTable([one]).contrasts, []); // no training collection
  const asked = ablationTable([one], {
    ...{ home: "ms", seed: 4, tests: { losses: "randomisation", correction: "none" } },
  }).contrasts;
  assertEquals(asked.map(({ asked: _, ...same }) => same), contrasts); // beside what there is
  const loss = (values: readonly number[]) => original.map((value, q) => value - values[q]);
  const random = randomisationTest(loss(b), loss(a), { seed: 4 });
  assertEquals(asked[1].asked, {
    ...{ test: "randomisation", correction: "none", p: random, corrected: random },
  });
  assertEquals(asked[2].asked!.corrected, null); // the same set
  const [, independent] = ablationTable([one], {
    ...{ home: "ms", tests: { losses: "independent" } },
  }).contrasts;
  assertEquals(independent.asked!.p, independentTTest(loss(b), loss(a)).p);
  const without = { ...one, rows: one.rows.slice(0, 4) };
  assertEquals(ablationTable([without], { home: "ms" }).contrasts.length, 2); // no control of N
});

Deno.test("ablationTable() gives an empty set no change and p 1", () => {
  const empty = ablationTable([collection("x", "one", a)]).rows[2].cells[0];
  const { percent, points, paired, independent, effect, randomisation } = empty.collections[0];
  assertEquals(empty.neurons, 0);
  assertEquals([percent, points, paired.p, independent.p, effect, randomisation], [
    0,
    0,
    1,
    1,
    0,
    1,
  ]);
});

Deno.test("ablationTable() averages groups unweighted and marks the largest losses of a column", () => {
  const study = ablationTable([
    collection("x", "LoTTE", a),
    collection("y", "LoTTE", original),
    collection("z", "dev", original),
  ]);
  assertEquals(study.groups.map(({ name }) => name), ["LoTTE", "dev"]);
  const groups = study.rows.map(({ cells }) => cells[0].groups);
  assertAlmostEquals(groups[0][0].percent!, 20.187793427230048 / 2, P);
  assertAlmostEquals(groups[0][0].points, 14.333333333333332 / 2, P);
  assertEquals(groups.map(([lotte]) => lotte.mark), ["second", null, null, "largest"]);
  assertEquals(groups.map(([, dev]) => dev.mark), [null, "second", null, "largest"]);
});

Deno.test("ablationTable() has no change in per cent where the unpruned model has nDCG 0", () => {
  const zero = [0, 0, 0, 0, 0, 0];
  const one = { ...collection("x", "one", zero), original: zero };
  const [cell] = ablationTable([one]).rows[0].cells;
  assertEquals([cell.collections[0].percent, cell.groups[0].percent], [null, null]);
  JSON.parse(JSON.stringify(cell), (key, value) => assert(!Number.isNaN(value), key));
});

Deno.test("paperRows() are those of Table 4 for the paper's collections", () => {
  const names = ["ms", "f", "nq", "b", "tc", "nf", "tn", "r"];
  const collections = names.map((abbreviation) => ({
    abbreviation,
    inDomain: abbreviation === "ms",
    labels: abbreviation === "f" || abbreviation === "b"
      ? ["relevant"] as const
      : ["relevant", "non-relevant"] as const,
  }));
  assertEquals(paperRows(collections), [
    "P[ms]",
    "N[ms]",
    "all(P, O)",
    "all(N, O - f - b)",
    "all(P, A)",
    "all(N, A - f - b)",
    "F[ms]",
    "all(F, O - f - b)",
    "all(F, A - f - b)",
    "fuse(A)",
  ]);
  assertEquals(controlledRow(paperRows(collections)), "N[ms]");
});

Deno.test("paperRows() are fewer where collections are few, or the training collection lacks a label", () => {
  const both = ["relevant", "non-relevant"] as const;
  const some = (of: Readonly<Record<string, readonly ("relevant" | "non-relevant")[]>>) =>
    paperRows(
      Object.entries(of).map(([abbreviation, labels]) => ({
        ...{ abbreviation, labels, inDomain: abbreviation === "ms" },
      })),
    );
  assertEquals(some({ ms: both, nf: both }), [ // one out of domain is no intersection
    ...["P[ms]", "N[ms]", "all(P, A)", "all(N, A)", "F[ms]", "all(F, A)", "fuse(A)"],
  ]);
  assertEquals(some({ ms: ["relevant"], nf: both, r: both }), [ // O does not have ms to leave out
    ...["P[ms]", "all(P, O)", "all(N, O)", "all(P, A)", "all(N, A - ms)"],
    ...["all(F, O)", "all(F, A - ms)", "fuse(A)"],
  ]);
});

Deno.test("controlledRow() is a collection's N as it is: no set that N begins", () => {
  const made = ["N[ms] - N[nf]", "N[ms] & N[nf]", "N[ms] + P[ms]", "all(N, A)"];
  assertEquals(controlledRow(["P[ms]", ...made, "N[nf]", "N[ms]"]), "N[nf]");
  assertEquals(controlledRow(["P[ms]", ...made]), "P[ms]");
});

Deno.test("ablationTable() corrects, marks and compares every way of ablation by itself", () => {
  const withMean = (first: readonly number[]) => {
    const one = collection("x", "one", first);
    const mean = one.rows.map((row) => ({
      ...row,
      method: "mean" as const,
      ndcg: row.ndcg.map((values) => values.map((value) => value / 2)),
    }));
    return { ...one, rows: [...one.rows, ...mean] };
  };
  const zero = ablationTable([collection("x", "one", a)], { home: "ms" });
  const both = ablationTable([withMean(a)], { home: "ms" });
  const { others, family, ...rest } = both;
  const { family: sentence, ...alone } = zero;
  assertEquals(rest, alone);
  assertEquals(family, `${sentence}; every way of ablation has families of its own`);
  assertEquals(others!.map(({ method }) => method), ["mean"]);
  const [{ rows }] = others!;
  assertEquals(rows.map(({ expression }) => expression), zero.rows.map((row) => row.expression));
  const changes = rows.map(({ cells }) => cells[0].collections[0]);
  assertAlmostEquals(changes[2].percent!, 50, 1e-12); // half of the unpruned model's
  assertEquals(rows.map(({ cells }) => cells[0].groups[0].mark), [
    ...["largest", null, null, "second"],
  ]);
  const onlyMean = { ...withMean(a), rows: withMean(a).rows.slice(4) };
  const table = ablationTable([onlyMean], { home: "ms" });
  assertEquals([table.rows, table.contrasts, table.levels], [[], [], [0.01]]);
  assertEquals(table.others, others);
});
