/** Deletion and insertion in nDCG@10, on rankings of which one unit each decides. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { planRankings, rankingCurves, rankingCurvesTsv } from "../../../internal.ts";
import { curveSizes } from "../../../src/experiments/faithfulness/patching_plan.ts";
import { meanInterval } from "../../../src/ir/mean_interval.ts";
import { neuronCount, neuronOf } from "../../../src/model/neurons.ts";
import { floorTable, rankingAreaTable } from "../../../src/report/tables/ranking_curves.ts";
import { linePlain } from "../../../src/report/text.ts";
import { bertSpace } from "../../spaces.ts";

const space = bertSpace({ layers: 2, width: 30, inner: 40 });
const count = neuronCount(space);
const sizes = curveSizes(count);
const shares = sizes.map((size) => size / count);

/** An order in which neighbours are of different layers and components. */
const order = {
  of: "P[ms]",
  ids: Uint32Array.from({ length: count }, (_, place) => (place * 37) % count),
};
const plan = planRankings(space, [order], { random: 2, seed: 3 });

/** Each query's relevant passage is first while its unit is there, and last without it. */
const units = [order.ids[0], order.ids[10], order.ids[count - 1]];
const LAST = 1 / Math.log2(3);
const candidates = units.flatMap((_, q) => [
  { query: `q${q}`, document: "relevant" },
  { query: `q${q}`, document: "other" },
]);
const qrels = new Map(units.map((_, q) => [`q${q}`, new Map([["relevant", 1]])]));
const values = Float64Array.from(
  units.flatMap((unit) => [
    ...plan.sets.map((removed) => removed.includes(unit) ? -1 : 1),
    ...plan.sets.map(() => 0),
  ]),
);
const study = rankingCurves({
  ...{ space, plan, values, candidates: { candidates, qrels }, seed: 3 },
  about: { collection: "dev", rankBy: "margin", baseline: "pad" },
});

/** The area where nDCG@10 goes from one level to another at the first size that reaches a place. */
function areaOf(place: number, [before, after]: readonly [number, number]): number {
  const from = [0, ...shares, 1];
  const at = 1 + [...sizes, count].findIndex((size) => size > place);
  return before * from[at - 1] + (before + after) / 2 * (from[at] - from[at - 1]) +
    after * (1 - from[at]);
}

/** The place of a unit in a random order, up to the sizes at which it is looked at. */
const placeIn = (draw: number, unit: number) => {
  const size = sizes.findIndex((_, size) =>
    plan.sets[plan.setOf({ order: 0, draw, size }, "removed")].includes(unit)
  );
  return size < 0 ? count - 1 : sizes[size] - 1;
};

Deno.test("planRankings() removes and keeps the first units, and as many of each layer and component at random", () => {
  assertEquals(plan.sets.length, 2 + 2 * 3 * sizes.length);
  const sorted = (ids: Uint32Array) => Array.from(ids).sort((a, b) => a - b);
  const places = (ids: Iterable<number>) =>
    Array.from(ids, (id) => {
      const { layer, component } = neuronOf(space, id);
      return `${layer} ${component}`;
    }).sort();
  sizes.forEach((wanted, size) => {
    const removed = plan.sets[plan.setOf({ order: 0, size }, "removed")];
    assertEquals(sorted(removed), sorted(order.ids.slice(0, wanted)));
    const left = plan.sets[plan.setOf({ order: 0, size }, "kept")];
    assertEquals(sorted(left), sorted(order.ids.slice(wanted)));
    for (const draw of [0, 1]) {
      const drawn = plan.sets[plan.setOf({ order: 0, draw, size }, "removed")];
      assertEquals(places(drawn), places(removed));
    }
  });
  const other = { of: "N[ms]", ids: order.ids.toReversed() };
  const two = planRankings(space, [order, other], { random: 2, seed: 3 });
  const found = [0, 1].flatMap((order) =>
    [undefined, 0, 1].flatMap((draw) =>
      sizes.flatMap((_, size) =>
        (["removed", "kept"] as const).map((what) => two.setOf({ order, draw, size }, what))
      )
    )
  );
  assertEquals(found, found.map((_, i) => 2 + i)); // each set once, an order's own before its random ones
  const first = two.sets[two.setOf({ order: 1, size: 3 }, "removed")];
  assertEquals(sorted(first), sorted(other.ids.slice(0, sizes[3])));
  const [a, b] = [0, 1].map((draw) =>
    plan.sets[plan.setOf({ order: 0, draw, size: 5 }, "removed")]
  );
  assert(a.join() !== b.join());
});

Deno.test("rankingCurves() are nDCG@10 at every share, their areas and those between, by hand", () => {
  assertEquals([study.queries, study.candidates, study.all], [3, 6, 1]);
  assertAlmostEquals(study.none, LAST, 1e-12);
  const [{ points, deletion, insertion }] = study.orders;
  points.forEach(({ units: size, removed, kept }) => {
    const gone = [0, 10, count - 1].filter((place) => place < size).length;
    assertAlmostEquals(removed, 1 - gone / 3 * (1 - LAST), 1e-12);
    assertAlmostEquals(kept, LAST + gone / 3 * (1 - LAST), 1e-12);
  });
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  for (
    const [found, sign, levels] of [[deletion, -1, [1, LAST]], [insertion, 1, [LAST, 1]]] as const
  ) {
    const own = [0, 10, count - 1].map((place) => areaOf(place, levels));
    const drawn = units.map((unit) =>
      mean([0, 1].map((draw) => areaOf(placeIn(draw, unit), levels)))
    );
    const between = own.map((value, q) => sign * (value - drawn[q]));
    assertAlmostEquals(found.value, mean(own), 1e-12);
    assertAlmostEquals(found.random!, mean(drawn), 1e-12);
    assertAlmostEquals(found.between!, mean(between), 1e-12);
    meanInterval(between).forEach((end, i) => assertAlmostEquals(found.interval![i], end, 1e-12));
  }
});

Deno.test("rankingCurves() have floors of the same lists, and no random areas without random orders", () => {
  const { best, worst, random, draws } = study.floors;
  assertEquals([best, draws], [1, 1000]);
  assertAlmostEquals(worst, LAST, 1e-12);
  assertAlmostEquals(random, (1 + LAST) / 2, .02);
  const alone = planRankings(space, [order], { random: 0, seed: 3 });
  const [{ deletion, points }] = rankingCurves({
    ...{ space, plan: alone, candidates: { candidates, qrels }, seed: 3 },
    values: new Float64Array(6 * alone.sets.length).fill(1),
    about: study,
  }).orders;
  assertEquals([deletion.random, deletion.between, deletion.interval], [null, null, null]);
  assertEquals(points[0].random, []);
});

Deno.test("rankingCurves() of a list for each relevant passage measure these lists", () => {
  const two = [...candidates, { query: "q0", document: "second" }];
  const grades = new Map(qrels).set("q0", new Map([["relevant", 1], ["second", 1]]));
  const of = (lists: "query" | "passage") =>
    rankingCurves({
      ...{ space, plan, seed: 3, about: study },
      values: Float64Array.of(...values, ...plan.sets.map(() => -2)),
      candidates: { candidates: two, qrels: grades, lists },
    });
  // the second relevant passage is last: behind both others in one list, behind one in its own
  const ideal = 1 + LAST;
  assertAlmostEquals(of("query").all, ((1 + 1 / 2) / ideal + 2) / 3, 1e-12);
  assertAlmostEquals(of("passage").all, ((1 + LAST) / 2 + 2) / 3, 1e-12);
  assertAlmostEquals(of("passage").floors.worst, LAST, 1e-12);
});

Deno.test("rankings' tables and their file of data say what was found", () => {
  const [{ deletion, insertion, points }] = study.orders;
  const [row] = rankingAreaTable([study]).rows;
  const text = row.cells.map(({ content }) => linePlain(content).replaceAll("−", "-"));
  assertEquals(text[2], `${deletion.value.toFixed(3)} (${deletion.random!.toFixed(3)})`);
  const [low, high] = insertion.interval!;
  const sign = insertion.between! > 0 ? "+" : "";
  assertEquals(
    text[5],
    `${sign}${insertion.between!.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`,
  );
  const floors = floorTable([study]);
  const valueOf = (key: string) =>
    floors.rows[0].cells[floors.columns.findIndex((column) => column.key === key)].value as number;
  assertAlmostEquals(valueOf("loss_worst"), 100 * (1 - LAST), 1e-9);
  assertAlmostEquals(valueOf("loss_random"), 100 * (1 - study.floors.random), 1e-9);
  const [heads, ...lines] = rankingCurvesTsv(study).trim().split("\n").map((line) =>
    line.split("\t")
  );
  const data = lines.map((line) => Object.fromEntries(heads.map((key, i) => [key, line[i]])));
  const removed = data.filter(({ figure }) => figure === "ndcg_removed");
  assertEquals(removed.map(({ units }) => Number(units)), sizes);
  removed.forEach(({ ndcg }, i) => assertAlmostEquals(Number(ndcg), points[i].removed, 1e-11));
  const [area] = data.filter(({ figure }) => figure === "deletion_area");
  assertAlmostEquals(Number(area.between), deletion.between!, 1e-11);
  assertAlmostEquals(Number(area.low), deletion.interval![0], 1e-11);
});
