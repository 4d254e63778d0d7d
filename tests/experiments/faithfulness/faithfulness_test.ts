/** Figures of faithfulness, by hand and on a model that is linear in its units. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { faithfulnessStudy, planPatching, rankingFloors } from "../../../internal.ts";
import { shareUpperBound } from "../../../src/ir/binomial.ts";
import { pearson } from "../../../src/ir/correlation.ts";
import { neuronCount } from "../../../src/model/neurons.ts";
import { faithfulnessTable } from "../../../src/report/tables/faithfulness_table.ts";
import { linePlain } from "../../../src/report/text.ts";
import { faithfulnessTsv } from "../../../src/report/tables/faithfulness.ts";
import { bertSpace } from "../../spaces.ts";

const space = bertSpace({ layers: 2, width: 30, inner: 40 });
const count = neuronCount(space);

/** Effects of the units of two pairs: F is 1 + Σ over units that are not at their baseline values. */
const effects = [0, 1].map((pair) =>
  Float64Array.from({ length: count }, (_, i) => {
    const strong = i % 40 === 3 ? 5 : i % 40 === 21 ? -2 : 0;
    return strong + Math.sin(11 * i + pair) / 10;
  })
);
const meanEffect = effects[0].map((value, i) => (value + effects[1][i]) / 2);

function studyOf(conductance: readonly Float64Array[], orders = 3) {
  const mean = conductance[0].map((value, i) => (value + conductance[1][i]) / 2);
  const plan = planPatching(space, [mean], { units: 60, level: .05, orders, seed: 2 });
  const values = Float64Array.from(
    effects.flatMap((own) => {
      const all = 1 + own.reduce((sum, value) => sum + value, 0);
      return plan.sets.map((ids) => ids.reduce((left, id) => left - own[id], all));
    }),
  );
  const study = faithfulnessStudy({
    ...{ space, plan, values, rules: ["exact"] },
    attributions: [{ evaluations: 2, conductance, mean }],
    about: { target: "logit", baseline: "pad", level: .05, seed: 2 },
  });
  return { study, plan };
}

Deno.test("faithfulnessStudy() finds attributions that are the effects in full agreement", () => {
  const { study, plan } = studyOf(effects);
  assertEquals(study.agreement.map(({ sample, units }) => [sample, units]), [
    ["all", 60],
    ["strongest", plan.units.strongest.length],
    ["outside", plan.units.outside.length],
  ]);
  for (const { pearson, spearman, pairPearson, pairSpearman } of study.agreement) {
    for (const value of [pearson, spearman, pairPearson, pairSpearman]) {
      assertAlmostEquals(value!, 1, 1e-9);
    }
  }
  assertAlmostEquals(study.F.none, 1, 1e-9);
  assertAlmostEquals(study.F.all, 1 + meanEffect.reduce((a, b) => a + b, 0), 1e-9);
  for (const { neuron, change, attribution } of study.units) {
    assertAlmostEquals(change, attribution.exact, 1e-9, neuron);
  }
  // f of the best order by hand: sums of the largest effects
  const sorted = meanEffect.toSorted((a, b) => b - a);
  const total = meanEffect.reduce((a, b) => a + b, 0);
  const f = (size: number) => sorted.slice(0, size).reduce((a, b) => a + b, 0) / total;
  const shares = [0, ...plan.sizes.map((size) => size / count), 1];
  const heights = [0, ...plan.sizes.map(f), 1];
  const area = shares.slice(1).reduce(
    (sum, share, i) => sum + (share - shares[i]) * (heights[i] + heights[i + 1]) / 2,
    0,
  );
  const [{ insertion, deletion, comprehensiveness, sufficiency, distance }] = study.areas;
  assertAlmostEquals(insertion.value!, area, 1e-9);
  assertAlmostEquals(deletion.value!, 1 - area, 1e-9); // of a linear model both add up to 1
  const meanShare = plan.sizes.reduce((sum, size) => sum + f(size), 0) / plan.sizes.length;
  assertAlmostEquals(comprehensiveness.value!, total * meanShare, 1e-9);
  assertAlmostEquals(sufficiency.value!, total * (1 - meanShare), 1e-9);
  const byDistance = [...meanEffect].sort((a, b) => Math.abs(b) - Math.abs(a));
  const far = (size: number) =>
    Math.abs(1 - byDistance.slice(0, size).reduce((a, b) => a + b, 0) / total);
  const gaps = [1, ...plan.sizes.map(far), 0];
  const between = shares.slice(1).reduce(
    (sum, share, i) => sum + (share - shares[i]) * (gaps[i] + gaps[i + 1]) / 2,
    0,
  );
  assertAlmostEquals(distance.value!, between, 1e-9);
  assert(insertion.value! > insertion.random! + 5 * insertion.deviation!);
});

Deno.test("faithfulnessStudy() tells attributions that are wrong", () => {
  const turned = effects.map((own) => own.map((value) => -value));
  const { study } = studyOf(turned);
  assertAlmostEquals(study.agreement[0].pearson!, -1, 1e-9);
  assert(study.areas[0].insertion.value! < study.areas[0].insertion.random!);
  const constant = studyOf(effects.map((own) => own.map(() => 1)), 0).study;
  assertEquals([constant.agreement[0].pearson, constant.agreement[0].pairSpearman], [null, null]);
  assertEquals(constant.areas[0].insertion.random, null);
});

Deno.test("faithfulnessStudy() bounds what the set leaves out", () => {
  const { study: { missed }, plan } = studyOf(effects);
  const { outside, strongest } = plan.units;
  const sizes = [...outside].map((id) => Math.abs(meanEffect[id]));
  assertEquals(missed.sampled, outside.length);
  assertAlmostEquals(Math.abs(missed.largest!.change), Math.max(...sizes), 1e-9);
  assertAlmostEquals(missed.shareAboveLargest!, 1 - .05 ** (1 / outside.length), 1e-9);
  const inSet = [...strongest].map((id) => Math.abs(meanEffect[id])).sort((a, b) => a - b);
  assertEquals(missed.aboveMedian, sizes.filter((size) => size > missed.medianOfSet!).length);
  assertEquals(
    inSet.filter((size) => size > missed.medianOfSet! + 1e-12).length,
    inSet.filter((size) => size < missed.medianOfSet! - 1e-12).length,
  );
});

Deno.test("faithfulnessTsv() has every figure, random orders beside the rules'", () => {
  const { study, plan } = studyOf(effects);
  const floors = { queries: 3, draws: 9, best: .9, worst: .1, random: .4, deviation: .02 };
  const [header, ...lines] = faithfulnessTsv({ ...study, floors }).trimEnd().split("\n")
    .map((line) => line.split("\t"));
  const records = lines.map((line) => Object.fromEntries(header.map((key, i) => [key, line[i]])));
  const of = (figure: string) => records.filter((record) => record.figure === figure);
  assertEquals(of("patching_pearson").map((record) => record.of), ["all", "strongest", "outside"]);
  assertEquals(Number(of("CPR")[0].value), Number(study.areas[0].insertion.value!.toPrecision(12)));
  assertEquals(of("F_removed").length, 2 * plan.sizes.length); // signed and absolute
  const [first] = of("F_kept");
  const kept = study.curves.filter(({ order, units }) =>
    order === "random" && units === Number(first.units)
  ).map((point) => point.kept);
  assertAlmostEquals(Number(first.random), kept.reduce((a, b) => a + b, 0) / 3, 1e-9);
  assertEquals(of("floor_worst")[0].value, "0.1");
  assertEquals(of("floor_random")[0].random_deviation, "0.02");
  assertEquals(Number(of("missed_largest_change")[0].units), plan.units.outside.length);
});

Deno.test("faithfulnessTable() has a row a scheme and rule, random orders in parentheses", () => {
  const { study: { units: _, ...study } } = studyOf(effects);
  const found = ["P[ms]", "N[ms]"].map((scheme) => ({ scheme, ...study }));
  const { rows, columns, caption } = faithfulnessTable({ collection: "ms", found });
  const at = (key: string) => columns.findIndex((column) => column.key === key);
  assertEquals(rows.map(({ cells }) => cells[at("scheme")].value), ["P[ms]", "N[ms]"]);
  const [{ cells }] = rows;
  const [{ insertion, distance, deletion }] = study.areas;
  assertEquals(cells[at("cpr")].value, insertion.value);
  assertEquals(cells[at("cmd")].value, distance.value);
  assertEquals(cells[at("deletion")].value, deletion.value);
  assertEquals(cells[at("spearman_outside")].value, study.agreement[2].spearman);
  assertEquals(cells[at("evaluations")].value, 2);
  assertEquals(
    linePlain(cells[at("cpr")].content),
    `${insertion.value!.toFixed(2)} (${insertion.random!.toFixed(2)})`,
  );
  assert(linePlain(caption).includes("P[ms]: 2, N[ms]: 2"));
});

Deno.test("rankingFloors() are nDCG@10 of the reversed order, and its mean over all orders", () => {
  const qrels = new Map([["q", new Map([["a", 2], ["b", 1]])]]);
  const lists = [{ query: "q", documents: ["x", "a", "b"] }];
  const found = rankingFloors(lists, qrels, { draws: 6000 });
  const discount = (rank: number) => 1 / Math.log2(rank + 1);
  const ideal = 2 + discount(2);
  assertAlmostEquals(found.best, 1, 1e-12);
  assertAlmostEquals(found.worst, (discount(2) + 2 * discount(3)) / ideal, 1e-12);
  // every document is at each rank in a third of all orders
  const mean = 3 * (discount(1) + discount(2) + discount(3)) / 3 / ideal;
  assertAlmostEquals(found.random, mean, 4 * found.deviation! / Math.sqrt(6000));
  assertEquals(rankingFloors(lists, qrels, { draws: 6000 }), found);
  assert(rankingFloors(lists, qrels, { draws: 6000, seed: 1 }).random !== found.random);
});

Deno.test("shareUpperBound() is where so few come up in one sample of twenty", () => {
  assertAlmostEquals(shareUpperBound(0, 100), 1 - .05 ** .01, 1e-12);
  assertEquals(shareUpperBound(7, 7), 1);
  for (const [k, n] of [[1, 20], [5, 50], [40, 250]]) {
    const p = shareUpperBound(k, n);
    let [sum, ways] = [0, 1];
    for (let i = 0; i <= k; i++) {
      sum += ways * p ** i * (1 - p) ** (n - i);
      ways = ways * (n - i) / (i + 1);
    }
    assertAlmostEquals(sum, .05, 1e-9);
  }
  assertAlmostEquals(shareUpperBound(1, 20), .2161, 1e-4); // tables of Clopper and Pearson
});

Deno.test("pearson() is 1 of a rising line, and the cosine of centred lists", () => {
  assertAlmostEquals(pearson([1, 2, 4], [3, 5, 9]), 1, 1e-15);
  assertAlmostEquals(pearson([1, 2, 4], [-3, -5, -9]), -1, 1e-15);
  // (-1, 0, 1) and (0, -1, 1)
  assertAlmostEquals(pearson([1, 2, 3], [5, 4, 6]), .5, 1e-15);
  assert(Number.isNaN(pearson([1, 1], [1, 2])));
});
