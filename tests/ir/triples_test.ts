/** Triples of judgements. */

import { assert, assertEquals } from "@std/assert";
import { triplePool } from "../../src/ir/triples.ts";
import { pairPool } from "../../src/ir/pairs.ts";
import type { Qrels, Run } from "../../src/ir/words.ts";

const table = (rows: Record<string, Record<string, number>>): Qrels & Run =>
  new Map(Object.entries(rows).map(([id, row]) => [id, new Map(Object.entries(row))]));

const qrels = table({
  q2: { a: 1, b: 2, c: 1, x: 0, y: 0 },
  q1: { r: 1, z: -1, m: 0 },
  q3: { r: 3, s: 3 }, // no other one
  q4: { n: 0 }, // no relevant one
});

Deno.test("triplePool() gives every relevant document another one of its query, each in turn", () => {
  const { triples, alone } = triplePool(qrels, { seed: 3 });
  assertEquals(triples.map(({ query, relevant }) => query + relevant), [
    "q1r",
    "q2a",
    "q2b",
    "q2c",
  ]);
  assertEquals(alone, 2);
  for (const { query, other, sampled } of triples) {
    assert(qrels.get(query)!.get(other)! <= 0);
    assertEquals(sampled, false);
  }
  const [, a, b, c] = triples.map(({ other }) => other);
  assertEquals([new Set([a, b]).size, c], [2, a]); // two for three
});

Deno.test("triplePool() draws as pairPool() draws the relevant ones, and anew with another seed", () => {
  const wide = table(Object.fromEntries(
    Array.from({ length: 6 }, (_, q) => [
      `q${q}`,
      Object.fromEntries(Array.from({ length: 12 }, (_, d) => [`d${d}`, d % 2])),
    ]),
  ));
  const textOf = (seed: number) =>
    triplePool(wide, { seed }).drawn().map((one) => Object.values(one));
  assertEquals(textOf(1), textOf(1));
  assert(JSON.stringify(textOf(1)) !== JSON.stringify(textOf(2)));
  const relevant = pairPool(wide, { label: "relevant", seed: 1 }).drawn();
  assertEquals(
    triplePool(wide, { seed: 1 }).drawn().map(({ query, relevant }) => [query, relevant]),
    relevant.map(({ query, document }) => [query, document]),
  );
});

Deno.test("triplePool() draws others from a ranking, never one that is judged relevant or between", () => {
  const negatives = table({ q1: { r: 9, z: 5, u: 4 }, q3: { r: 9, s: 8, t: 1 } });
  const { triples, alone } = triplePool(qrels, { negatives, relevantFrom: 1 });
  assertEquals(triples.map(({ query }) => query), ["q1", "q3", "q3"]);
  assertEquals(alone, 3); // q2 is not in the ranking
  for (const { query, other, sampled } of triples) {
    assert(["z", "u", "t"].includes(other));
    assertEquals(sampled, !qrels.get(query)!.has(other));
  }
});
