/** Shared memory: who may write where, and when; and what happens when a worker stops. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { rounded, sharedMemory } from "../../../src/compute/simd/memory.ts";
import { program } from "../../../src/compute/simd/program.ts";
import { simdOps } from "../../../src/compute/simd/simd_ops.ts";

Deno.test("sharedMemory() gives every byte to one owner and joins what comes back", () => {
  const shared = sharedMemory(4096);
  const start = shared.used();
  const blocks = [100, 64, 5000, 1, 300].map((bytes) => ({ at: shared.allocate(bytes, 0), bytes }));
  const taken = blocks.toSorted((a, b) => a.at - b.at);
  taken.slice(1).forEach(({ at }, i) => assert(at >= taken[i].at + taken[i].bytes));
  for (const { at } of blocks) assertEquals(at % 64, 0);
  assert(taken[0].at >= 4096);
  for (const { at, bytes } of [blocks[1], blocks[3], blocks[0], blocks[4], blocks[2]]) {
    shared.release(at, bytes, 0);
  }
  assertEquals(shared.used(), start);
  const whole = blocks.reduce((sum, { bytes }) => sum + rounded(bytes), 0);
  assertEquals(shared.allocate(whole, 0), taken[0].at);
});

Deno.test("sharedMemory() keeps the host from memory that recorded operations still use", () => {
  const shared = sharedMemory(4096);
  const at = shared.allocate(1000, 0);
  shared.release(at, 1000, 3);
  assert(shared.allocate(1000, 2) !== at);
  assertEquals(shared.allocate(500, Infinity), at); // an operation comes after them anyway
  shared.settle(3);
  assertEquals(shared.allocate(500, 3), at + 512);
});

Deno.test("sharedMemory() says how many bytes it cannot hold", () => {
  const shared = sharedMemory(4096);
  assertThrows(() => shared.allocate(2 ** 33, 0), RangeError, "Cannot hold 8589934592 more bytes");
  assert(shared.allocate(2 ** 20, 0) > 0); // and can go on
});

Deno.test("free() takes effect after what is recorded, so that no operation reads new numbers", async () => {
  const ops = await simdOps({ threads: 2 });
  const [rows, width] = [64, 256];
  const numbers = (seed: number) => new Float32Array(rows * width).fill(seed);
  const sums = ops.zeros(20, 1);
  for (let i = 0; i < 20; i++) {
    const [x, y] = [ops.floats(rows, width, numbers(i)), ops.empty(rows, width)];
    ops.tanhBackward(y, x, x);
    ops.free(x);
    const half = ops.floats(1, rows * width / 2, numbers(-1).subarray(0, rows * width / 2));
    ops.sumColumns(sums, ops.slice(y, 0, 1), { at: i });
    ops.free(y, half);
  }
  const found = await ops.read(sums);
  ops.close();
  assertEquals([...found], Array.from({ length: 20 }, (_, i) => width * i * (1 - i * i)));
});

Deno.test("read() returns what was recorded before it, not after it", async () => {
  const ops = await simdOps({ threads: 2 });
  const x = ops.floats(1, 3, Float32Array.of(1, 2, 3));
  const first = ops.read(x);
  ops.addRows(x, x, ops.indices(1, 1, Uint32Array.of(0)));
  assertEquals(await Promise.all([first, ops.read(x)]), [
    Float32Array.of(1, 2, 3),
    Float32Array.of(2, 4, 6),
  ]);
  assertEquals(
    await ops.read(ops.indices(1, 2, Uint32Array.of(7, 4294967295))),
    Float64Array.of(7, 4294967295),
  );
  ops.close();
});

Deno.test("read() returns the numbers of a tensor that is freed and its memory reused at once", async () => {
  const ops = await simdOps({ threads: 2 });
  const x = ops.floats(1, 3, Float32Array.of(1, 2, 3));
  const idle = ops.read(x);
  ops.free(x);
  const y = ops.floats(1, 3, Float32Array.of(4, 5, 6));
  assertEquals(await idle, Float32Array.of(1, 2, 3));
  const z = ops.empty(1, 3);
  ops.tanhBackward(z, y, ops.zeros(1, 3));
  const busy = ops.read(z);
  ops.free(y, z);
  ops.floats(1, 3, Float32Array.of(7, 8, 9));
  assertEquals(await busy, Float32Array.of(4, 5, 6));
  ops.close();
});

Deno.test("free() of a slice, or of a tensor a second time, frees nothing", async () => {
  const ops = await simdOps({ threads: 1 });
  const x = ops.floats(2, 3, Float32Array.of(1, 2, 3, 4, 5, 6));
  const part = ops.slice(x, 1, 1);
  ops.free(part);
  const y = ops.floats(2, 3, new Float32Array(6));
  assertEquals(await ops.read(part), Float32Array.of(4, 5, 6));
  ops.free(y);
  const [first, second] = [7, 8].map((value) => {
    ops.free(y);
    return ops.floats(2, 3, new Float32Array(6).fill(value));
  });
  assertEquals([(await ops.read(first))[0], (await ops.read(second))[0]], [7, 8]);
  ops.close();
});

Deno.test("simdOps() runs thousands of operations in flat memory", async () => {
  const ops = await simdOps({ threads: 2 });
  const weights = { weight: ops.floats(64, 64, new Float32Array(4096)), bias: ops.zeros(1, 64) };
  const first = new Set<number>();
  for (let round = 0; round < 300; round++) {
    let x = ops.floats(100, 64, new Float32Array(6400));
    for (let layer = 0; layer < 10; layer++) {
      const y = ops.empty(100, 64);
      ops.linear(y, x, weights);
      ops.free(x);
      x = y;
    }
    if (round < 3 || round > 290) first.add((x as unknown as { at: number }).at);
    await ops.read(x);
    ops.free(x);
  }
  ops.close();
  assert(first.size <= 3, `tensors moved: ${[...first]}`);
});

Deno.test("read() rejects after a worker has stopped, and so does every later one", async () => {
  const ops = await simdOps({ threads: 2 });
  const x = ops.zeros(3, 2);
  ops.takeRows(ops.empty(100, 2), x, ops.indices(100, 1, new Uint32Array(100).fill(3)));
  await assertRejects(() => ops.read(x), Error, "Cannot compute: a worker stopped");
  await assertRejects(() => ops.read(x), Error, "Cannot compute: a worker stopped");
  ops.close();
});

Deno.test("close() rejects what has not been read", async () => {
  const ops = await simdOps({ threads: 1 });
  const x = ops.zeros(500, 500);
  const linear = { weight: x, bias: ops.zeros(1, 500) };
  for (let i = 0; i < 20; i++) ops.linear(ops.empty(500, 500), x, linear);
  const reading = ops.read(x);
  ops.close();
  await assertRejects(() => reading, Error, "the operations were closed");
});

// The kernels read seven operands of every operation: 20 bytes past a last one of two.
Deno.test("program() leaves room for what is read after its last word, at the end of memory too", async () => {
  const shared = sharedMemory(4096);
  const ends: number[] = [];
  const run = ({ end }: { readonly end: number }) => Promise.resolve(void ends.push(end));
  const { record, after } = program(shared, { run, close() {} }, { threads: 1 });
  for (let operations = 1; operations < 40; operations++) {
    const whole = shared.memory.buffer.byteLength - shared.used() - 4096;
    const words = rounded(16 * operations); // all that is left, but for the program alone
    if (whole > words) shared.allocate(whole - words, Infinity);
    for (let i = 0; i < operations; i++) record("zeros", [0, 0]);
    await after(() => {});
    assert(ends.at(-1)! + 20 <= shared.memory.buffer.byteLength, `${operations} operations`);
  }
});
