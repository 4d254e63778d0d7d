import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { attribute } from "../../../src/attribution/attribute.ts";
import type { PairAttribution } from "../../../src/attribution/attribution.ts";
import { type Rule, rule } from "../../../src/attribution/rule.ts";
import { convergenceStudy } from "../../../src/experiments/path/convergence.ts";
import {
  convergenceAttributions,
  convergenceCost,
} from "../../../src/experiments/path/convergence_rules.ts";
import { pairs, withFixture } from "../fixture.ts";

const chosen = [
  pairs.find(({ label }) => label === "non-relevant")!,
  pairs.find(({ label }) => label === "relevant")!,
];
const small = { collection: "x", steps: [4, 8], tolerances: [0.2], reference: 0.05 };

/** Spearman's, of values without ties: 1 - 6 Σ d² / (n³ - n). */
function rankCorrelation(x: Float64Array, y: Float64Array): number {
  const ranks = (values: Float64Array) => {
    const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
    const found = new Float64Array(values.length);
    order.forEach((id, rank) => found[id] = rank);
    return found;
  };
  const [a, b] = [ranks(x), ranks(y)];
  const n = x.length;
  return 1 - 6 * a.reduce((sum, rank, id) => sum + (rank - b[id]) ** 2, 0) / (n ** 3 - n);
}

Deno.test("convergenceStudy() compares rules as a few lines of other code do", async () => {
  await withFixture(async (encoder) => {
    const study = await convergenceStudy(encoder, chosen, small);
    assertEquals(study.pairs, { relevant: 1, nonRelevant: 1 });
    assertEquals(study.rows.map((row) => [row.rule, row.steps, row.tolerance]), [
      ["right", 4, null],
      ["right", 8, null],
      ["trapezoid", 4, null],
      ["trapezoid", 8, null],
      ["adaptive", null, 0.2],
    ]);
    const by = async (quadrature: Rule) => {
      const options = { rule: quadrature };
      const found: PairAttribution[] = [];
      for await (const one of attribute(encoder, chosen, options)) found[one.index] = one;
      return found;
    };
    const start = await by(rule("adaptive", { tolerance: 0.05 }));
    const cut = async (parts: number) => {
      const found = [];
      for (const [i, { points }] of start.entries()) {
        const t = points.slice(1).flatMap((b, k) =>
          Array.from({ length: parts }, (_, j) => points[k] + (b - points[k]) * j / parts)
        );
        const pairing = { left: 0.5, right: 0.5 };
        const own = {
          kind: "fixed",
          name: "x",
          steps: t.length,
          points: [...t, 1],
          pairing,
        } as const;
        for await (const one of attribute(encoder, [chosen[i]], { rule: own })) found.push(one);
      }
      return found;
    };
    const [fine, coarse] = [await cut(2), await by(rule("right", { steps: 8 }))];
    const norm = (x: Float64Array) => Math.hypot(...x);
    const top = (x: Float64Array) =>
      [...x.keys()].sort((a, b) => x[b] - x[a]).slice(0, Math.round(0.01 * x.length));
    const row = study.rows[1];
    const labels = ["relevant", "non-relevant"] as const; // relevant ones come first
    for (const [place, label] of labels.entries()) {
      const i = chosen.findIndex((pair) => pair.label === label);
      const [x, y] = [coarse[i].conductance, fine[i].conductance];
      const error = norm(x.map((value, id) => value - y[id])) / norm(y);
      assertAlmostEquals(row.pairs[place].error!, error, 1e-12);
      const sum = (values: Float64Array) => values.reduce((all, value) => all + Math.abs(value), 0);
      const absolute = sum(x.map((value, id) => value - y[id])) / sum(y);
      assertAlmostEquals(row.pairs[place].absoluteError!, absolute, 1e-12);
      assertAlmostEquals(row.pairs[place].rank!, rankCorrelation(x, y), 1e-9);
      const shared = top(x).filter((id) => top(y).includes(id)).length;
      assertEquals(row.pairs[place].overlap, shared / top(y).length);
      assertEquals(row.pairs[place].evaluations, 9);
      assertAlmostEquals(row.schemes[place].error!, error, 1e-12); // the mean of one pair
    }
    const errors = row.pairs.map(({ error }) => error!);
    assertAlmostEquals(row.error.mean!, (errors[0] + errors[1]) / 2, 1e-15);
    assertEquals(row.error.worst, Math.max(...errors));
    assertAlmostEquals(row.error.median!, (errors[0] + errors[1]) / 2, 1e-15);
    assertEquals(
      row.errors.map(({ scheme, pairs, queries, interval }) => [scheme, pairs, queries, interval]),
      [
        ["P[x]", 1, 1, null],
        ["N[x]", 1, 1, null],
      ],
    );
    assertEquals(row.errors.map(({ mean }) => mean), errors);
    assertEquals(row.schemes.map(({ scheme }) => scheme), ["P[x]", "N[x]"]);
    const own = start.map(({ conductance: x }, i) => {
      const y = fine[i].conductance;
      return norm(x.map((value, id) => value - y[id])) / norm(y) / 3;
    });
    assertAlmostEquals(study.reference.error.worst!, Math.max(...own), 1e-12);
    assertEquals(study.reference.evaluations, (fine[0].evaluations + fine[1].evaluations) / 2);
    // the estimate is right: against much finer cuts the error is about as large
    const finer = await cut(8);
    const [x, y] = [fine[0].conductance, finer[0].conductance];
    const ratio = norm(x.map((value, id) => value - y[id])) / norm(y) / own[0];
    assert(ratio > 0.5 && ratio < 1.5, `${ratio}`);
  });
});

Deno.test("convergenceStudy() judges sets of a whole scheme, exactly where all its pairs are compared", async () => {
  await withFixture(async (encoder) => {
    const all = pairs.filter(({ label }) => label === "relevant").slice(0, 3);
    const inUse = rule("trapezoid", { steps: 6 });
    const meanBy = async (some: typeof all, quadrature: Rule) => {
      const found = await Array.fromAsync(attribute(encoder, some, { rule: quadrature }));
      return found[0].conductance.map((_, id) =>
        found.reduce((sum, { conductance }) => sum + conductance[id] / found.length, 0)
      );
    };
    const whole = { mean: await meanBy(all, inUse), pairs: 3 };
    const options = { ...small, steps: [8], inUse, schemes: { relevant: whole } };
    const study = await convergenceStudy(encoder, all, options);
    assertEquals(study.inUse, { rule: "trapezoid", steps: 6, tolerance: null });
    assertEquals(study.rows.length, 4); // right, trapezoid, adaptive, and the rule in use
    for (const { schemes: [{ overlap, ofScheme }] } of study.rows) {
      assertEquals(ofScheme, { pairs: 3, overlap }); // the mean of these pairs is the scheme
    }
    // of a part of the pairs: the scheme plus the mean difference of the rules over them
    const part = await convergenceStudy(encoder, all.slice(0, 2), options);
    const [used, coarse] = [
      await meanBy(all.slice(0, 2), inUse),
      await meanBy(all.slice(0, 2), rule("right", { steps: 8 })),
    ];
    const size = part.size;
    const top = (x: Float64Array) => [...x.keys()].sort((a, b) => x[b] - x[a]).slice(0, size);
    const shifted = top(whole.mean.map((value, id) => value + coarse[id] - used[id]));
    const plain = top(coarse);
    assert(shifted.some((id) => !plain.includes(id)), "the scheme of all pairs has another set");
    const fine = new Float64Array(coarse.length);
    for (const pair of all.slice(0, 2)) {
      const [start] = await Array.fromAsync(
        attribute(encoder, [pair], { rule: rule("adaptive", { tolerance: small.reference }) }),
      );
      const t = start.points.slice(1).flatMap((
        b,
        k,
      ) => [start.points[k], (start.points[k] + b) / 2]);
      const points = { points: [...t, 1], pairing: { left: 0.5, right: 0.5 } };
      const halved = { ...{ kind: "fixed", name: "x", steps: t.length } as const, ...points };
      const [found] = await Array.fromAsync(attribute(encoder, [pair], { rule: halved }));
      found.conductance.forEach((value, id) => fine[id] += value / 2);
    }
    const wanted = top(whole.mean.map((value, id) => value + fine[id] - used[id]));
    assertEquals(part.rows[0].schemes[0].ofScheme, {
      pairs: 3,
      overlap: shifted.filter((id) => wanted.includes(id)).length / size,
    });
    const off = await convergenceStudy(encoder, all.slice(0, 2), { ...options, schemes: {} });
    assertEquals(off.rows[0].schemes[0].ofScheme, null);
    assertEquals(convergenceAttributions(options), 2 + 4);
    assertEquals(
      convergenceAttributions({ ...options, inUse: rule("right", { steps: 8 }) }),
      2 + 3,
    );
  });
});

Deno.test("convergenceCost() foretells the evaluations of convergenceStudy() within a half", async () => {
  await withFixture(async (encoder) => {
    let evaluations = 0;
    await convergenceStudy(encoder, chosen, { ...small, onEvaluations: (n) => evaluations = n });
    const ratio = evaluations / (2 * convergenceCost(small));
    assert(ratio > 0.5 && ratio < 1.5, `${ratio}`);
  });
});

Deno.test("convergenceStudy() refuses no pairs, and a reference that is not fine enough", async () => {
  await withFixture(async (encoder) => {
    await assertRejects(
      () => convergenceStudy(encoder, [], small),
      RangeError,
      "expected pairs, got none",
    );
    for (const reference of [0.11, 0]) {
      await assertRejects(
        () => convergenceStudy(encoder, chosen, { ...small, reference }),
        RangeError,
        "expected a reference of at most 0.1, got",
      );
    }
  });
});
