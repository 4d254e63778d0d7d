/** Finished pairs as bytes. */

import { assertEquals, assertThrows } from "@std/assert";
import { decodePairRecord, encodePairRecord, type PairRecord } from "../../internal.ts";

const pair = (conductance: Float64Array): PairRecord => ({
  ...{ index: 7, evaluations: 21, repeated: 3, tokens: 40, conductance },
  F: { baseline: -0.1, input: 5e-324 },
  completeness: { relative: Infinity, worst: 0.25 },
});

Deno.test("decodePairRecord() gives back every bit, at any offset", () => {
  for (const values of [[0, -0, 1 / 3], [0.5, -(2 ** -140), 3]]) {
    const wanted = pair(Float64Array.from(values));
    const bytes = encodePairRecord(wanted);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    for (const found of [bytes, shifted.subarray(1)]) {
      assertEquals(decodePairRecord(found, 3), wanted);
      assertEquals(Object.is(decodePairRecord(found, 3).conductance[1], values[1]), true);
    }
  }
});

Deno.test("decodePairRecord() gives back both runs of a triple", () => {
  const [one, two] = [[0, 1 / 3, NaN], [7, -0, 2]].map((values) => Float64Array.from(values));
  const wanted = { ...pair(one), other: two };
  assertEquals(decodePairRecord(encodePairRecord(wanted), 3), wanted);
  assertEquals("other" in decodePairRecord(encodePairRecord(pair(one)), 3), false);
});

Deno.test("encodePairRecord() takes half the bytes where float32 loses nothing", () => {
  const [narrow, wide] = [[0.5, 3, 4], [0.1, 3, 4]]
    .map((values) => encodePairRecord(pair(Float64Array.from(values))).length);
  assertEquals(wide - narrow, 3 * 4);
});

Deno.test("decodePairRecord() refuses records of other models, and what is none", () => {
  const bytes = encodePairRecord(pair(Float64Array.of(1, 2, 3)));
  assertThrows(() => decodePairRecord(bytes, 4), SyntaxError, "expected 4 neurons, got 3");
  assertThrows(() => decodePairRecord(bytes.subarray(0, 60), 3), SyntaxError, "bytes, got 60");
  assertThrows(() => decodePairRecord(bytes.subarray(0, 9), 3), SyntaxError, "at least");
});
