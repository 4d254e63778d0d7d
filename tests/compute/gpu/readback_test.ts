/** Reads without the wait: when a mapping is awaited, and when its bytes are taken before. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { readback } from "../../../src/compute/gpu/readback.ts";
import { hasGpu, openGpu } from "../../backends.ts";

/** A device whose buffers tell what is done to them; mappings end when `done` is called. */
function pretended({ early }: { readonly early: boolean }) {
  const told: string[] = [];
  const waiting: { end(): void; fail(): void }[] = [];
  let made = 0;
  const device = {
    createBuffer({ size }: GPUBufferDescriptor) {
      const name = `buffer ${made++}`;
      const bytes = new ArrayBuffer(size);
      let mapped = false;
      return {
        size,
        bytes,
        mapAsync() {
          const { promise, resolve, reject } = Promise.withResolvers<void>();
          const end = () => (mapped = true, resolve());
          waiting.push({ end, fail: () => reject(new Error("the device was lost")) });
          return promise;
        },
        getMappedRange(offset: number, length: number) {
          if (!early && !mapped) throw new DOMException("not mapped yet", "OperationError");
          told.push(`${name} ${mapped ? "awaited" : "early"}`);
          return bytes.slice(offset, offset + length);
        },
        unmap: () => mapped = false,
        destroy: () => told.push(`${name} destroyed`),
      };
    },
  };
  /** Puts a number where a command would. */
  const encoder = (value: number) => ({
    copyBufferToBuffer(_: unknown, __: number, to: { bytes: ArrayBuffer }, at: number) {
      new Float32Array(to.bytes, at, 1)[0] = value;
    },
  });
  const back = readback(device as unknown as GPUDevice);
  const read = async (value: number, { awaited = false, size = 4 } = {}) => {
    const commands = encoder(value) as unknown as GPUCommandEncoder;
    const landing = back.copy(commands, {} as GPUBuffer, { offset: 0, size });
    await undefined; // others copy meanwhile
    const bytes = back.bytes(landing, awaited);
    setTimeout(() => waiting.splice(0).forEach(({ end }) => end()), 1);
    return new Float32Array(await bytes)[0];
  };
  return { told, back, read, waiting };
}

Deno.test("readback() awaits a buffer's first mapping, and takes the bytes of later ones at once", async () => {
  const { told, read } = pretended({ early: true });
  assertEquals([await read(1), await read(2), await read(3)], [1, 2, 3]);
  assertEquals(told, ["buffer 0 awaited", "buffer 0 early", "buffer 0 early"]);
});

Deno.test("readback() awaits every mapping where the runtime gives nothing before", async () => {
  const { told, read } = pretended({ early: false });
  assertEquals([await read(1), await read(2), await read(3)], [1, 2, 3]);
  assertEquals(told, ["buffer 0 awaited", "buffer 0 awaited", "buffer 0 awaited"]);
});

Deno.test("readback() awaits where it is told to", async () => {
  const { told, read } = pretended({ early: true });
  assertEquals([await read(1), await read(2, { awaited: true }), await read(3)], [1, 2, 3]);
  assertEquals(told, ["buffer 0 awaited", "buffer 0 awaited", "buffer 0 early"]);
});

Deno.test("readback() reads several at once into buffers of their own, which like sizes share later", async () => {
  const { told, read } = pretended({ early: true });
  assertEquals(await Promise.all([read(1), read(2)]), [1, 2]);
  assertEquals(await Promise.all([read(3, { size: 8 }), read(4)]), [3, 4]);
  assertEquals(told.toSorted(), [
    ...["buffer 0 awaited", "buffer 0 early", "buffer 1 awaited", "buffer 1 early"],
  ]);
});

Deno.test("readback() does not keep large buffers, nor those whose mapping failed", async () => {
  const { told, back, read, waiting } = pretended({ early: true });
  await read(1, { size: 2 ** 26 + 4 });
  assertEquals(told, ["buffer 0 awaited", "buffer 0 destroyed"]);
  const encoder = { copyBufferToBuffer: () => {} } as unknown as GPUCommandEncoder;
  const landing = back.copy(encoder, {} as GPUBuffer, { offset: 0, size: 4 });
  const bytes = back.bytes(landing, false);
  waiting[0].fail();
  await assertRejects(() => bytes, Error, "the device was lost");
  assertEquals(told.at(-1), "buffer 1 destroyed");
  assertEquals(await read(2), 2);
  back.destroy();
  assertEquals(told.slice(-2), ["buffer 2 awaited", "buffer 2 destroyed"]);
});

Deno.test({
  name:
    "read() gives the same numbers early as awaited, of all sizes, one after another and at once",
  ignore: !hasGpu,
  async fn() {
    const ops = await openGpu();
    try {
      for (let round = 0; round < 3; round++) {
        const sizes = [1, 7, 300, 5000, 70_000];
        const tensors = sizes.map((size, i) =>
          ops.floats(1, size, Float32Array.from({ length: size }, (_, k) => k + 1000 * i + round))
        );
        const early = await Promise.all(tensors.map((x) => ops.read(x)));
        for (const [i, x] of tensors.entries()) {
          assert(early[i].every((value, k) => value === k + 1000 * i + round));
          assertEquals(await ops.readAwaited!(x), early[i]);
        }
        ops.free(...tensors);
      }
    } finally {
      ops.close();
    }
  },
});
