/** Records dispatches into few command buffers, in order, and reads results back. */

import type { Timing } from "../ops.ts";
import { bindGroups, type Binding } from "./bind_groups.ts";
import type { Kernel } from "./kernel.ts";
import { readback } from "./readback.ts";
import { stopwatch } from "./stopwatch.ts";

/** Records work for one device. */
export interface Recorder {
  /** Runs `kernel` over `groups` workgroups after all that was recorded before. */
  dispatch(
    kernel: Kernel,
    params: Readonly<Record<string, number>>,
    bindings: readonly Binding[],
    groups: readonly [number, number, number],
  ): void;
  /** Writes `data` at `offset` of `buffer` after all that was recorded before. */
  write(buffer: GPUBuffer, offset: number, data: Float32Array | Uint32Array): void;
  /** Zeroes `size` bytes of `buffer` after all that was recorded before. */
  clear(buffer: GPUBuffer, size: number): void;
  /** Copies the numbers of `from` to where `to` begins, in another buffer, after all that was recorded before. */
  copy(from: Binding, to: Binding): void;
  /** Submits what is recorded. */
  flush(): void;
  /** Makes ready for buffers to be destroyed: submits what is recorded, and keeps nothing of them. */
  release(): void;
  /**
   * The bytes of `binding` once everything recorded has run; reads that are asked for together wait
   * once. `awaited`: not before the runtime says that the device is done.
   */
  read(binding: Binding, options?: { readonly awaited?: boolean }): Promise<ArrayBuffer>;
  /** Time by kernel of all that ran before the last read; none unless it is measured. */
  timings(): readonly Timing[];
  /** Destroys the recorder's own buffers. */
  destroy(): void;
}

/** Bytes between the parameters of two dispatches: the largest alignment WebGPU allows to demand. */
const SLOT = 256;
/** Dispatches in one submission at most: the device works on them while the next are recorded. */
const SLOTS = 64;

/** Opens a recorder on `device`. */
export function recorder(
  device: GPUDevice,
  { profile = false }: { readonly profile?: boolean } = {},
): Recorder {
  const clock = profile ? stopwatch(device, SLOTS) : undefined;
  const uniforms = device.createBuffer({
    size: SLOT * SLOTS,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  const back = readback(device);
  const groupsOf = bindGroups(device, { buffer: uniforms, offset: 0, size: SLOT });
  const staging = new DataView(new ArrayBuffer(SLOT * SLOTS));
  let used = 0;
  let encoder: GPUCommandEncoder | undefined;
  let pass: GPUComputePassEncoder | undefined;
  let lastKernel: Kernel | undefined;

  function endPass() {
    pass?.end();
    pass = undefined;
    lastKernel = undefined;
  }
  function flush() {
    if (!encoder) return;
    endPass();
    clock?.resolve(encoder);
    if (used > 0) device.queue.writeBuffer(uniforms, 0, staging.buffer, 0, used * SLOT);
    device.queue.submit([encoder.finish()]);
    encoder = undefined;
    used = 0;
  }
  return {
    flush,
    release() {
      flush();
      groupsOf.forget();
    },
    dispatch(kernel, params, bindings, groups) {
      if (bindings.length !== kernel.bindings) {
        throw new TypeError(
          `Cannot run kernel ${kernel.name}: expected ${kernel.bindings} bindings, got ${bindings.length}`,
        );
      }
      if (used === SLOTS) flush();
      const offset = SLOT * used++;
      kernel.params.forEach(({ name, type }, i) => {
        const value = params[name];
        if (value === undefined) {
          throw new TypeError(`Cannot run kernel ${kernel.name}: parameter ${name} is missing`);
        }
        if (type === "f32") staging.setFloat32(offset + 4 * i, value, true);
        else staging.setUint32(offset + 4 * i, value, true);
      });
      encoder ??= device.createCommandEncoder();
      if (clock) endPass(); // a pass each: timestamps are taken between passes
      pass ??= encoder.beginComputePass(clock?.next(kernel.name, gigaflop(params)));
      if (lastKernel !== kernel) pass.setPipeline(kernel.pipeline);
      lastKernel = kernel;
      const { group, offsets } = groupsOf.of(kernel, bindings, offset);
      pass.setBindGroup(0, group, offsets);
      pass.dispatchWorkgroups(...groups);
    },
    write(buffer, offset, data) {
      flush();
      device.queue.writeBuffer(buffer, offset, data as Float32Array<ArrayBuffer>);
    },
    clear(buffer, size) {
      endPass();
      encoder ??= device.createCommandEncoder();
      encoder.clearBuffer(buffer, 0, size);
    },
    copy(from, to) {
      endPass();
      encoder ??= device.createCommandEncoder();
      encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, from.size);
    },
    async read({ buffer, ...range }, { awaited = false } = {}) {
      endPass();
      encoder ??= device.createCommandEncoder();
      const landing = back.copy(encoder, buffer, range);
      await undefined; // whoever asks for more asks now: one submission, and one wait, for all
      flush();
      const bytes = await back.bytes(landing, awaited);
      await clock?.collect();
      return bytes;
    },
    timings: () => clock?.timings() ?? [],
    destroy() {
      uniforms.destroy();
      back.destroy();
      clock?.destroy();
    },
  };
}

/** What a matrix product of these dimensions computes. */
function gigaflop({ m, n, k }: Readonly<Record<string, number>>): number {
  return m && n && k ? 2e-9 * m * n * k : 0;
}
