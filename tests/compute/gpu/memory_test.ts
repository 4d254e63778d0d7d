/** The pool of GPU buffers, on a device that only counts; needs no GPU. */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { bufferPool, type PoolOptions } from "../../../src/compute/gpu/memory.ts";

/** A device that makes buffers of nothing; `failing` are its error scopes' answers. */
function counting(failing: (GPUError | null)[] = [], limit: PoolOptions = {}) {
  const made: { readonly size: number; destroyed: boolean }[] = [];
  const device = {
    pushErrorScope: () => {},
    queue: { submit: () => {} },
    popErrorScope: () => Promise.resolve(failing.shift() ?? null),
    createBuffer({ size }: GPUBufferDescriptor) {
      const buffer = { size, destroyed: false, destroy: () => void (buffer.destroyed = true) };
      made.push(buffer);
      return buffer;
    },
  };
  return { pool: bufferPool(device as unknown as GPUDevice, limit), made };
}

Deno.test("bufferPool() gives a buffer again that was given back, to a request of like size", () => {
  const { pool, made } = counting();
  const first = pool.take(1000);
  const second = pool.take(1000);
  assert(first !== second);
  pool.give(first);
  assertStrictEquals(pool.take(1010), first);
  assertEquals(made.length, 2);
  assertEquals(pool.allocated, made[0].size + made[1].size);
});

Deno.test("bufferPool() wastes at most an eighth, or what 256 bytes are more", () => {
  const { pool, made } = counting();
  for (const bytes of [1, 4, 255, 256, 257, 5000, 123_456, 10_000_004, 2 ** 28, 2 ** 28 + 4]) {
    pool.take(bytes);
    const { size } = made.at(-1)!;
    assert(size >= bytes && size % 4 === 0);
    assert(size - bytes <= Math.max(256, bytes / 8), `${bytes} took ${size}`);
  }
});

Deno.test("bufferPool() says that memory is not there, to everyone who asks", async () => {
  const none = { message: "Not enough memory left" } as GPUError;
  const { pool } = counting([null, none]);
  pool.take(100);
  const message = "Cannot allocate memory on the GPU: Not enough memory left";
  const together = [pool.check(), pool.check()];
  for (const check of together) await assertRejects(() => check, Error, message);
  await assertRejects(() => pool.check(), Error, message);
});

Deno.test("bufferPool() destroys every buffer, idle or not", () => {
  const { pool, made } = counting();
  pool.give(pool.take(10));
  pool.take(10_000);
  pool.destroy();
  assert(made.every(({ destroyed }) => destroyed));
  assertEquals(pool.allocated, 0);
});

Deno.test("bufferPool() destroys idle buffers for a new one beyond its limit, the largest first, once all is submitted", () => {
  const released: boolean[][] = [];
  const { pool, made } = counting([], {
    most: () => 4608,
    release: () => void released.push(made.map(({ destroyed }) => destroyed)),
  });
  const [small, large] = [pool.take(512), pool.take(2048)];
  pool.take(1024);
  pool.give(small);
  pool.give(large);
  pool.take(512 + 256);
  assertEquals(released, [], "it is within the limit");
  pool.take(1280);
  assertEquals(released, [[false, false, false, false]]);
  assertEquals(made.map(({ destroyed }) => destroyed), [false, true, false, false, false]);
  assertEquals(pool.allocated, 512 + 1024 + 768 + 1280);
  assertStrictEquals(pool.take(512), small);
});

Deno.test("bufferPool() keeps few idle bytes beyond its limit: they would be made again at once", () => {
  const { pool, made } = counting([], { most: () => 12 * 1024 });
  pool.take(12 * 1024);
  const [first, second] = [pool.take(512), pool.take(512)];
  pool.give(first);
  pool.take(768);
  assert(made.every(({ destroyed }) => !destroyed));
  pool.give(second);
  pool.take(1280);
  assertEquals(made.filter(({ destroyed }) => destroyed).length, 2);
});
