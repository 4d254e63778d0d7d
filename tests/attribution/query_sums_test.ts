/** Sums by query: exact in any order, beside the scheme, in its file. */

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  addToQuery,
  keptByQuery,
  type QuerySums,
} from "../../src/attribution/schemes/query_sums.ts";
import { addPair, mergeSums, schemeOf, schemeSums } from "../../src/attribution/schemes/scheme.ts";
import { encodeScheme, openScheme } from "../../src/attribution/schemes/scheme_file.ts";
import { encodeSafetensors, openSafetensors } from "../../src/formats/safetensors.ts";
import { seededRandom, shuffle } from "../../src/ir/random.ts";
import { neuronCount } from "../../src/model/neurons.ts";
import { bertSpace } from "../spaces.ts";

const space = bertSpace({ layers: 2, width: 3, inner: 5 });
const random = seededRandom(3);
const pairs = Array.from({ length: 40 }, (_, i) => ({
  query: ["what", "who 🐚", 'a "b"', "where"][(i * 7) % 11 % 4],
  conductance: Float64Array.from(
    { length: neuronCount(space) },
    () => Math.fround((random() / 2 ** 32 - 0.5) * 10 ** (random() % 7 - 5)),
  ),
}));
const summed = (some: typeof pairs, byQuery = true) => {
  const sums = schemeSums(space, { byQuery });
  for (const { conductance, query } of some) addPair(sums, conductance, query);
  return sums;
};
const open = (bytes: Uint8Array) => openScheme(() => Promise.resolve(bytes), "P.safetensors");

/** A conductance is rounded to a multiple of 2⁻⁴⁰. */
const ROUNDED = 2 ** -41;

Deno.test("addPair() keeps the sum and the number of every query's pairs", () => {
  const { byQuery } = summed(pairs);
  assertEquals(new Set(byQuery!.keys()), new Set(pairs.map(({ query }) => query)));
  for (const [query, found] of byQuery!) {
    const own = pairs.filter((pair) => pair.query === query);
    assertEquals(found.pairs, own.length);
    found.sum.forEach((value, id) => {
      const wanted = own.reduce((sum, { conductance }) => sum + conductance[id], 0);
      assertAlmostEquals(value, wanted, 2 * ROUNDED * own.length);
    });
  }
});

Deno.test("encodeScheme() gives the same bytes with sums by query, whatever the order and the shards", () => {
  const whole = encodeScheme(schemeOf(summed(pairs), {}));
  for (const shards of [1, 3, 8]) {
    const mixed = shuffle(pairs, seededRandom(shards));
    const merged = schemeSums(space, { byQuery: true });
    for (let s = 0; s < shards; s++) {
      mergeSums(merged, summed(mixed.filter((_, i) => i % shards === s)));
    }
    assertEquals(encodeScheme(schemeOf(merged, {})), whole);
  }
});

Deno.test("schemeOf() gives mean and m2 the same bits with and without sums by query", () => {
  const [having, lacking] = [schemeOf(summed(pairs), {}), schemeOf(summed(pairs, false), {})];
  assertEquals([having.mean, having.m2], [lacking.mean, lacking.m2]);
  assertEquals(lacking.sums?.byQuery, undefined);
});

Deno.test("addToQuery() gives the same bits in any order, of numbers whose plain sums do not", () => {
  const values = [0.1, 0.2, 0.3, 1e-13, 700.7];
  const sumOf = (some: readonly number[]) => {
    const sums: QuerySums = new Map();
    for (const value of some) addToQuery(sums, "who", Float64Array.of(value));
    return sums.get("who")!.sum[0];
  };
  const plain = (some: readonly number[]) => some.reduce((a, b) => a + b);
  const orders = Array.from({ length: 8 }, (_, seed) => shuffle(values, seededRandom(seed)));
  assert(new Set(orders.map(plain)).size > 1);
  assertEquals(new Set(orders.map(sumOf)).size, 1);
  assertEquals(sumOf([1e-13]), 0); // below half of 2⁻⁴⁰
});

Deno.test("mergeSums() leaves sums by query out where one side has none", () => {
  for (const [a, b] of [[true, false], [false, true]]) {
    const merged = summed(pairs.slice(0, 9), a);
    mergeSums(merged, summed(pairs.slice(9), b));
    assertEquals([merged.pairs, merged.byQuery], [pairs.length, undefined]);
  }
});

Deno.test("openScheme() reads sums by query, and files that have none, of queries that have none too", async () => {
  const scheme = schemeOf(summed(pairs), { by_query: "on" });
  const read = await open(encodeScheme(scheme));
  assertEquals(
    new Map([...read.sums!.byQuery!].sort()),
    new Map([...scheme.sums!.byQuery!].sort()),
  );
  assertEquals([read.metadata.queries, read.metadata.by_query], [undefined, "on"]);
  assertEquals(await open(encodeScheme(read)), read); // nothing is lost on the way

  const bytes = encodeScheme(schemeOf(summed(pairs, false), {}));
  assertEquals((await open(bytes)).sums!.byQuery, undefined);
  const none = schemeSums(space, { byQuery: true });
  const zeros = new Float64Array(neuronCount(space));
  const empty = { space, pairs: 0, mean: zeros, m2: zeros, metadata: { shard: "0/2" }, sums: none };
  assertEquals((await open(encodeScheme(empty))).sums!.byQuery, new Map());
});

Deno.test("encodeScheme() lays sums by query out as its file says", async () => {
  const bytes = encodeScheme(schemeOf(summed(pairs), {}));
  const file = await openSafetensors(() => Promise.resolve(bytes), "x");
  const queries: string[] = JSON.parse(file.metadata.queries);
  assertEquals(queries, [...new Set(pairs.map(({ query }) => query))].sort());
  const { shape } = file.entries.get("by_query/intermediate")!;
  assertEquals(shape, [queries.length, space.layers, space.inner]);
  const values = await file.read("by_query/intermediate");
  const [q, layer, unit] = [2, 1, 3];
  const id = layer * (5 * space.width + space.inner) + 4 * space.width + unit;
  const wanted = pairs.filter(({ query }) => query === queries[q])
    .reduce((sum, { conductance }) => sum + conductance[id], 0);
  assertAlmostEquals(values[(q * space.layers + layer) * space.inner + unit], wanted, 40 * ROUNDED);
});

Deno.test("openScheme() refuses sums by query that do not fit the scheme", async () => {
  const bytes = encodeScheme(schemeOf(summed(pairs), {}));
  const file = await openSafetensors(() => Promise.resolve(bytes), "x");
  const tensors: Record<string, { shape: number[]; data: Float64Array }> = {};
  for (const [name, { shape }] of file.entries) {
    tensors[name] = { shape: [...shape], data: Float64Array.from(await file.read(name)) };
  }
  const refused = async (
    change: { queries?: string; tensors?: typeof tensors },
    message: string,
  ) => {
    const metadata = { ...file.metadata, ...(change.queries ? { queries: change.queries } : {}) };
    const other = encodeSafetensors({ ...tensors, ...change.tensors }, metadata);
    await assertRejects(() => open(other), SyntaxError, message);
  };
  await refused({ queries: "[1" }, "expected metadata queries to be a JSON list of texts");
  await refused({ queries: '["a", "a", "b", "c"]' }, "each once");
  await refused({ queries: '["a", "b"]' }, "expected by_query_pairs F64 [2]");
  const counts = tensors.by_query_pairs.data.slice();
  counts[0]++;
  const by_query_pairs = { shape: [counts.length], data: counts };
  await refused({ tensors: { by_query_pairs } }, "of at least 1 that add up to 40");
});

Deno.test("addToQuery() refuses what it cannot add exactly, and says what helps", () => {
  const sums: QuerySums = new Map();
  assertThrows(
    () => addToQuery(sums, "who", Float64Array.of(1, 2 ** 11)),
    RangeError,
    'of query "who" exactly: expected less than 2048 in size, got 2048; without sums by query',
  );
  const large = Float64Array.of(2 ** 11 - 1);
  const many: QuerySums = new Map();
  assertThrows(() => {
    for (let i = 0; i < 5; i++) addToQuery(many, "who", large);
  }, RangeError);
});

Deno.test("keptByQuery() is for at most 512 MiB", () => {
  assert(keptByQuery(303, 221_184)); // monoBERT-large: 1.77 MB a query
  assert(!keptByQuery(304, 221_184));
});
