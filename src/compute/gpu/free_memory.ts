/** How much memory a GPU has left, which WebGPU does not tell. */

import type { Device } from "./device.ts";

/** Bytes of one buffer of the search: less than every adapter's largest. */
const PIECE = 2 ** 28;

/**
 * Bytes that could be allocated beside what is, at most `most`, in steps of 256 MiB. Takes them all for
 * a moment, a second for 64 GiB; the device is to be thrown away afterwards. Where the system lends a
 * GPU its own memory, or a software adapter takes memory only once it is written, that is `most`.
 */
export async function freeMemory(
  { device }: Pick<Device, "device">,
  most: number,
): Promise<number> {
  const size = Math.min(PIECE, device.limits.maxBufferSize);
  const taken: GPUBuffer[] = [];
  while ((taken.length + 1) * size <= most) {
    device.pushErrorScope("out-of-memory");
    device.pushErrorScope("validation");
    const buffer = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE });
    const errors = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
    if (errors.some((error) => error)) break;
    taken.push(buffer);
  }
  for (const buffer of taken) buffer.destroy();
  return taken.length * size;
}
