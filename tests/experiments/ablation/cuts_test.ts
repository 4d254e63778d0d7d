import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { openCrossEncoder } from "../../../internal.ts";
import { cpuOps } from "../../../src/compute/cpu/cpu_ops.ts";
import {
  checkCuts,
  parseCut,
  setsOfCuts,
  sweepCuts,
  unitsOfCut,
  windowsOf,
} from "../../../src/experiments/ablation/cuts.ts";
import { spaceOfKinds } from "../../../src/model/asked.ts";
import { score } from "../../../src/model/cross_encoder.ts";
import { neuronName, neuronOf } from "../../../src/model/neurons.ts";
import { loaderOf } from "../../backends.ts";

const ops = cpuOps();
const model = await openCrossEncoder(loaderOf("tests/golden/models/l2-w36-h3-f50-labels2"), ops);
const space = spaceOfKinds(model.config, ["heads"]);

Deno.test("a cut is every head of its layers between its segments", () => {
  const cut = parseCut(" query>passage, passage>query ");
  assertEquals(cut.name, "query>passage,passage>query");
  const names = (first: number, last: number) =>
    Array.from(unitsOfCut(space, cut, { first, last }), (id) => neuronName(neuronOf(space, id)));
  assertEquals(names(1, 1), [
    "1.head.0.query>passage",
    "1.head.0.passage>query",
    "1.head.1.query>passage",
    "1.head.1.passage>query",
    "1.head.2.query>passage",
    "1.head.2.passage>query",
  ]);
  assertEquals(names(0, 1).length, 12);
  for (const wrong of ["query", "query>", "query>answer", "query>passage>cls", ""]) {
    assertThrows(() => parseCut(wrong), SyntaxError, "expected two of cls, query");
  }
  assertThrows(() => parseCut("cls>query,cls>query"), SyntaxError, "stands there twice");
});

Deno.test("windows slide over the layers", () => {
  assertEquals(windowsOf({ first: 2, last: 5 }, 3), [{ first: 2, last: 4 }, { first: 3, last: 5 }]);
  assertEquals(windowsOf({ first: 2, last: 5 }, 4), [{ first: 2, last: 5 }]);
  const windows = windowsOf({ first: 0, last: 1 }, 1);
  const sets = setsOfCuts(space, [parseCut("cls>query"), parseCut("cls>cls")], windows);
  assertEquals(sets.map((ids) => ids.length), [0, 3, 3, 3, 3]);
});

Deno.test("a segment that a model's pairs lack cannot be cut", async () => {
  checkCuts([parseCut("cls>sep2")], model.tokenizer);
  const folder = "tests/golden/families/models/qwen3-w32-reranker";
  const decoder = await openCrossEncoder(loaderOf(folder), ops, {
    template: "{query} or {document}",
  });
  checkCuts([parseCut("passage>sep1")], decoder.tokenizer);
  assertThrows(
    () => checkCuts([parseCut("passage>cls")], decoder.tokenizer),
    RangeError,
    "no segment cls, only query, sep1, passage",
  );
});

Deno.test("a sweep's numbers are those of scores without the heads", async () => {
  const texts = [
    ["q0", "d0", "the river bank", "a river and its bank"],
    ["q0", "d1", "the river bank", "money in the bank"],
    ["q1", "d1", "money", "money in the bank"],
    ["q1", "d2", "money", "an old harbour"],
  ] as const;
  const candidates = texts.map(([query, document, text, passage]) => ({
    ...{ query, document },
    encoded: model.tokenizer.encode(text, passage),
  }));
  const qrels = new Map([["q0", new Map([["d0", 1]])], ["q1", new Map([["d1", 2]])]]);
  const cuts = [parseCut("cls>passage,passage>query")];
  const windows = windowsOf({ first: 0, last: 1 }, 1);
  const sweep = await sweepCuts(model, { candidates, qrels, collection: "x" }, {
    ...{ cuts, windows, space },
  });
  assertEquals([sweep.queries, sweep.candidates, sweep.rows.length], [2, 4, 2]);
  const pairs = texts.map(([, , query, passage]) => ({ query, passage }));
  const whole = await score(model, pairs);
  for (const row of sweep.rows) {
    const without = [0, 1, 2].flatMap((head) => [
      `${row.first}.head.${head}.cls>passage`,
      `${row.first}.head.${head}.passage>query`,
    ]);
    const cut = await score(model, pairs, { without });
    const changes = cut.map(({ probability }, i) => probability - whole[i].probability);
    assert(changes.some((change) => Math.abs(change) > 1e-6));
    assertAlmostEquals(row.probability, changes.reduce((a, b) => a + b) / 4, 1e-9);
    assertAlmostEquals(row.relevant!, (changes[0] + changes[2]) / 2, 1e-9);
    // of two candidates a query's nDCG@10 is 1, or 1/log2(3) where the relevant one comes second
    const order = (a: number, b: number) =>
      cut[a].probability > cut[b].probability ? 1 : 1 / Math.log2(3);
    assertAlmostEquals(row.ndcg, (order(0, 1) + order(2, 3)) / 2, 1e-12);
    assertAlmostEquals(row.loss, sweep.original - row.ndcg, 1e-12);
  }
});
