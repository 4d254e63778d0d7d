/** Times every compute pass by the device's own clock (timestamp-query). */

import type { Timing } from "../ops.ts";
import { timeTable } from "../time_table.ts";

/** Measures passes. */
export interface Stopwatch {
  /** How to begin the next pass, which runs one kernel. */
  next(kernel: string, gigaflop: number): GPUComputePassDescriptor;
  /** Records, at the end of a command buffer, that its timestamps are to be kept. */
  resolve(encoder: GPUCommandEncoder): void;
  /** Adds up all that has run; to be called when the queue has been awaited. */
  collect(): Promise<void>;
  /** Time by kernel, as collected. */
  timings(): readonly Timing[];
  /** Destroys its query set and buffers. */
  destroy(): void;
}

/** Bytes of a timestamp. */
const STAMP = 8;

/** A stopwatch for command buffers of at most `passes` passes; the device must have the feature. */
export function stopwatch(device: GPUDevice, passes: number): Stopwatch {
  const querySet = device.createQuerySet({ type: "timestamp", count: 2 * passes });
  const table = timeTable();
  let names: { readonly kernel: string; readonly gigaflop: number }[] = [];
  let waiting: {
    readonly of: typeof names;
    readonly resolved: GPUBuffer;
    readonly stamps: GPUBuffer;
  }[] = [];
  return {
    next(kernel, gigaflop) {
      const at = 2 * names.length;
      names.push({ kernel, gigaflop });
      return {
        timestampWrites: {
          querySet,
          beginningOfPassWriteIndex: at,
          endOfPassWriteIndex: at + 1,
        },
      };
    },
    resolve(encoder) {
      if (names.length === 0) return;
      const size = 2 * names.length * STAMP;
      const { COPY_DST, COPY_SRC, MAP_READ, QUERY_RESOLVE } = GPUBufferUsage;
      const resolved = device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
      const stamps = device.createBuffer({ size, usage: MAP_READ | COPY_DST });
      encoder.resolveQuerySet(querySet, 0, 2 * names.length, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, stamps, 0, size);
      waiting.push({ of: names, resolved, stamps });
      names = [];
    },
    async collect() {
      const ready = waiting;
      waiting = [];
      for (const { of, resolved, stamps } of ready) {
        await stamps.mapAsync(GPUMapMode.READ);
        const nanoseconds = new BigUint64Array(stamps.getMappedRange().slice(0));
        stamps.destroy();
        resolved.destroy();
        of.forEach(({ kernel, gigaflop }, i) => {
          const milliseconds = Number(nanoseconds[2 * i + 1] - nanoseconds[2 * i]) / 1e6;
          table.add(kernel, { milliseconds, gigaflop });
        });
      }
    },
    timings: table.timings,
    destroy() {
      querySet.destroy();
      for (const { resolved, stamps } of waiting) {
        resolved.destroy();
        stamps.destroy();
      }
    },
  };
}
