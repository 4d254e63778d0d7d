/** Schemes: mean and spread, exact sums, and their file. */

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  addPair,
  encodeSafetensors,
  encodeScheme,
  mergeSums,
  neuronCount,
  openSafetensors,
  openScheme,
  schemeOf,
  schemeSums,
  sizeAtLevel,
  topNeuronIds,
} from "../../internal.ts";
import { addExactly, exactSum, rounded } from "../../src/attribution/schemes/exact_sum.ts";
import { seededRandom, shuffle } from "../../src/ir/random.ts";
import { bertSpace } from "../spaces.ts";
import { partsOf } from "../../src/model/neurons.ts";

const space = bertSpace({ layers: 2, width: 3, inner: 5 });
const random = seededRandom(7);
const normal = () => (random() / 2 ** 32 - 0.5) * 10 ** (random() % 9 - 6);
const vectors = Array.from(
  { length: 40 },
  () => Float64Array.from({ length: neuronCount(space) }, normal),
);
const summed = (some: readonly Float64Array[]) => {
  const sums = schemeSums(space);
  for (const vector of some) addPair(sums, vector);
  return sums;
};

Deno.test("schemeOf() gives the mean and the sum of squared deviations", () => {
  const { mean, m2, pairs } = schemeOf(summed(vectors), {});
  assertEquals(pairs, vectors.length);
  mean.forEach((found, id) => {
    const values = vectors.map((vector) => vector[id]);
    const expected = values.reduce((sum, x) => sum + x, 0) / values.length;
    const spread = values.reduce((sum, x) => sum + (x - expected) ** 2, 0);
    const size = Math.max(...values.map(Math.abs));
    assertAlmostEquals(found, expected, 1e-14 * size);
    assertAlmostEquals(m2[id], spread, 1e-12 * spread);
  });
});

Deno.test("schemeOf() gives the same bytes whatever the order and the shards", () => {
  const whole = encodeScheme(schemeOf(summed(vectors), {}));
  for (const shards of [1, 3, 8]) {
    const mixed = shuffle(vectors, seededRandom(shards));
    const parts = Array.from(
      { length: shards },
      (_, s) => mixed.filter((_, i) => i % shards === s),
    );
    const merged = schemeSums(space);
    for (const part of parts) mergeSums(merged, summed(part));
    assertEquals(encodeScheme(schemeOf(merged, {})), whole);
  }
});

Deno.test("addExactly() keeps parts of numbers down to 2⁻⁸⁸, whatever is added beside them", () => {
  const sum = exactSum(1);
  const parts = [1, 2 ** -30, 2 ** -60, 2 ** -80];
  for (const value of [...parts, -1, -(2 ** -30), -(2 ** -60)]) {
    addExactly(sum, Float64Array.of(value));
  }
  assertEquals([...rounded(sum)], [2 ** -80]);
});

Deno.test("addPair() adds NaN to neurons that have no numbers, and there nothing else", () => {
  const absent = partsOf(space).slice(2, 4);
  const isAbsent = (id: number) =>
    absent.some(({ first, units }) => id >= first && id < first + units);
  const lacking = vectors.map((vector) => vector.map((value, id) => isAbsent(id) ? NaN : value));
  const sums = schemeSums(space, { absent });
  for (const vector of lacking) addPair(sums, vector);
  const { mean, m2 } = schemeOf(sums, {});
  const whole = schemeOf(summed(vectors), {});
  assertEquals(mean, whole.mean.map((value, id) => isAbsent(id) ? NaN : value));
  assertEquals(m2, whole.m2.map((value, id) => isAbsent(id) ? NaN : value));
  assertThrows(() => addPair(sums, vectors[0]), RangeError);
  assertThrows(() => addPair(schemeSums(space), lacking[0]), RangeError);
});

Deno.test("schemeOf() refuses no pairs, addPair() what is not finite", () => {
  assertThrows(() => schemeOf(schemeSums(space), {}), RangeError, "expected pairs, got none");
  for (const value of [NaN, Infinity, 2 ** 31]) {
    assertThrows(() => addPair(schemeSums(space), vectors[0].map(() => value)), RangeError);
  }
});

Deno.test("openScheme() reads what encodeScheme() wrote", async () => {
  const written = schemeOf(summed(vectors), { label: "relevant", rule: "right" });
  const bytes = encodeScheme(written);
  const read = await openScheme(() => Promise.resolve(bytes), "P.safetensors");
  assertEquals(read.mean, written.mean);
  assertEquals(read.m2, written.m2);
  const sizes = { layers: space.layers, components: space.components };
  assertEquals(read.space, sizes);
  assertEquals(read.sums, { ...written.sums, space: sizes });
  assertEquals([read.metadata.format, read.metadata.pairs, read.metadata.label], [
    "attribution-scheme/1",
    "40",
    "relevant",
  ]);
});

Deno.test("openScheme() reads what the tokens of each segment contribute, of linears alone", async () => {
  const heads = { name: "heads", units: 25 };
  const own = { layers: 2, components: [...space.components, heads] };
  const count = neuronCount(own);
  const sums = schemeSums(own, { bySegment: true });
  for (const pair of [1, 2, 3]) {
    const bySegment = Array.from(
      { length: 5 },
      (_, segment) =>
        Float64Array.from(
          { length: count },
          (_, id) =>
            partsOf(own).some(({ component, first, units }) =>
                component === "heads" && id >= first && id < first + units
              )
              ? 0
              : pair * segment + id,
        ),
    );
    const whole = bySegment[0].map((_, id) => bySegment.reduce((sum, one) => sum + one[id], 0));
    addPair(sums, whole, "", { bySegment });
  }
  const written = schemeOf(sums, {});
  const bytes = encodeScheme(written);
  const read = await openScheme(() => Promise.resolve(bytes), "P.safetensors");
  assertEquals(read.bySegment!.map(({ mean }) => mean), written.bySegment!.map(({ mean }) => mean));
  const { entries } = await openSafetensors(() => Promise.resolve(bytes), "P.safetensors");
  const named = [...entries.keys()].filter((name) => name.startsWith("mean/heads"));
  assertEquals(named, ["mean/heads"]);
});

Deno.test("openScheme() refuses another format, naming the file", async () => {
  const other = encodeSafetensors({ x: { shape: [1], data: new Float64Array(1) } }, {
    format: "x",
  });
  await assertRejects(
    () => openScheme(() => Promise.resolve(other), "P.safetensors"),
    SyntaxError,
    "P.safetensors",
  );
});

Deno.test("sizeAtLevel() rounds, keeps at least one, and refuses 0 % and 101 %", () => {
  const large = bertSpace({ layers: 24, width: 1024, inner: 4096 });
  assertEquals([0.0001, 0.001, 0.01, 1].map((level) => sizeAtLevel(large, level)), [
    22,
    221,
    2212,
    221_184,
  ]);
  assertEquals(sizeAtLevel(space, 1e-9), 1);
  for (const level of [0, -1, 1.01, NaN]) assertThrows(() => sizeAtLevel(space, level), RangeError);
});

Deno.test("topNeuronIds() ranks signed values and breaks ties by the lower id", () => {
  assertEquals([...topNeuronIds(Float64Array.of(1, -9, 3, 3, 0), 4)], [2, 3, 0, 4]);
  assert(topNeuronIds(Float64Array.of(1, 2), 1).length === 1);
});
