import { assertEquals, assertThrows } from "@std/assert";
import { below, sample, seededRandom, seedFor, shuffle, xoshiro128 } from "../../src/ir/random.ts";

Deno.test("xoshiro128() gives the reference stream of the state 1, 2, 3, 4", () => {
  // https://prng.di.unimi.it/xoshiro128starstar.c, its state set to {1, 2, 3, 4}
  const random = xoshiro128(new Uint32Array([1, 2, 3, 4]));
  assertEquals(Array.from({ length: 10 }, random), [
    11520,
    0,
    5927040,
    70819200,
    2031721883,
    1637235492,
    1287239034,
    3734860849,
    3729100597,
    4258142804,
  ]);
});

Deno.test("seededRandom() starts from SplitMix64's first two outputs", () => {
  // https://prng.di.unimi.it/splitmix64.c from 1234567 gives these first.
  const state = new BigUint64Array([6457827717110365317n, 3203168211198807973n]);
  const expected = xoshiro128(new Uint32Array(state.buffer));
  const random = seededRandom(1234567);
  for (let i = 0; i < 5; i++) assertEquals(random(), expected());
});

Deno.test("seededRandom() refuses a seed that is no integer", () => {
  assertThrows(() => seededRandom(0.5), RangeError, "got 0.5");
});

Deno.test("below() gives every result about as often as any other", () => {
  const random = seededRandom(1);
  const counts = new Array<number>(6).fill(0);
  for (let i = 0; i < 60_000; i++) counts[below(6, random)]++;
  // χ² with 5 degrees of freedom exceeds 25.7 once in 10 000 seeds.
  const chi2 = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assertEquals(chi2 < 25.7, true, `χ² = ${chi2}`);
});

Deno.test("below() draws again where a value would favour small results", () => {
  const values = [2 ** 32 - 1, 7];
  assertEquals(below(3, () => values.shift()!), 1);
});

Deno.test("shuffle() is the same for a seed on every machine, and keeps every item", () => {
  const items = Array.from({ length: 10 }, (_, i) => i);
  const order = shuffle(items, seededRandom(0));
  assertEquals(order.toSorted((a, b) => a - b), items);
  assertEquals(order, [5, 2, 4, 3, 1, 9, 6, 7, 0, 8]);
});

Deno.test("sample() takes different items, at most all", () => {
  const items = ["a", "b", "c", "d"];
  assertEquals(new Set(sample(items, 3, seededRandom(0))).size, 3);
  assertEquals(sample(items, 9, seededRandom(0)).toSorted(), items);
  assertEquals(sample(items, 0, seededRandom(0)), []);
});

Deno.test("seedFor() is FNV-1a of seed and text, without its last 11 bits", () => {
  // from a program in Python that gives 0xaf63dc4c8601ec8c for "a", as RFC 9923 has it
  assertEquals(seedFor(0, "a"), 2754311574758983);
  assertEquals(seedFor(7, "Zürich"), 1516673987347526);
});
