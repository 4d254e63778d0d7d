import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { judged } from "../../src/ir/judged.ts";
import { formatValue, mean, measure, measureByQuery, parseMeasure } from "../../src/ir/measures.ts";
import { ndcg } from "../../src/ir/ndcg.ts";
import { averagePrecision, precision, recall } from "../../src/ir/precision_recall.ts";
import { compareBytes, rank } from "../../src/ir/ranking.ts";
import { reciprocalRank } from "../../src/ir/reciprocal_rank.ts";
import type { Qrels, Run } from "../../src/ir/words.ts";

type Table = Record<string, Record<string, number>>;

function table(rows: Table): Qrels & Run {
  return new Map(Object.entries(rows).map(([id, row]) => [id, new Map(Object.entries(row))]));
}

/** The one query's value. */
function one(values: ReadonlyMap<string, number>): number {
  assertEquals([...values.keys()], ["q"]);
  return values.get("q")!;
}

const abc = table({ q: { a: 0, b: 1, c: 0 } });

Deno.test("ndcg() breaks ties by document id, descending, as trec_eval does", () => {
  assertEquals(one(ndcg(table({ q: { a: 1, b: 1, c: 0 } }), abc)), 1);
  assertAlmostEquals(one(ndcg(table({ q: { a: 0, b: 1, c: 1 } }), abc)), 0.6309297536, 1e-10);
});

Deno.test("ndcg() compares scores in float64: what float32 would tie is no tie", () => {
  const close = table({ q: { b: 1 + 2 ** -40, c: 1 } });
  assertEquals(one(ndcg(close, abc)), 1);
});

Deno.test("ndcg() takes the grade as gain, a negative one as 0, and its ideal from all judged documents", () => {
  const qrels = table({ q: { a: 3, b: 1, missed: 2, bad: -2 } });
  const gain = 1 / 1 + 0 + 3 / 2;
  const ideal = 3 / 1 + 2 / Math.log2(3) + 1 / 2;
  assertAlmostEquals(one(ndcg(table({ q: { b: 9, bad: 8, a: 7 } }), qrels)), gain / ideal, 1e-15);
  assertAlmostEquals(
    one(ndcg(table({ q: { b: 9, bad: 8, a: 7 } }), qrels, { k: 1 })),
    1 / 3,
    1e-15,
  );
});

Deno.test("ndcg() is 0 where no document is relevant", () => {
  assertEquals(one(ndcg(table({ q: { a: 1 } }), table({ q: { a: 0 } }))), 0);
});

Deno.test("ndcg() leaves out queries without judgements, and counts missing ones as 0 if complete", () => {
  const qrels = table({ q1: { a: 1 }, q2: { a: 1 } });
  const run = table({ q3: { a: 1 }, q1: { a: 1 } });
  assertEquals(ndcg(run, qrels), new Map([["q1", 1]]));
  assertEquals(ndcg(run, qrels, { complete: true }), new Map([["q1", 1], ["q2", 0]]));
});

Deno.test("ndcg() refuses a cutoff that is no positive integer", () => {
  for (const k of [0, -1, 1.5, NaN]) {
    assertThrows(() => ndcg(abc, abc, { k }), RangeError, "positive integer");
  }
});

const qrels = table({ q: { a: 1, b: 2, c: 0, d: 1 } });
const run = table({ q: { c: 5, a: 4, unjudged: 3, b: 2 } });

Deno.test("precision() divides by k also where fewer documents were retrieved", () => {
  assertEquals(one(precision(run, qrels, { k: 2 })), 1 / 2);
  assertEquals(one(precision(run, qrels, { k: 10 })), 2 / 10);
  assertEquals(one(precision(run, qrels, { k: 10, relevantFrom: 2 })), 1 / 10);
});

Deno.test("recall() divides by all relevant documents", () => {
  assertEquals(one(recall(run, qrels, { k: 2 })), 1 / 3);
  assertEquals(one(recall(run, qrels, { k: 4, relevantFrom: 2 })), 1);
  assertEquals(one(recall(run, table({ q: { a: 0 } }), { k: 4 })), 0);
});

Deno.test("averagePrecision() averages precision at relevant ranks over all relevant documents", () => {
  assertAlmostEquals(one(averagePrecision(run, qrels)), (1 / 2 + 2 / 4) / 3, 1e-15);
  assertAlmostEquals(one(averagePrecision(run, qrels, { k: 3 })), 1 / 2 / 3, 1e-15);
});

Deno.test("reciprocalRank() is 0 where the first relevant document lies behind k", () => {
  assertEquals(one(reciprocalRank(run, qrels)), 1 / 2);
  assertEquals(one(reciprocalRank(run, qrels, { k: 1 })), 0);
  assertEquals(one(reciprocalRank(run, qrels, { relevantFrom: 2 })), 1 / 4);
  assertEquals(one(reciprocalRank(run, table({ q: { c: 1 } }))), 1);
});

Deno.test("judged() counts graded documents among those retrieved", () => {
  assertEquals(one(judged(run, qrels, { k: 3 })), 2 / 3);
  assertEquals(one(judged(run, qrels, { k: 10 })), 3 / 4);
});

Deno.test("judged() and precision() are 0 for a query that retrieved nothing", () => {
  const nothing = table({ q: {} });
  assertEquals(one(judged(nothing, qrels, { k: 10 })), 0);
  assertEquals(one(precision(nothing, qrels)), 0);
});

Deno.test("compareBytes() orders as UTF-8 bytes do, beyond the basic plane too", () => {
  const encoder = new TextEncoder();
  const texts = [
    "",
    "a",
    "ab",
    "b",
    "Z",
    "é",
    "\uffff",
    "\ue000",
    "😀",
    "😀a",
    "😁",
    "\ud7ff",
    "10",
    "9",
  ];
  const bytes = (text: string) =>
    Array.from(encoder.encode(text), (b) => String.fromCharCode(b)).join("");
  for (const a of texts) {
    for (const b of texts) {
      const expected = bytes(a) < bytes(b) ? -1 : bytes(a) > bytes(b) ? 1 : 0;
      assertEquals(Math.sign(compareBytes(a, b)), expected, `${a} ${b}`);
    }
  }
});

Deno.test("rank() orders negative, zero and infinite scores", () => {
  const scores = new Map([["a", -1], ["b", 0], ["c", -0], ["d", Infinity], ["e", -Infinity]]);
  assertEquals(rank(scores), ["d", "c", "b", "a", "e"]);
});

Deno.test("parseMeasure() reads cutoffs, relevance levels and either case", () => {
  const named = (name: string) => one(parseMeasure(name).measure(run, qrels));
  assertEquals(named("P@2"), 1 / 2);
  assertEquals(named("P(rel=2)@4"), 1 / 4);
  assertEquals(named("ndcg@10"), one(ndcg(run, qrels, { k: 10 })));
  assertEquals(named("AP"), one(averagePrecision(run, qrels)));
  assertEquals(named("RR@10"), named("MRR@10"));
});

for (
  const name of [
    "",
    "nDCG@",
    "nDCG@0",
    "nDCG@-1",
    "nDCG@1.5",
    "P",
    "R",
    "Judged",
    "bpref",
    "nDCG(rel=2)@10",
    "AP(rel=0)",
    "AP@10(rel=2)",
    "constructor",
  ]
) {
  Deno.test(`parseMeasure() refuses "${name}", saying it`, () => {
    assertThrows(() => parseMeasure(name), SyntaxError, `measure "${name}"`);
  });
}

Deno.test("mean() of nothing is NaN, never 0", () => assertEquals(mean([]), NaN));

Deno.test("formatValue() rounds exact ties to the even digit, as C's printf does", () => {
  const printed = {
    0.03125: "0.0312",
    0.09375: "0.0938",
    0.5: "0.5000",
    0.00005: "0.0001",
    1: "1.0000",
    0: "0.0000",
  };
  for (const [value, text] of Object.entries(printed)) {
    assertEquals(formatValue(Number(value)), text);
  }
  assertEquals(formatValue(-0.03125), "-0.0312");
  assertEquals(formatValue(NaN), "NaN");
});

Deno.test("precision(), recall() and averagePrecision() count the first document of a ranking", () => {
  const first = table({ q: { a: 9, c: 1 } });
  assertEquals(one(precision(first, abc, { k: 1 })), 0); // a was judged, and is not relevant
  const top = table({ q: { b: 9, c: 1 } });
  assertEquals(one(precision(top, abc, { k: 1 })), 1);
  assertEquals(one(recall(top, abc, { k: 1 })), 1);
  assertEquals(one(averagePrecision(top, abc)), 1);
  assertEquals(one(averagePrecision(first, table({ q: { a: 0 } }))), 0); // nothing is relevant
  assertEquals(one(averagePrecision(top, table({ q: { b: 1 } }))), 1); // a single document is
});

Deno.test("compareBytes() puts the first and the last surrogate behind U+FFFF's lower neighbours", () => {
  const [first, last] = [String.fromCodePoint(0x10000), String.fromCodePoint(0x10ffff)];
  const inPlane = "\uffff"; // three bytes in UTF-8; a surrogate pair is four, and begins with a larger one
  assertEquals([first, inPlane, last].sort(compareBytes), [inPlane, first, last]);
  // halves alone: the first high one and the last low one are surrogates too
  assertEquals(Math.sign(compareBytes("\ud800", "\ue000")), 1);
  assertEquals(Math.sign(compareBytes("\udfff", "\ue000")), 1);
});

Deno.test("measure() is the mean of measureByQuery(), by the field's names", () => {
  const two = table({ q1: { a: 1 }, q2: { a: 1, b: 1 } });
  const ranked = table({ q1: { a: 2, b: 1 }, q2: { c: 3, b: 1 } });
  assertEquals(measureByQuery(two, ranked, "P@1"), new Map([["q1", 1], ["q2", 0]]));
  assertEquals(measure(two, ranked, "P@1"), 0.5);
  assertEquals(measure(table({ ...{ q9: { z: 1 } } }), ranked, "P@1", { complete: true }), 0);
  assertThrows(() => measure(two, ranked, "nDGC@10"), SyntaxError, "expected one of");
});
