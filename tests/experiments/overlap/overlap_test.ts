import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { topNeuronIds } from "../../../src/attribution/neuron_sets.ts";
import type { Scheme } from "../../../src/attribution/scheme.ts";
import { membership, standardErrors } from "../../../src/experiments/schemes/certainty.ts";
import { parseExpression } from "../../../src/experiments/sets/expression.ts";
import { randomSet } from "../../../src/experiments/sets/matched.ts";
import { cumulative, nullBand } from "../../../src/experiments/overlap/null_band.ts";
import { overlapStudy } from "../../../src/experiments/overlap/overlap.ts";
import { overlapCurves } from "../../../src/experiments/overlap/overlap_curves.ts";
import { resolve, type SchemeName } from "../../../src/experiments/sets/resolve.ts";
import { entryOf, topIds } from "../../../src/experiments/sets/top.ts";
import { neuronCount } from "../../../src/model/neurons.ts";
import { randomScheme, randomVector, space } from "../schemes.ts";

const both = ["relevant", "non-relevant"] as const;
const collections = [
  { abbreviation: "ms", inDomain: true, labels: both },
  { abbreviation: "nf", inDomain: false, labels: both },
  { abbreviation: "r", inDomain: false, labels: both },
  { abbreviation: "b", inDomain: false, labels: ["relevant"] as const },
];
const schemes = new Map<SchemeName, Scheme>(
  (["P_ms", "P_nf", "P_r", "P_b", "N_ms", "N_nf", "N_r"] as const).map((
    name,
    seed,
  ) => [name, randomScheme(seed)]),
);
const ascending = (ids: Uint32Array) => [...ids].sort((a, b) => a - b);

Deno.test("topIds() and entryOf() agree with an ordering of all values, equal ones included", () => {
  for (const round of [1, 4]) { // 4: many equal values
    const values = randomVector(3).map((value) => Math.round(value * 1000 / round ** 4));
    const sizes = [1, 2, 7, 7, 30, neuronCount(space)];
    for (const size of sizes) {
      assertEquals([...topIds(values, size)], ascending(topNeuronIds(values, size)));
    }
    const entry = entryOf(values, sizes);
    sizes.forEach((size, i) =>
      assertEquals(
        [...entry.keys()].filter((id) => entry[id] <= i),
        ascending(topNeuronIds(values, size)),
      )
    );
  }
});

Deno.test("overlapCurves() draws every pair, every quantified intersection and P with N", () => {
  const curves = overlapCurves(collections, ["r"]);
  const of = (figure: string) =>
    curves.filter(({ figures }) => figures.some((one) => one === figure))
      .map(({ expression, inDomain }) => `${expression}${inDomain ? " in" : ""}`);
  assertEquals(of("2a"), [
    "P[ms] & P[nf] in",
    "P[ms] & P[r] in",
    "P[ms] & P[b] in",
    "P[nf] & P[r]",
    "P[nf] & P[b]",
    "P[r] & P[b]",
  ]);
  assertEquals(of("2b"), ["P[ms] & P[nf] in", "P[ms] & P[b] in", "P[nf] & P[b]"]);
  assertEquals(of("2c"), ["N[ms] & N[nf] in", "N[ms] & N[r] in", "N[nf] & N[r]"]);
  assertEquals(of("2d"), ["N[ms] & N[nf] in"]);
  assertEquals(of("3"), [
    "all(P, O)",
    "all(P, A) in",
    "all(N, O - b)",
    "all(N, A - b) in",
    "P[ms] & N[ms] in",
    "P[nf] & N[nf]",
    "P[r] & N[r]",
  ]);
  assertEquals(of("3 without"), ["all(P, O - r)", "all(P, A - r) in", "all(N, A - r - b) in"]);
});

Deno.test("overlapCurves() writes expressions that mean the schemes it intersects", () => {
  const sets = new Map([["A", ["ms", "nf", "r", "b"]], ["O", ["nf", "r", "b"]]]);
  for (const { expression, schemes: names } of overlapCurves(collections, ["r"])) {
    const plan = resolve(parseExpression(expression), expression, {
      sets,
      schemes: new Set(schemes.keys()),
    });
    const parts = plan.kind === "combined" ? plan.parts : [];
    assertEquals(
      parts.map((part) => part.kind === "top" && part.vector.kind === "scheme" && part.vector.name),
      [...names],
    );
  }
});

Deno.test("overlapStudy() counts what sets in plain code share, and chance as level^(sets - 1)", () => {
  const plans = overlapCurves(collections, ["r"]);
  const study = overlapStudy(plans, schemes, { levels: [0.5, 0.1, 0.25, 1] });
  assertEquals(study.levels, [0.1, 0.25, 0.5, 1]);
  study.curves.forEach((curve, i) => {
    for (const { level, size, count, percent, chance, interval } of curve.points) {
      const sets = plans[i].schemes.map((name) =>
        new Set(topNeuronIds(schemes.get(name)!.mean, size))
      );
      const wanted = [...sets[0]].filter((id) => sets.every((set) => set.has(id))).length;
      assertEquals(count, wanted);
      assertEquals(percent, 100 * wanted / size);
      assertAlmostEquals(chance, 100 * level ** sets.length / level);
      assert(interval && interval.low <= percent && percent <= interval.high);
    }
    const whole = curve.points[3];
    assertEquals([whole.count, whole.percent], [neuronCount(space), 100]);
    assertEquals(whole.nullBand, { mean: 100, low: 100, high: 100 });
  });
});

Deno.test("cumulative() is scipy's hypergeometric distribution", () => {
  // scipy 1.17.1: hypergeom(20, 7, 9).cdf(k), hypergeom(12, 9, 8).cdf(k), hypergeom(4096, 400, 300).cdf(k)
  [0.004256965944272446, 0.05789473684210527, 0.2724458204334365, 0.6300309597523219]
    .forEach((p, k) => assertAlmostEquals(cumulative(20, 7, 9)[k], p, 1e-12));
  [0.2545454545454546, 0.7636363636363637, 0.9818181818181818, 1]
    .forEach((p, k) => assertAlmostEquals(cumulative(12, 9, 8)[k], p, 1e-12));
  const wide = cumulative(4096, 400, 300);
  const golden: [number, number][] = [
    [10, 1.0380731173067783e-05],
    [29, 0.5255920625916903],
    [40, 0.9854775206347818],
    [60, 0.9999999933394212],
  ];
  for (const [k, p] of golden) assertAlmostEquals(wide[k], p, 1e-10);
});

Deno.test("nullBand() is what seeded matched sets share", () => {
  const counts = [
    [[2, 1, 0, 3, 4, 1], [0, 0, 2, 2, 3, 1]],
    [[1, 2, 2, 3, 2, 0], [1, 0, 2, 3, 5, 1]],
    [[3, 2, 2, 1, 5, 4], [1, 4, 3, 3, 3, 1]],
  ];
  for (const sets of [counts.slice(0, 2), counts]) {
    const draws = 3000;
    const shares = Array.from({ length: draws }, (_, draw) => {
      const drawn = sets.map((one, i) => new Set(randomSet(space, one, 10 * draw + i)));
      return [...drawn[0]].filter((id) => drawn.every((set) => set.has(id))).length;
    }).sort((a, b) => a - b);
    const band = nullBand(space, sets, { draws, seed: 1 });
    const mean = shares.reduce((a, b) => a + b) / draws;
    assertAlmostEquals(band.mean, mean, 0.1); // five standard errors of the drawn mean
    assertEquals([band.low, band.high], [shares[0.025 * draws], shares[0.975 * draws]]);
  }
});

Deno.test("standardErrors() is the deviation over √pairs, and membership() follows from it", () => {
  const values = [2, 4, 9];
  const mean = 5;
  const m2 = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  // numpy: std([2, 4, 9], ddof=1) / sqrt(3)
  assertAlmostEquals(
    standardErrors({ m2: Float64Array.of(m2), pairs: 3 })[0],
    2.0816659994661326,
    1e-12,
  );

  // Two neurons stand out; a third is as strong as the second in the mean, its error 1 / √2 each.
  const vector = new Float64Array(neuronCount(space));
  vector.set([100, 10, 9]);
  const spread = new Float64Array(neuronCount(space));
  spread.set([0, 1, 1]); // pairs 2: standard error √(1 / 1 / 2) = .7071 each
  const scheme: Scheme = { space, pairs: 2, mean: vector, m2: spread, metadata: {} };
  const plan = resolve(parseExpression("P[ms]"), "P[ms]", {
    sets: new Map(),
    schemes: new Set<SchemeName>(["P_ms"]),
  });
  const members = membership(plan, new Map([["P_ms", scheme]]), {
    level: 2 / 52,
    draws: 4000,
    seed: 5,
  });
  assertEquals(members.map(({ id }) => id), [0, 1]);
  assertEquals(members[0].probability, 1);
  // the difference is normal with mean 1 and variance .5 + .5: Φ(1) = .8413; 4 standard errors
  assertAlmostEquals(members[1].probability, 0.8413, 4 * Math.sqrt(0.8413 * 0.1587 / 4000));
});
