import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { topNeuronIds } from "../../../src/attribution/neuron_sets.ts";
import { evaluate } from "../../../src/experiments/sets/evaluate.ts";
import { parseExpression } from "../../../src/experiments/sets/expression.ts";
import {
  countMembers,
  matchedRandom,
  randomControl,
  reachedUnits,
} from "../../../src/experiments/sets/matched.ts";
import { resolve, type SchemeName } from "../../../src/experiments/sets/resolve.ts";
import { otherPlans } from "../../../src/experiments/study/plan_sets.ts";
import type { Study } from "../../../src/experiments/study/study.ts";
import type { Selection } from "../../../src/experiments/sets/selection.ts";
import { randomVector, space } from "../schemes.ts";

const names: SchemeName[] = ["P_ms", "N_ms", "P_nf", "N_nf", "P_b"];
const of = new Map(names.map((name, seed) => [name, randomVector(seed).map((v) => v - 0.5)]));
const sets = new Map([["A", ["ms", "nf", "b"]]]);

function evaluated(text: string, level: number, selection?: Selection, means = of): number[] {
  const scope = { sets, schemes: new Set(names), selection };
  return [...evaluate(resolve(parseExpression(text), text, scope), { space, of: means }, level)];
}

const ascending = (ids: Iterable<number>) => [...ids].sort((a, b) => a - b);
const top = (values: Float64Array, level: number) =>
  ascending(topNeuronIds(values, Math.max(1, Math.round(level * values.length))));

Deno.test("resolve() makes the same plan of the usual selection as of none", () => {
  const usual: Selection = { strength: "signed", refill: "none", fusion: "mean" };
  for (const text of ["P[ms]", "all(F, A - b) & N[nf]", "fuse(A)", "random(P[ms] & P[nf], 2)"]) {
    const plan = (selection?: Selection) =>
      JSON.stringify(
        resolve(parseExpression(text), text, { sets, schemes: new Set(names), selection }),
      );
    assertEquals(plan(usual), plan());
  }
});

Deno.test("evaluate() orders by size where strength is absolute, after a fusion is averaged", () => {
  const size = (values: Float64Array) => values.map(Math.abs);
  assertEquals(
    evaluated("P[ms]", 0.1, { strength: "absolute" }),
    top(size(of.get("P_ms")!), 0.1),
  );
  const fused = of.get("P_ms")!.map((value, id) => (value + of.get("N_ms")![id]) / 2);
  assertEquals(evaluated("F[ms]", 0.1, { strength: "absolute" }), top(size(fused), 0.1));
  assertNotEquals(evaluated("F[ms]", 0.1), top(size(fused), 0.1));
});

Deno.test("evaluate() fills an intersection up to the level, keeping what it has, best worst place first", () => {
  const level = 0.1;
  const plain = evaluated("all(P, A)", level);
  const filled = evaluated("all(P, A)", level, { refill: "level" });
  assertEquals(filled.length, top(of.get("P_ms")!, level).length);
  assert(plain.length < filled.length && plain.every((id) => filled.includes(id)));
  // the same as the plain intersection of the deepest cut that has no more, but for ties
  const places = (["P_ms", "P_nf", "P_b"] as const).map((name) => {
    const order = [...topNeuronIds(of.get(name)!, of.get(name)!.length)];
    return of.get(name)!.map((_, id) => order.indexOf(id));
  });
  const worst = (id: number) => Math.max(...places.map((place) => place[id]));
  const ordered = [...of.get("P_ms")!.keys()].sort((a, b) => worst(a) - worst(b) || a - b);
  assertEquals(filled, ascending(ordered.slice(0, filled.length)));
  assertEquals(evaluated("(P[ms] & P[nf]) & P[b]", level, { refill: "level" }), filled);
  // a difference is none, and an intersection of others than tops stays as it is
  for (const text of ["P[ms] - P[nf]", "P[ms] & (P[nf] | P[b])"]) {
    assertEquals(evaluated(text, level, { refill: "level" }), evaluated(text, level));
  }
});

Deno.test("evaluate() gives scales of their own to what is fused", () => {
  const loud = new Map(of).set("P_ms", of.get("P_ms")!.map((value) => 1000 * value));
  for (const fusion of ["l1", "rank"] as const) {
    assertEquals(
      evaluated("F[ms]", 0.1, { fusion }, loud),
      evaluated("F[ms]", 0.1, { fusion }),
      fusion,
    );
    assertEquals(evaluated("P[ms]", 0.1, { fusion }), evaluated("P[ms]", 0.1));
  }
  assertEquals(evaluated("F[ms]", 0.1, {}, loud), evaluated("P[ms]", 0.1)); // drowned
  const l1 = (name: SchemeName) => {
    const values = of.get(name)!;
    const sum = values.reduce((all, value) => all + Math.abs(value), 0);
    return values.map((value) => value / sum);
  };
  const [p, n] = [l1("P_ms"), l1("N_ms")];
  assertEquals(
    evaluated("F[ms]", 0.2, { fusion: "l1" }),
    top(p.map((value, id) => (value + n[id]) / 2), 0.2),
  );
  const rank = (name: SchemeName) => {
    const values = [...of.get(name)!];
    return Float64Array.from(values, (value) => values.filter((other) => other < value).length);
  };
  const [ranksP, ranksN] = [rank("P_ms"), rank("N_ms")];
  assertEquals(
    evaluated("F[ms]", 0.2, { fusion: "rank" }),
    top(ranksP.map((value, id) => value + ranksN[id]), 0.2),
  );
});

Deno.test("evaluate() leaves neurons without a value out of every selection", () => {
  const lacking = new Map([...of].map(([name, values]) => [name, values.with(0, NaN)]));
  for (
    const selection of [
      { strength: "absolute" },
      { refill: "level" },
      { fusion: "l1" },
      { fusion: "rank", strength: "absolute" },
    ] as const
  ) {
    for (const text of ["all(P, A)", "F[ms]"]) {
      assert(!evaluated(text, 0.9, selection, lacking).includes(0));
    }
  }
});

Deno.test("randomControl() is alike by component, by layer, or without the set's own", () => {
  const ids = Uint32Array.from(evaluated("P[ms]", 0.15));
  const control = (matching: "component" | "layer" | "others", seed = 3) =>
    randomControl(space, ids, { matching, seed });
  assertEquals(control("component"), matchedRandom(space, ids, { seed: 3 }));
  const byLayer = (set: Uint32Array) =>
    countMembers(space, set).map((row) => row.reduce((a, b) => a + b));
  assertEquals(byLayer(control("layer")), byLayer(ids));
  assertNotEquals(countMembers(space, control("layer")), countMembers(space, ids));
  assertEquals(countMembers(space, control("others")), countMembers(space, ids));
  assertEquals(control("others").filter((id) => ids.includes(id)).length, 0);
  assertNotEquals(control("layer", 4), control("layer"));
});

Deno.test("random controls of heads are of units that some scheme reaches, and of the set's own", () => {
  const sized = { layers: 2, components: [{ name: "heads", units: 75 }] }; // three heads
  const mean = Float64Array.from({ length: 150 }, (_, id) => id < 75 || id % 25 < 5 ? id + 1 : 0);
  mean[74] = NaN; // no value
  const own = Uint32Array.of(3, 79, 149); // of which the last is not reached
  const reached = reachedUnits(sized, [new Float64Array(150), mean])!;
  assertEquals(matchedRandom(sized, own, { seed: 1 }).length, 3);
  const drawn = new Set(
    Array.from({ length: 200 }, (_, seed) => [
      ...matchedRandom(sized, own, { seed, reached }),
      ...["layer", "others"].flatMap((matching) => [
        ...randomControl(sized, own, { matching: matching as "layer", seed, reached }),
      ]),
    ]).flat(),
  );
  const expected = [...mean.keys()].filter((id) => mean[id] > 0 || id === 149);
  assertEquals([...drawn].sort((a, b) => a - b), expected);
  assertEquals(reachedUnits(space, [mean]), undefined); // linears are all computed
});

Deno.test("evaluate() fuses a scheme of zeros without making it NaN", () => {
  const zeros = new Map(of).set("N_ms", new Float64Array(of.get("P_ms")!.length));
  const fused = evaluated("F[ms]", 0.1, { fusion: "l1" }, zeros);
  assertEquals(fused, top(of.get("P_ms")!, 0.1)); // the other scheme alone decides
});

Deno.test("otherPlans() says how sets are made only where a selection makes them otherwise", () => {
  const both = ["relevant", "non-relevant"] as const;
  const collections = ["ms", "nf"].map((abbreviation) => ({ abbreviation, labels: both }));
  const plans = (selection?: Selection) =>
    otherPlans(
      { collections, sets: { A: ["ms", "nf"] }, selection } as unknown as Study,
      [{ expression: "P[ms] & P[nf]" }],
    );
  assertEquals([plans(), plans({ strength: "signed" })], [{}, {}]);
  const { plans: [plan] = [] } = plans({ refill: "level" });
  assertNotEquals(plan, undefined);
});
