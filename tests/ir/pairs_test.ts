import { assertEquals, assertThrows } from "@std/assert";
import { pairPool, selectPairs } from "../../src/ir/pairs.ts";
import type { Qrels } from "../../src/ir/words.ts";

function qrels(rows: Record<string, Record<string, number>>): Qrels {
  return new Map(Object.entries(rows).map(([id, row]) => [id, new Map(Object.entries(row))]));
}

const graded = qrels({ q1: { a: 3, b: 1, c: 0 }, q2: { a: 2, d: -1 } });

const keys = (pairs: readonly { query: string; document: string }[]) =>
  pairs.map(({ query, document }) => query + document);

Deno.test("selectPairs() divides grades into relevant, non-relevant and ambiguous", () => {
  const relevant = selectPairs(graded, { label: "relevant", relevantFrom: 2 });
  assertEquals(keys(relevant.pairs), ["q1a", "q2a"]);
  assertEquals([relevant.ambiguous, relevant.otherClass, relevant.beyondMaximum], [1, 2, 0]);
  const negative = selectPairs(graded, { label: "non-relevant", relevantFrom: 2 });
  assertEquals(keys(negative.pairs), ["q1c", "q2d"]);
  assertEquals([negative.ambiguous, negative.otherClass], [1, 2]);
  assertEquals(keys(selectPairs(graded, { label: "relevant" }).pairs), ["q1a", "q1b", "q2a"]);
});

Deno.test("selectPairs() refuses classes that overlap and a maximum below 1", () => {
  const overlap = { label: "relevant", relevantFrom: 1, nonRelevantUpto: 1 } as const;
  assertThrows(() => selectPairs(graded, overlap), RangeError, "got up to 1 and from 1");
  assertThrows(() => selectPairs(graded, { label: "relevant", maxPairs: 0 }), RangeError, "got 0");
});

/** 3 queries with 2, 10 and 100 relevant documents. */
const uneven = qrels(Object.fromEntries(
  [2, 10, 100].map((count, i) => [
    `q${i}`,
    Object.fromEntries(Array.from({ length: count }, (_, j) => [`d${j}`, 1])),
  ]),
));

Deno.test("selectPairs() caps evenly over queries: those with few give all, the others share the rest", () => {
  const { pairs, beyondMaximum } = selectPairs(uneven, { label: "relevant", maxPairs: 20 });
  const counts = ["q0", "q1", "q2"].map((id) => pairs.filter(({ query }) => query === id).length);
  assertEquals(counts, [2, 9, 9]);
  assertEquals(beyondMaximum, 92);
  assertEquals(new Set(keys(pairs)).size, 20);
});

Deno.test("pairPool() draws all pairs once, round the queries; a selection is the first of them", () => {
  const { pairs, drawn } = pairPool(uneven, { label: "relevant", seed: 3 });
  const order = drawn();
  assertEquals(keys(order).toSorted(), keys(pairs).toSorted());
  assertEquals(new Set(order.slice(0, 6).map(({ query }) => query)).size, 3);
  for (let turn = 0; turn < 2; turn++) {
    const queries = order.slice(3 * turn, 3 * turn + 3).map(({ query }) => query);
    assertEquals(queries.toSorted(), ["q0", "q1", "q2"]);
  }
  for (const maxPairs of [1, 7, 20]) {
    const selected = selectPairs(uneven, { label: "relevant", maxPairs, seed: 3 });
    assertEquals(
      keys(selected.pairs).toSorted(),
      keys(order.slice(0, maxPairs)).toSorted(),
    );
  }
  assertEquals(drawn(), order);
});

Deno.test("selectPairs() repeats itself for a seed, whatever the order of the judgements", () => {
  const reversed = new Map(
    [...uneven].reverse().map(([id, row]) => [id, new Map([...row].reverse())]),
  );
  const options = { label: "relevant", maxPairs: 20, seed: 7 } as const;
  assertEquals(selectPairs(uneven, options), selectPairs(reversed, options));
  const other = selectPairs(uneven, { ...options, seed: 8 });
  assertEquals(keys(other.pairs).join() === keys(selectPairs(uneven, options).pairs).join(), false);
});

Deno.test("selectPairs() draws the same pairs beside queries that have none of the label", () => {
  const more = new Map([...uneven, ...qrels({ p: { x: 0 }, q1a: { x: 0 }, r: { x: 0 } })]);
  for (let seed = 0; seed < 5; seed++) {
    const options = { label: "relevant", maxPairs: 20, seed } as const;
    assertEquals(selectPairs(more, options).pairs, selectPairs(uneven, options).pairs);
  }
});

Deno.test("selectPairs() draws as many negatives as relevant documents, none judged otherwise, and marks them", () => {
  const ranking = Object.fromEntries(["a", "b", "c", "x", "y", "z"].map((id, i) => [id, 9 - i]));
  const negatives = qrels({ q1: ranking });
  const options = { label: "non-relevant", relevantFrom: 1, negatives } as const;
  for (let seed = 0; seed < 20; seed++) {
    const { pairs } = selectPairs(graded, { ...options, seed });
    assertEquals(pairs.length, 2); // q1 has two relevant documents; q2 has no ranking
    for (const { document, sampled } of pairs) {
      assertEquals("cxyz".includes(document), true, document);
      assertEquals(sampled, document !== "c", "c was judged non-relevant");
    }
  }
  const strict = selectPairs(graded, { ...options, relevantFrom: 2 });
  assertEquals(strict.pairs.some(({ document }) => document === "b"), false, "b is ambiguous");
});
