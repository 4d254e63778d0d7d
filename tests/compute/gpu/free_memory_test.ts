/** The search for free memory, on a device that only counts; needs no GPU. */

import { assert, assertEquals } from "@std/assert";
import { freeMemory } from "../../../src/compute/gpu/free_memory.ts";

/** A device with room for `bytes`, and the buffers that were made on it. */
function deviceWith(bytes: number, maxBufferSize = 2 ** 30) {
  const made: { destroyed: boolean }[] = [];
  let left = bytes;
  let failed = false;
  const device = {
    limits: { maxBufferSize },
    pushErrorScope: () => {},
    popErrorScope() {
      const error = failed ? { message: "Not enough memory left" } : null;
      failed = false;
      return Promise.resolve(error);
    },
    createBuffer({ size }: GPUBufferDescriptor) {
      const buffer = { destroyed: false, destroy: () => void (buffer.destroyed = true) };
      if (size > left) failed = true;
      else {
        left -= size;
        made.push(buffer);
      }
      return buffer;
    },
  };
  return { device: device as unknown as GPUDevice, made };
}

const MIB = 2 ** 20;

Deno.test("freeMemory() takes memory until there is none, and gives it all back", async () => {
  const { device, made } = deviceWith(2000 * MIB);
  assertEquals(await freeMemory({ device }, 2 ** 40), 7 * 256 * MIB);
  assertEquals(made.length, 7);
  assert(made.every(({ destroyed }) => destroyed));
});

Deno.test("freeMemory() takes no more than it may, and no buffer larger than there can be", async () => {
  assertEquals(await freeMemory(deviceWith(2 ** 40), 700 * MIB), 512 * MIB);
  assertEquals(await freeMemory(deviceWith(2 ** 40, 100 * MIB), 700 * MIB), 700 * MIB);
  assertEquals(await freeMemory(deviceWith(0), 2 ** 40), 0);
});
