import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { Scheme } from "../../../src/attribution/schemes/scheme.ts";
import { topNeuronIds } from "../../../src/attribution/neuron_sets.ts";
import { locate, middleLayers } from "../../../src/experiments/overlap/location.ts";
import { nullBand, nullTails, nullVariance } from "../../../src/experiments/overlap/null_band.ts";
import { overlapStudy } from "../../../src/experiments/overlap/overlap.ts";
import { overlapContrasts } from "../../../src/experiments/overlap/overlap_contrasts.ts";
import { overlapCurves } from "../../../src/experiments/overlap/overlap_curves.ts";
import { certaintyOf, membership } from "../../../src/experiments/schemes/certainty.ts";
import { estimateOf } from "../../../src/experiments/schemes/estimate.ts";
import { drawMeans, standardError } from "../../../src/experiments/schemes/query_bootstrap.ts";
import { parseExpression } from "../../../src/experiments/sets/expression.ts";
import { countMembers, randomSet } from "../../../src/experiments/sets/matched.ts";
import { resolve, type SchemeName } from "../../../src/experiments/sets/resolve.ts";
import { entryOf } from "../../../src/experiments/sets/entry.ts";
import { hypergeometric, tails } from "../../../src/ir/hypergeometric.ts";
import { neuronCount } from "../../../src/model/neurons.ts";
import { randomScheme, randomVector, space } from "../schemes.ts";
import { schemeOfQueries } from "../simulated.ts";

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

Deno.test("topNeuronIds() and entryOf() agree with an ordering of all values, equal ones included", () => {
  for (const round of [1, 4]) { // 4: many equal values
    const values = randomVector(3).map((value) => Math.round(value * 1000 / round ** 4));
    const sizes = [1, 2, 7, 7, 30, neuronCount(space)];
    const ordered = [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);
    for (const size of [0, ...sizes, 2 * values.length]) {
      assertEquals([...topNeuronIds(values, size)], ordered.slice(0, size));
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

Deno.test("topNeuronIds() and entryOf() never take NaN, whatever the size", () => {
  const values = randomVector(3).map((value, id) => id % 3 === 1 ? NaN : value);
  const ordered = [...values.keys()].filter((id) => id % 3 !== 1)
    .sort((a, b) => values[b] - values[a] || a - b);
  const sizes = [1, 7, 30, ordered.length, values.length];
  const entry = entryOf(values, sizes);
  assertEquals(entry.length, values.length);
  sizes.forEach((size, i) => {
    assertEquals([...topNeuronIds(values, size)], ordered.slice(0, size));
    assertEquals(
      [...entry.keys()].filter((id) => entry[id] <= i),
      ascending(topNeuronIds(values, size)),
    );
  });
  assertEquals(topNeuronIds(values.map(() => NaN), 3).length, 0);
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
      assert(interval && interval.low <= percent && percent <= interval.high); // how far: below
    }
    const whole = curve.points[3];
    assertEquals([whole.count, whole.percent], [neuronCount(space), 100]);
    assertEquals(whole.nullBand, { mean: 100, low: 100, high: 100 });
  });
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
      const drawn = sets.map((one, i) => new Set(randomSet(space, one, { seed: 10 * draw + i })));
      return [...drawn[0]].filter((id) => drawn.every((set) => set.has(id))).length;
    }).sort((a, b) => a - b);
    const band = nullBand(space, sets, { draws, seed: 1 });
    const mean = shares.reduce((a, b) => a + b) / draws;
    assertAlmostEquals(band.mean, mean, 0.1); // five standard errors of the drawn mean
    assertEquals([band.low, band.high], [shares[0.025 * draws], shares[0.975 * draws]]);
  }
});

Deno.test("nullTails() are scipy's P(≤ n) and P(≥ n) of what matched sets share", () => {
  const some = [[[2, 1, 0, 3, 4, 1], [0, 0, 2, 2, 3, 1]], [[1, 2, 2, 3, 2, 0], [1, 0, 2, 3, 5, 1]]];
  // numpy, scipy 1.17.1: convolution of hypergeom(4, a, b), of hypergeom(6, a, b) for intermediate
  const golden: [number, number, number][] = [
    [6, 0.006901041666666667, 0.9996093749999998],
    [9, 0.41115451388888885, 0.8245225694444444],
    [11, 0.8786024305555554, 0.31879340277777773],
    [13, 0.9957465277777777, 0.029991319444444442],
  ];
  for (const [shared, below, above] of golden) {
    const found = nullTails(space, some, shared);
    assertAlmostEquals(found.below, below, 1e-12);
    assertAlmostEquals(found.above, above, 1e-12);
  }
});

Deno.test("nullVariance() is the variance of the distribution whose tails nullTails() gives", () => {
  const some = [[[2, 1, 0, 3, 4, 1], [0, 0, 2, 2, 3, 1]], [[1, 2, 2, 3, 2, 0], [1, 0, 2, 3, 5, 1]]];
  const tailsAt = Array.from({ length: 18 }, (_, n) => nullTails(space, some, n).above);
  const chances = tailsAt.map((above, n) => above - (tailsAt[n + 1] ?? 0));
  const moment = (power: number) => chances.reduce((sum, p, n) => sum + p * n ** power, 0);
  assertAlmostEquals(nullVariance(space, some), moment(2) - moment(1) ** 2, 1e-9);
});

Deno.test("overlapStudy() gives P and N of a collection the exact tails of their random sets", () => {
  const { curves } = overlapStudy(overlapCurves(collections, []), schemes, { levels: [0.25] });
  for (const { kind, collections: [x], points: [point] } of curves) {
    assertEquals(point.tails === null, kind !== "labels");
    if (!point.tails) continue;
    const counts = (["P", "N"] as const).map((letter) =>
      countMembers(space, topNeuronIds(schemes.get(`${letter}_${x}`)!.mean, point.size))
    );
    assertEquals(point.tails, nullTails(space, counts, point.count));
  }
});

Deno.test("overlapStudy() gives intervals of ± t deviations over draws of queries, and none without their sums", () => {
  const plans = overlapCurves(collections, []).slice(0, 2);
  const draws = 50;
  const study = overlapStudy(plans, schemes, { levels: [0.25], schemeDraws: draws, seed: 4 });
  const { size } = study.curves[0].points[0];
  const sharedBy = (of: ReadonlyMap<SchemeName, Float64Array>, i: number) => {
    const [a, b] = plans[i].schemes.map((name) => new Set(topNeuronIds(of.get(name)!, size)));
    return 100 * a.intersection(b).size / size;
  };
  const drawn = [...drawMeans(schemes, { draws, seed: 4 })].map(({ of }) =>
    plans.map((_, i) => sharedBy(of, i))
  );
  plans.forEach((_, i) => {
    const { percent, interval } = study.curves[i].points[0];
    const mean = drawn.reduce((sum, one) => sum + one[i] / draws, 0);
    const deviation = 1.1 * Math.sqrt(
      drawn.reduce((sum, one) => sum + (one[i] - mean) ** 2, 0) / (draws - 1),
    );
    assert(deviation > 0);
    const half = 4.302652729911275 * deviation; // scipy: t.ppf(.975, 2), three queries a scheme
    assertAlmostEquals(interval!.low, Math.max(0, percent - half), 1e-7);
    assertAlmostEquals(interval!.high, Math.min(100, percent + half), 1e-7);
  });
  assertEquals(study.queries, 3);
  const one = schemes.get("P_ms")!;
  const without = new Map(schemes).set("P_ms", {
    ...one,
    sums: { ...one.sums!, byQuery: undefined },
  });
  const none = overlapStudy(plans, without, { levels: [0.25] });
  assertEquals([none.queries, none.curves[0].points[0].interval], [null, null]);
  assertStringIncludes(
    none.methods.interval,
    "scheme P_ms cannot be drawn anew: its file has no sums by query",
  );
});

Deno.test("overlapContrasts() compare pairs out of domain with those of the training collection, of three or more", () => {
  const four = [...collections.slice(0, 3), { abbreviation: "tc", inDomain: false, labels: both }];
  const of = (some: typeof four, without: string[]) =>
    overlapContrasts(overlapCurves(some, without)).map((one) =>
      [one.claim, one.more.length, one.less.length, one.leavesOut] as const
    );
  assertEquals(of(four, []), [
    ["out-of-domain-relevant", 3, 3, false],
    ["out-of-domain-non-relevant", 3, 3, false],
  ]);
  assertEquals(of(four, ["r"])[0], ["out-of-domain-relevant", 3, 3, false]); // too few are left
  const five = [...four, { abbreviation: "tn", inDomain: false, labels: both }];
  assertEquals(of(five, ["r"])[0], ["out-of-domain-relevant", 3, 3, true]);
  assertEquals(of(collections.slice(0, 3) as typeof four, []), []); // one pair out of domain
});

Deno.test("overlapStudy() gives contrasts as the mean share of some pairs less that of others", () => {
  const four = [...collections.slice(0, 3), { abbreviation: "tc", inDomain: false, labels: both }];
  const more = new Map(schemes).set("P_tc", randomScheme(8)).set("N_tc", randomScheme(9));
  const { curves, contrasts } = overlapStudy(overlapCurves(four, []), more, {
    levels: [0.25],
    seed: 4,
  });
  const [contrast] = contrasts;
  const mean = (inDomain: boolean) => {
    const some = curves.filter((one) =>
      one.kind === "pair" && one.label === "relevant" && one.inDomain === inDomain
    );
    return some.reduce((sum, { points: [{ percent }] }) => sum + percent / some.length, 0);
  };
  const [{ value, interval, degrees, p }] = contrast.points;
  assertAlmostEquals(value, mean(false) - mean(true), 1e-9);
  assertEquals(degrees, 2);
  assertAlmostEquals((interval!.low + interval!.high) / 2, value, 1e-9);
  const t = Math.abs(value) / ((interval!.high - value) / 4.302652729911275);
  assertAlmostEquals(p!, 1 - t / Math.sqrt(2 + t * t), 1e-9); // Student's t of 2 degrees has a closed form
});

Deno.test("overlapStudy() adds to a contrast's error what unrelated sets share by chance", () => {
  const four = [...collections.slice(0, 3), { abbreviation: "tc", inDomain: false, labels: both }];
  const own = new Map(schemes).set("P_tc", randomScheme(8)).set("N_tc", randomScheme(9));
  const plans = overlapCurves(four, []);
  const draws = 20;
  const study = overlapStudy(plans, own, { levels: [0.25], schemeDraws: draws, seed: 4 });
  const [{ more, less, points: [{ value, interval, size }] }] = study.contrasts;
  const chosen = [more, less].map((some) =>
    plans.filter(({ kind, expression }) => kind === "pair" && some.includes(expression))
  );
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  const difference = (of: ReadonlyMap<SchemeName, Float64Array>) => {
    const [a, b] = chosen.map((some) =>
      mean(some.map(({ schemes }) => {
        const [x, y] = schemes.map((name) => new Set(topNeuronIds(of.get(name)!, size)));
        return 100 * x.intersection(y).size / size;
      }))
    );
    return a - b;
  };
  const drawn = [...drawMeans(own, { draws, seed: 4 })].map(({ of }) => difference(of));
  const middle = mean(drawn);
  const squares = drawn.reduce((sum, one) => sum + (one - middle) ** 2, 0);
  const chance = chosen.map((some) =>
    mean(some.map(({ schemes }) => {
      const ids = schemes.map((name) => topNeuronIds(own.get(name)!.mean, size));
      return nullVariance(space, ids.map((each) => countMembers(space, each)));
    })) / some.length
  ).reduce((a, b) => a + b);
  const error = Math.sqrt(1.1 ** 2 * squares / (draws - 1) + chance * (100 / size) ** 2);
  assertAlmostEquals(interval!.high - value, 4.302652729911275 * error, 1e-7); // t of 2 degrees
});

Deno.test("drawMeans() draws the same queries for P and N of a collection, and others for another", () => {
  const units = (letter: string) =>
    schemeOfQueries(
      space,
      Array.from({ length: 6 }, (_, q) =>
        Float64Array.from({ length: neuronCount(space) }, (_, id) =>
          id === q ? 6 : letter === "N" ? 1 : 0)),
    );
  const three = new Map([["P_x", units("P")], ["N_x", units("N")], ["P_y", units("P")]] as const);
  let others = 0;
  for (const { of } of drawMeans(three, { draws: 20, seed: 1 })) {
    const [p, n, y] = (["P_x", "N_x", "P_y"] as const).map((name) => of.get(name)!);
    for (let q = 0; q < 6; q++) {
      const times = p[q] * 5 / 6; // of five queries drawn
      assertAlmostEquals(times, Math.round(times), 1e-9);
      assertAlmostEquals(n[q], (times * 6 + (5 - times)) / 5, 1e-9);
      if (p[q] !== y[q]) others++;
    }
  }
  assert(others > 20);
});

Deno.test("membership() is the part of draws with which a member is one", () => {
  // neuron 0 stands out in every query, 1 in the mean alone: its queries give 30, 0, 0; 2 gives 9 always
  const vectors = [30, 0, 0].map((value) => {
    const vector = new Float64Array(neuronCount(space));
    vector.set([100, value, 9]);
    return vector;
  });
  const plan = resolve(parseExpression("P[ms]"), "P[ms]", {
    sets: new Map(),
    schemes: new Set<SchemeName>(["P_ms"]),
  });
  const draws = 4000;
  const members = membership(plan, new Map([["P_ms", schemeOfQueries(space, vectors)]]), {
    ...{ level: 2 / 52, draws, seed: 5 },
  });
  assertEquals(members.map(({ id }) => id), [0, 1]);
  assertEquals(members[0].probability, 1);
  // two of three queries are drawn: the first is among them with 1 - (2/3)² = 5/9; 4 standard errors
  assertAlmostEquals(members[1].probability, 5 / 9, 4 * Math.sqrt(5 / 9 * 4 / 9 / draws));
  const certainty = certaintyOf(members, {
    ...{ expression: "P[ms]", level: 2 / 52, draws, queries: 3, file: "x.tsv" },
  });
  assertEquals([certainty.sure, certainty.doubtful, certainty.queries], [1, 0, 3]);
  assertEquals(certainty.histogram, [0, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  assertEquals(certainty.mean, (1 + members[1].probability) / 2);
});

Deno.test("standardError() is over queries, over pairs where a file does not know them", () => {
  const scheme = randomScheme(3, { pairs: 7 }); // queries of 2, 2, 2 and 1 pairs
  const { error, over } = standardError(scheme, 4)!;
  const clusters = [...scheme.sums!.byQuery!.values()].map(({ sum, pairs }) => ({
    sum: sum[4],
    pairs,
  }));
  const squares = clusters.reduce(
    (all, { sum, pairs }) => all + (sum - pairs * scheme.mean[4]) ** 2,
    0,
  );
  assertAlmostEquals(error, Math.sqrt(4 / 3 * squares) / 7, 1e-9); // means and sums by query differ by 2⁻⁴⁰
  assertEquals(over, "queries");
  const plain = standardError({ ...scheme, sums: undefined }, 4)!;
  assertEquals(plain, { error: Math.sqrt(scheme.m2[4] / 6 / 7), over: "pairs" });
});

Deno.test("locate() counts members by layer and component, with times even and exact tails", () => {
  const plan = resolve(parseExpression("N[ms]"), "N[ms]", {
    sets: new Map(),
    schemes: new Set<SchemeName>(["N_ms"]),
  });
  const location = locate(plan, schemes, { expression: "N[ms]", level: 0.25, draws: 40, seed: 2 });
  const ids = topNeuronIds(schemes.get("N_ms")!.mean, 13);
  assertEquals([location.size, location.counts], [13, countMembers(space, ids)]);
  const { queryKey, lastLayers, middle, queries } = location.effects!;
  assertEquals([queries, middle], [3, [0, 0]]);
  assertEquals([lastLayers.count, lastLayers.of, lastLayers.timesEven], [13, 13, 1]); // two layers in all
  const [first] = location.counts;
  assertEquals([queryKey.count, queryKey.of], [first[0] + first[1], first.reduce((a, b) => a + b)]);
  assertAlmostEquals(queryKey.even, 8 / 26, 1e-15);
  assertAlmostEquals(queryKey.timesEven!, queryKey.count / queryKey.of / (8 / 26), 1e-12);
  assert(
    queryKey.interval!.low < queryKey.timesEven! && queryKey.timesEven! < queryKey.interval!.high,
  );
  assertEquals(queryKey.tails, tails(hypergeometric(26, 8, queryKey.of), queryKey.count));
});

Deno.test("middleLayers() are the paper's 7 to 12 of 24, counted from 0", () => {
  assertEquals([24, 12, 6, 4, 2].map(middleLayers), [[6, 11], [3, 5], [1, 2], [1, 1], [0, 0]]);
});

Deno.test("locate() has no effects without members, draws, or the sums by query that these need", () => {
  const plan = (text: string) =>
    resolve(parseExpression(text), text, {
      sets: new Map(),
      schemes: new Set<SchemeName>(["N_ms"]),
    });
  const effects = (text: string, draws: number, own: ReadonlyMap<SchemeName, Scheme> = schemes) =>
    locate(plan(text), own, { expression: text, level: 0.25, draws, seed: 2 }).effects;
  assert(effects("N[ms]", 2));
  assertEquals(effects("N[ms]", 1), null);
  assertEquals(effects("N[ms] - N[ms]", 2), null);
  const { sums: _, ...bare } = schemes.get("N_ms")!;
  assertEquals(effects("N[ms]", 2, new Map(schemes).set("N_ms", bare)), null);
});

Deno.test("estimateOf() has p 1 for no difference, even where draws do not differ", () => {
  const { p, interval } = estimateOf(0, 0, 3);
  assertEquals([p, interval], [1, { low: 0, high: 0 }]);
});
