/** What bench/replication.ts counts. */

import { assertEquals } from "@std/assert";
import {
  computedFlops,
  costOf,
  evaluationFlops,
  forwardFlops,
} from "../../bench/replication_cost.ts";

Deno.test("forwardFlops() counts two a weight and token, and the two products of attention", () => {
  const shape = { layers: 2, width: 3, inner: 5, tokens: 7 };
  const weights = 4 * 3 * 3 + 2 * 3 * 5;
  assertEquals(forwardFlops(shape), 2 * (2 * weights * 7 + 2 * (2 * 7 * 7 * 3)));
});

Deno.test("evaluationFlops() counts linears twice and attention's products 2 and 5 times", () => {
  const shape = { layers: 1, width: 3, inner: 0, tokens: 7 };
  assertEquals(evaluationFlops(shape), 2 * 2 * 36 * 7 + (2 + 5) * 2 * 7 * 7 * 3);
});

Deno.test("computedFlops() counts key and value alone in the last layer", () => {
  const shape = { width: 3, inner: 5, tokens: 7 };
  const keyAndValue = 2 * (2 * 2 * 3 * 3 * 7); // there and back
  assertEquals(computedFlops({ ...shape, layers: 1 }), keyAndValue);
  assertEquals(
    computedFlops({ ...shape, layers: 3 }),
    evaluationFlops({ ...shape, layers: 2 }) + keyAndValue,
  );
});

Deno.test("costOf() multiplies schemes, pairs and points; lists, queries, candidates and masks", () => {
  const shape = { layers: 1, width: 2, inner: 2, tokens: 2 };
  const plan = { schemes: 2, pairsPerScheme: 3, evaluationsPerPair: 5 };
  const lists = { lists: 2, queries: 3, candidates: 7, masks: 11 };
  const { evaluations, forwards, attributionFlops } = costOf({ ...plan, ...lists }, shape);
  assertEquals([evaluations, forwards], [30, 462]);
  assertEquals(attributionFlops, 30 * evaluationFlops(shape));
});
