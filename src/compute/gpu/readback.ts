/** Brings numbers from the device to the host, in Deno without waiting longer than the device computes. */

/** Reads ranges of buffers. */
export interface Readback {
  /** Records a copy of `size` bytes and gives what will hold them. */
  copy(encoder: GPUCommandEncoder, buffer: GPUBuffer, from: Range): Landing;
  /**
   * The bytes of a copy that was submitted. `awaited`: when the runtime says that they are there, even
   * where they can be had before.
   */
  bytes(landing: Landing, awaited: boolean): Promise<ArrayBuffer>;
  /** Destroys what waits for reuse. */
  destroy(): void;
}

/** A range of a buffer, in bytes. */
export interface Range {
  readonly offset: number;
  readonly size: number;
}

/** Where a copy arrives. */
export interface Landing {
  readonly buffer: GPUBuffer;
  readonly size: number;
}

/** Larger buffers are not kept, nor more than so many bytes of all. */
const KEPT_BYTES = 2 ** 26;

/**
 * Opens a reader on `device`.
 *
 * Deno's `mapAsync` blocks until the device is done and then sleeps ten milliseconds before it says so;
 * the bytes of a buffer that was mapped once before can be had at once. (Of one that never was, asking
 * so early ends Deno 2.9 with a panic: a first mapping is awaited.) A runtime that gives nothing before
 * it says so throws, as WebGPU demands: then every mapping is awaited from there on.
 */
export function readback(device: GPUDevice): Readback {
  /** Buffers that were mapped, by size. */
  const idle = new Map<number, GPUBuffer[]>();
  const mappedBefore = new WeakSet<GPUBuffer>();
  let keptBytes = 0;
  let early = true;

  function give(buffer: GPUBuffer) {
    if (keptBytes + buffer.size > KEPT_BYTES) return buffer.destroy();
    keptBytes += buffer.size;
    const waiting = idle.get(buffer.size);
    if (waiting) waiting.push(buffer);
    else idle.set(buffer.size, [buffer]);
  }
  function take(size: number): GPUBuffer {
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(size, 4096)));
    const waiting = idle.get(wanted)?.pop();
    if (waiting) {
      keptBytes -= wanted;
      return waiting;
    }
    return device.createBuffer({
      size: wanted <= KEPT_BYTES ? wanted : size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }
  return {
    copy(encoder, buffer, { offset, size }) {
      const landing = { buffer: take(size), size };
      encoder.copyBufferToBuffer(buffer, offset, landing.buffer, 0, size);
      return landing;
    },
    async bytes({ buffer, size }, awaited) {
      const mapping = buffer.mapAsync(GPUMapMode.READ, 0, size);
      let bytes: ArrayBuffer | undefined;
      if (early && !awaited && mappedBefore.has(buffer)) {
        try {
          bytes = buffer.getMappedRange(0, size).slice(0);
          mapping.catch(() => {}); // nobody waits for it any more
        } catch {
          early = false;
        }
      }
      if (!bytes) {
        try {
          await mapping;
          bytes = buffer.getMappedRange(0, size).slice(0);
        } catch (error) {
          buffer.destroy();
          throw error;
        }
      }
      buffer.unmap();
      mappedBefore.add(buffer);
      give(buffer);
      return bytes;
    },
    destroy() {
      for (const buffer of [...idle.values()].flat()) buffer.destroy();
      idle.clear();
      keptBytes = 0;
    },
  };
}
