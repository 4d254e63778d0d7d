/** The WebGPU adapter with its tuned kernels, as commands open it. */

import { gpuOps, type GpuOptions, openDevice, type Ops, type Tuning } from "../internal.ts";
import { tuningFolder, tuningOf } from "../src/deno/tuning.ts";

/** Opens it; kernels that nobody measured yet are measured first. */
export async function openTunedGpu(
  options: GpuOptions = {},
): Promise<{ readonly ops: Ops; readonly tuning?: Tuning; readonly software: boolean }> {
  const device = await openDevice(navigator.gpu);
  const folder = await tuningFolder();
  const tuning = (await tuningOf(device, { measure: "once", folder, note: console.error }))?.tuning;
  return { ops: gpuOps(device, { tuning, ...options }), tuning, software: device.software };
}
