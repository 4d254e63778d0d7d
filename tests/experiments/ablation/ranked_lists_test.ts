import { assertAlmostEquals, assertEquals } from "@std/assert";
import { candidateList } from "../../../src/experiments/ablation/candidates.ts";
import { rankedLists } from "../../../src/experiments/ablation/ranked_lists.ts";

const qrels = new Map([["q", new Map([["a", 2], ["b", 1], ["x", 0]])]]);
const candidates = ["a", "b", "x", "y"].map((document) => ({ query: "q", document }));
const scores = [1, 4, 3, 2]; // b, x, y, a

Deno.test("rankedLists() ranks a query's candidates in one list", () => {
  const lists = rankedLists({ candidates, qrels });
  const run = lists.runOf(scores);
  assertEquals(lists.first(run, "q"), ["b", "x", "y", "a"]);
  const ideal = 2 + 1 / Math.log2(3);
  assertAlmostEquals(lists.ndcg(run).get("q")!, (1 + 2 / Math.log2(5)) / ideal, 1e-12);
});

Deno.test("rankedLists() ranks every relevant passage with the others alone, and averages over these", () => {
  const lists = rankedLists({ candidates, qrels, lists: "passage" });
  const run = lists.runOf(scores);
  // a is third of a, x, y; b is first of b, x, y
  assertAlmostEquals(lists.ndcg(run).get("q")!, (1 / Math.log2(4) + 1) / 2, 1e-12);
  assertEquals(new Set(lists.first(run, "q")), new Set(["a", "b", "x", "y"]));
  const strict = rankedLists({ candidates, qrels, lists: "passage", relevantFrom: 2 });
  // a alone is relevant; b, whose grade is lower, is one of the others and keeps it
  const gain = 1 + 2 / Math.log2(5);
  assertAlmostEquals(strict.ndcg(run).get("q")!, gain / (2 + 1 / Math.log2(3)), 1e-12);
});

Deno.test("candidateList() gives all relevant passages the same others where each has a list", () => {
  const grades = new Map([["r1", 1], ["r2", 1]]);
  const ranking = new Map(Array.from({ length: 50 }, (_, i) => [`d${i}`, 50 - i]));
  const { documents, lacking } = candidateList("q", {
    ...{ grades, ranking, perRelevant: 5, lists: "passage", seed: 0 },
  });
  assertEquals(documents, ["r1", "r2", "d0", "d1", "d2", "d3", "d4"]);
  assertEquals(lacking, 0);
});
