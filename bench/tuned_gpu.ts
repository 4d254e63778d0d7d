/** The WebGPU adapter with its tuned kernels, as commands open it: of Deno's WebGPU, or of Dawn. */

import { gpuOps, type GpuOptions, openDevice, type Ops, type Tuning } from "../internal.ts";
import { openDawn } from "../src/deno/dawn.ts";
import { tuningFolder, tuningOf } from "../src/deno/tuning.ts";

/** An adapter with operations on it. */
export interface TunedGpu {
  readonly ops: Ops;
  readonly tuning?: Tuning;
  readonly software: boolean;
}

/** Opens it; kernels that nobody measured yet are measured first. `dawn`: in place of Deno's own. */
export async function openTunedGpu(
  { dawn = false, ...options }: GpuOptions & { readonly dawn?: boolean } = {},
): Promise<TunedGpu> {
  const device = dawn
    ? await openDevice(await openDawn(), { implementation: "Dawn" })
    : await openDevice(navigator.gpu);
  const folder = await tuningFolder();
  const { precision } = options;
  const measured = await tuningOf(device, {
    ...{ measure: "once", folder, precision },
    note: console.error,
  });
  const tuning = measured?.tuning;
  return { ops: gpuOps(device, { tuning, ...options }), tuning, software: device.software };
}
