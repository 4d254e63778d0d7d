/** Chunks of long work: given out, taken back, the same in the end. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Chunk,
  decodeChunk,
  encodeChunk,
  inChunks,
  openCrossEncoder,
  rescore,
  score,
  simdOps,
  type Tensor,
} from "../../../internal.ts";
import { backends } from "../../backends.ts";
import { load, pairs } from "../fixture.ts";

/** Two numbers a thing: its place, and its square. */
const compute = (first: number, end: number) =>
  Promise.resolve(
    Array.from({ length: end - first }, (_, i) => [first + i, (first + i) ** 2]).flat(),
  );

Deno.test("inChunks() computes what earlier chunks lack, and only that", async () => {
  const chunks: Chunk[] = [];
  const whole = await inChunks(
    { count: 100, numbers: 2, onChunk: (chunk) => void chunks.push(chunk) },
    compute,
  );
  assertEquals([...whole], [...await compute(0, 100)]);
  assert(chunks.length > 3, "chunks begin small");
  const kept = chunks.filter((_, i) => i % 2 === 1);
  const told: (readonly [number, boolean])[] = [];
  const asked: number[] = [];
  const again = await inChunks({
    ...{ count: 100, numbers: 2, finished: kept.toReversed() },
    onChunk: (_, { done, resumed }) => void told.push([done, resumed]),
  }, (first, end) => {
    for (let place = first; place < end; place++) asked.push(place);
    return compute(first, end);
  });
  assertEquals(again, whole);
  const before = kept.flatMap(({ first, values }) =>
    Array.from({ length: values.length / 2 }, (_, i) => first + i)
  );
  assertEquals([...before, ...asked].sort((a, b) => a - b), [...Array(100).keys()]);
  assertEquals(told.filter(([, resumed]) => resumed).length, kept.length);
  assertEquals(told.at(-1), [100, false]);
});

Deno.test("inChunks() makes no chunk larger than it is told to", async () => {
  const sizes: number[] = [];
  const onChunk = ({ values }: Chunk) => void sizes.push(values.length);
  await inChunks({ count: 30, numbers: 2, most: 1, onChunk: onChunk }, compute);
  assertEquals(sizes, Array(30).fill(2));
});

Deno.test("inChunks() grows chunks that are quick, and halves those that take long, down to one item", async () => {
  const { now } = performance;
  const sizesOf = async (count: number, milliseconds: number) => {
    const sizes: number[] = [];
    let clock = 0;
    performance.now = () => clock;
    try {
      await inChunks({ count, numbers: 2 }, (first, end) => {
        sizes.push(end - first);
        clock += milliseconds;
        return compute(first, end);
      });
    } finally {
      performance.now = now;
    }
    return sizes;
  };
  assertEquals(await sizesOf(61, 10), [8, 16, 32, 5]);
  assertEquals(await sizesOf(18, 5000), [8, 4, 2, 1, 1, 1, 1]);
  assertEquals(await sizesOf(20, 2000), [8, 8, 4]); // about as long as wanted
});

Deno.test("inChunks() refuses chunks of another list", async () => {
  const chunk = (first: number, numbers: number) => ({ first, values: new Float64Array(numbers) });
  for (
    const finished of [[chunk(0, 3)], [chunk(9, 4)], [chunk(0, 4), chunk(1, 2)], [chunk(50, 2)]]
  ) {
    await assertRejects(
      () => inChunks({ count: 10, numbers: 2, finished }, compute),
      RangeError,
      "expected each of 10 things once",
    );
  }
});

Deno.test("decodeChunk() reads what encodeChunk() wrote, every bit, and refuses what is cut", () => {
  for (
    const [values, size] of [
      [[Math.PI, -0, 5e-324, 1e300], 32],
      [[NaN, Math.PI, NaN, -0, 0.5, -Infinity], 32], // float32 holds the last four
      [[1, 2], 8],
      [[], 0],
    ] as const
  ) {
    const chunk = { first: 7, values: Float64Array.from(values) };
    const bytes = encodeChunk(chunk);
    assertEquals(bytes.length, 8 + size);
    assertEquals(decodeChunk(bytes), chunk);
    for (const end of [0, 7, ...size > 8 ? [8] : [], bytes.length - 1]) {
      const cut = bytes.subarray(0, end);
      assertThrows(() => decodeChunk(cut), SyntaxError, "Cannot read a finished chunk");
    }
  }
});

for (const { kind, ignore, open } of backends) {
  Deno.test({
    name: `rescore() and score() do not depend on the pairs that run together, ${kind}`,
    ignore,
    async fn() {
      const ops = await open();
      try {
        const encoder = await openCrossEncoder(load, ops);
        const some = pairs.slice(0, kind === "simd" ? 24 : 10);
        const encoded = some.map(({ query, passage }) => encoder.tokenizer.encode(query, passage));
        const sets = [0, 1, 2].map((from) =>
          Uint32Array.from({ length: 20 * from }, (_, i) => 900 * from + 31 * i)
        );
        const together = await rescore(encoder, encoded, sets);
        for (const [i, pair] of encoded.entries()) {
          const alone = await rescore(encoder, [pair], sets);
          assertEquals(alone.map(([value]) => value), together.map((values) => values[i]));
        }
        const scores = await score(encoder, some);
        assertEquals(await score(encoder, some.slice(3, 5)), scores.slice(3, 5));
      } finally {
        ops.close();
      }
    },
  });
}

Deno.test("rescore() names the first pair whose score is no number", async () => {
  const ops = await simdOps({ threads: 1 });
  try {
    const encoder = await openCrossEncoder(load, ops);
    const broken = { ...ops, read: async (x: Tensor) => (await ops.read(x)).fill(NaN) };
    const encoded = pairs.slice(0, 2).map(({ query, passage }) =>
      encoder.tokenizer.encode(query, passage)
    );
    await assertRejects(
      () => rescore({ ...encoder, ops: broken }, encoded, [Uint32Array.of(1, 2)]),
      RangeError,
      "Cannot score pair 0 with 2 neurons zeroed: its margin is NaN",
    );
  } finally {
    ops.close();
  }
});
