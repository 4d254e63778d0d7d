/** GPU buffers, reused by size, so that repeated batches allocate nothing. */

import { deviceError } from "../device_error.ts";

/** A pool of storage buffers. */
export interface BufferPool {
  /** A buffer of at least `bytes` bytes, its contents unknown. */
  take(bytes: number): GPUBuffer;
  /** Gives a buffer back for reuse by later commands. */
  give(buffer: GPUBuffer): void;
  /** Bytes of all buffers that exist. */
  readonly allocated: number;
  /** Resolves when all allocations so far succeeded. */
  check(): Promise<void>;
  /** Destroys every buffer. */
  destroy(): void;
}

/** Opens a pool on `device`. */
export function bufferPool(device: GPUDevice): BufferPool {
  const idle = new Map<number, GPUBuffer[]>();
  const all = new Set<GPUBuffer>();
  let allocated = 0;
  let pending: Promise<GPUError | null>[] = [];
  return {
    get allocated() {
      return allocated;
    },
    take(bytes) {
      const size = bucket(bytes);
      const reused = idle.get(size)?.pop();
      if (reused) return reused;
      device.pushErrorScope("out-of-memory");
      device.pushErrorScope("validation");
      const buffer = device.createBuffer({
        size,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
      pending.push(device.popErrorScope(), device.popErrorScope());
      all.add(buffer);
      allocated += size;
      return buffer;
    },
    give(buffer) {
      const waiting = idle.get(buffer.size);
      if (waiting) waiting.push(buffer);
      else idle.set(buffer.size, [buffer]);
    },
    async check() {
      const checks = pending;
      pending = [];
      const error = (await Promise.all(checks)).find((failed) => failed);
      if (error) throw deviceError(`Cannot allocate memory on the GPU: ${error.message}`);
    },
    destroy() {
      for (const buffer of all) buffer.destroy();
      all.clear();
      idle.clear();
      allocated = 0;
    },
  };
}

/** The size class of a request: at most an eighth is wasted, and never below 256 bytes. */
function bucket(bytes: number): number {
  const step = Math.max(256, 2 ** Math.max(0, Math.floor(Math.log2(bytes)) - 3));
  return Math.ceil(bytes / step) * step;
}
