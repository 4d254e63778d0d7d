/** Chooses and opens a backend: a GPU, else WebAssembly. */

import { cpuOps } from "./cpu/cpu_ops.ts";
import { openDevice } from "./gpu/device.ts";
import { gpuOps } from "./gpu/gpu_ops.ts";
import { precisions } from "./gpu/kernel_choice.ts";
import type { Backend } from "./ops.ts";
import { simdOps } from "./simd/simd_ops.ts";

/** Options of {@linkcode openBackend}. */
export interface BackendOptions {
  /**
   * `gpu`: WGSL on WebGPU, on a software adapter too; `simd`: float32 WebAssembly on the cores;
   * `cpu`: float64, slow. Unless given, a real GPU where there is one, else `simd`.
   */
  readonly kind?: "gpu" | "simd" | "cpu";
  /** Bytes that a batch may take beside the weights. */
  readonly memoryBytes?: number;
  /** Workers of `simd`; one a core unless given. The numbers computed do not depend on it. */
  readonly threads?: number;
  /**
   * `f16`: weights are kept in float16, half the memory; `tf16`: a GPU multiplies in float16 on matrix
   * units, where WebGPU offers them. Both cost accuracy, and `cpu` has neither. `f32` unless given.
   */
  readonly precision?: "f32" | "f16" | "tf16";
}

/**
 * Opens a backend; `close()` releases its device and memory.
 *
 * `gpu`: `navigator.gpu` of Deno and browsers, or another WebGPU implementation's; undefined for none.
 *
 * @throws {RangeError} where `kind` is `gpu` and there is no adapter, or `precision` is not to be had.
 */
export async function openBackend(
  gpu: GPU | undefined,
  { kind, memoryBytes, threads, precision }: BackendOptions = {},
): Promise<Backend> {
  if (precision !== undefined && !precisions.includes(precision)) {
    throw new RangeError(
      `Cannot compute in precision ${precision}: expected ${precisions.join(", ")}`,
    );
  }
  const wantsGpu = kind === undefined || kind === "gpu";
  const device = wantsGpu && gpu ? await openDevice(gpu).catch(() => undefined) : undefined;
  if (device && (kind === "gpu" || !device.software)) {
    try {
      return gpuOps(device, { memoryBytes, precision });
    } catch (error) {
      device.device.destroy();
      throw error;
    }
  }
  device?.device.destroy();
  if (kind === "gpu") {
    throw new RangeError("Cannot open a GPU: expected a WebGPU adapter, found none");
  }
  if (precision === "tf16") {
    throw new RangeError(`Cannot compute in precision ${precision}: expected a GPU, found none`);
  }
  if (kind !== "cpu") return await simdOps({ memoryBytes, threads, precision });
  if (precision === "f16") {
    throw new RangeError("Cannot compute in precision f16: expected kind simd or gpu, found cpu");
  }
  return cpuOps({ memoryBytes });
}
