/** Shards: every pair once, and all of them together one run, to the byte. */

import { assertEquals, assertRejects } from "@std/assert";
import {
  addPair,
  encodeScheme,
  ledgerMetadata,
  mergeShards,
  neuronCount,
  placesOfShard,
  type Scheme,
  schemeOf,
  schemeOfShard,
  schemeSums,
} from "../../internal.ts";
import { bertSpace } from "../spaces.ts";
import { partsOf } from "../../src/model/neurons.ts";

const space = bertSpace({ layers: 1, width: 2, inner: 3 });
const pairs = Array.from({ length: 23 }, (_, i) => ({
  query: "q".repeat(i % 5),
  passage: "p".repeat((7 * i) % 11),
  label: i % 2 === 1 ? "relevant" as const : "non-relevant" as const,
}));
/** Numbers whose sums round differently in another order. */
const conductance = (index: number) =>
  Float64Array.from(
    { length: neuronCount(space) },
    (_, id) => Math.sin(index * 97 + id) * 10 ** (index % 7 - 3),
  );
const line = (index: number) => ({
  index,
  evaluations: 5 + index,
  relative: 1 / (3 + index),
  worst: 0.1 / (1 + index),
  digest: index.toString(16).padStart(64, "0"),
});
const common = { label: "mixed", adapter: "one", dropped: "0" };
const candidates = "abc";

function sumsOf(places: readonly number[]) {
  const sums = schemeSums(space);
  for (const place of places) addPair(sums, conductance(place));
  return sums;
}

async function whole(): Promise<Scheme> {
  const ledger = pairs.map((_, i) => line(i));
  return schemeOf(sumsOf(pairs.map((_, i) => i)), { ...common, ...await ledgerMetadata(ledger) });
}

async function shardOf(index: number, of: number, asked = candidates) {
  const places = placesOfShard(pairs, { index, of }).reverse();
  const ledger = places.map(line);
  const scheme = schemeOfShard(sumsOf(places), {
    shard: { index, of },
    ledger,
    candidates: asked,
    metadata: { ...common, ...await ledgerMetadata(ledger) },
  });
  return { name: `S${index}`, scheme };
}

Deno.test("placesOfShard() gives every pair to one shard, and as many to each", () => {
  for (const count of [1, 3, 8, 23]) {
    const shards = Array.from(
      { length: count },
      (_, index) => placesOfShard(pairs, { index, of: count }),
    );
    assertEquals(shards.flat().sort((a, b) => a - b), pairs.map((_, i) => i));
    const sizes = shards.map((places) => places.length);
    assertEquals(Math.max(...sizes) - Math.min(...sizes) <= 1, true);
  }
});

Deno.test("mergeShards() gives the bytes of one run, from shards in any order", async () => {
  const expected = encodeScheme(await whole());
  for (const count of [1, 3, 8]) {
    const shards = await Promise.all(
      Array.from({ length: count }, (_, index) => shardOf(index, count)),
    );
    const turned = shards.map((_, i) => shards[(3 * i + 2) % count]); // 3 shares no divisor with 8
    for (const order of [shards, shards.toReversed(), count === 8 ? turned : shards]) {
      assertEquals(encodeScheme(await mergeShards(order)), expected);
    }
  }
});

Deno.test("mergeShards() refuses a shard twice, one missing, and those of other runs", async () => {
  const [a, b, c] = await Promise.all([0, 1, 2].map((index) => shardOf(index, 3)));
  const refuses = (files: Parameters<typeof mergeShards>[0], message: string) =>
    assertRejects(() => mergeShards(files), RangeError, message);
  await refuses([a, b, a], "Cannot merge S0 and S0: expected every shard once, got 0/3 twice");
  await refuses([c, a], "expected all 3, 1/3 missing");
  await refuses([a, b, await shardOf(2, 4)], "expected number of shards 3 in both, got 4 in S2");
  await refuses(
    [a, b, await shardOf(2, 3, "other")],
    "expected candidates_sha256 abc in both, got other in S2",
  );
  await refuses([a, { name: "W", scheme: await whole() }], "Cannot merge W with shards");
});

Deno.test("schemeOfShard() without pairs has no numbers where the others have none", () => {
  const absent = partsOf(space).slice(-1);
  const { mean, m2 } = schemeOfShard(schemeSums(space, { absent }), {
    shard: { index: 1, of: 2 },
    ledger: [],
    candidates,
    metadata: common,
  });
  const [{ first }] = absent;
  assertEquals(mean, mean.map((_, id) => id < first ? 0 : NaN));
  assertEquals(m2, mean);
});

Deno.test("mergeShards() takes a shard without pairs, and refuses nothing but such", async () => {
  const empty = schemeOfShard(schemeSums(space), {
    shard: { index: 1, of: 2 },
    ledger: [],
    candidates,
    metadata: { ...common, dropped: "4" },
  });
  const all = pairs.map((_, i) => i);
  const full = schemeOfShard(sumsOf(all), {
    shard: { index: 0, of: 2 },
    ledger: all.map(line),
    candidates,
    metadata: common,
  });
  const merged = await mergeShards([{ name: "E", scheme: empty }, { name: "F", scheme: full }]);
  assertEquals([merged.pairs, merged.metadata.dropped], [23, "4"]);
  const other = { ...empty, metadata: { ...empty.metadata, shard: "0/2" } };
  await assertRejects(
    () => mergeShards([{ name: "E", scheme: empty }, { name: "G", scheme: other }]),
    RangeError,
    "all of them were dropped",
  );
});
