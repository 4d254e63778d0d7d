/** GPU buffers, reused by size, so that repeated batches allocate nothing. */

import { deviceError } from "../device_error.ts";

/** A pool of storage buffers. */
export interface BufferPool {
  /** A buffer of at least `bytes` bytes, its contents unknown. */
  take(bytes: number): GPUBuffer;
  /** Returns a buffer to the pool, for reuse by later commands. */
  give(buffer: GPUBuffer): void;
  /** Bytes of all buffers that exist. */
  readonly allocated: number;
  /** Resolves when all allocations so far succeeded; rejects from the first that failed on. */
  check(): Promise<void>;
  /** Destroys every buffer. */
  destroy(): void;
}

/** What a pool does beside giving buffers. */
export interface PoolOptions {
  /** Called with every new buffer, before anything else uses it. */
  readonly made?: (buffer: GPUBuffer) => void;
  /** Bytes beyond which a new buffer takes the place of idle ones; no limit unless given. */
  readonly most?: () => number;
  /** Called before: submits what is recorded, which may use buffers that are idle by now. */
  readonly release?: () => void;
}

/** Idle bytes, as a part of the limit, below which nothing is destroyed. */
const IDLE_PART = 1 / 12;

/** Opens a pool on `device`. */
export function bufferPool(
  device: GPUDevice,
  { made = () => {}, most = () => Infinity, release = () => {} }: PoolOptions = {},
): BufferPool {
  const idle = new Map<number, GPUBuffer[]>();
  const all = new Set<GPUBuffer>();
  let allocated = 0;
  let idleBytes = 0;
  let pending: Promise<GPUError | null>[] = [];
  /** The first failure: whoever asks is told, since tensors without memory make all later ones wrong. */
  let checked: Promise<GPUError | null | undefined> = Promise.resolve(undefined);

  /**
   * Destroys idle buffers, the largest first, until `size` more bytes are within the limit; none where
   * they are few, as those of passes that differ in length: the next pass would make them again.
   */
  function makeRoom(size: number) {
    const over = () => allocated + size - most();
    if (over() <= 0 || idleBytes < IDLE_PART * most()) return;
    release();
    for (const large of [...idle.keys()].sort((a, b) => b - a)) {
      const waiting = idle.get(large)!;
      while (over() > 0 && waiting.length > 0) {
        const buffer = waiting.pop()!;
        buffer.destroy();
        all.delete(buffer);
        allocated -= large;
        idleBytes -= large;
      }
    }
    device.queue.submit([]); // memory is only given back when something is submitted
  }

  return {
    get allocated() {
      return allocated;
    },
    take(bytes) {
      const size = bucket(bytes);
      const reused = idle.get(size)?.pop();
      if (reused) {
        idleBytes -= size;
        return reused;
      }
      makeRoom(size);
      device.pushErrorScope("out-of-memory");
      device.pushErrorScope("validation");
      const buffer = device.createBuffer({
        size,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
      pending.push(device.popErrorScope(), device.popErrorScope());
      all.add(buffer);
      allocated += size;
      made(buffer);
      return buffer;
    },
    give(buffer) {
      idleBytes += buffer.size;
      const waiting = idle.get(buffer.size);
      if (waiting) waiting.push(buffer);
      else idle.set(buffer.size, [buffer]);
    },
    async check() {
      const checks = pending;
      pending = [];
      checked = checked.then(async (error) =>
        error ?? (await Promise.all(checks)).find((failed) => failed)
      );
      const error = await checked;
      if (error) throw deviceError(`Cannot allocate memory on the GPU: ${error.message}`);
    },
    destroy() {
      for (const buffer of all) buffer.destroy();
      all.clear();
      idle.clear();
      allocated = idleBytes = 0;
    },
  };
}

/** The size class of a request: at most an eighth is wasted, and never below 256 bytes. */
function bucket(bytes: number): number {
  const step = Math.max(256, 2 ** Math.max(0, Math.floor(Math.log2(bytes)) - 3));
  return Math.ceil(bytes / step) * step;
}
