/** The backends of the contract that tests run on, and where test models are. */

import { cpuOps } from "../src/compute/cpu/cpu_ops.ts";
import { openDevice } from "../src/compute/gpu/device.ts";
import { gpuOps, type GpuOptions } from "../src/compute/gpu/gpu_ops.ts";
import { candidates } from "../src/compute/gpu/tile.ts";
import type { Ops } from "../src/compute/ops.ts";
import { simdOps } from "../src/compute/simd/simd_ops.ts";
import { type Load, openCrossEncoder } from "../internal.ts";
import type { CrossEncoder } from "../internal.ts";

/** A backend, and how far from float64 its results may be. */
export interface Backend {
  readonly kind: Ops["kind"];
  /** Opens it; `memoryBytes` bounds a batch. */
  open(options?: { readonly memoryBytes?: number }): Promise<Ops>;
  /** Relative L2 distance of a pair's conductance from PyTorch's in float64. */
  readonly tolerance: number;
}

// Before the first request: without it Deno falls back to OpenGL where there is no Vulkan.
if (!Deno.env.get("DENO_WEBGPU_BACKEND")) Deno.env.set("DENO_WEBGPU_BACKEND", "vulkan,metal,dx12");
if (!Deno.env.get("XDG_RUNTIME_DIR")) Deno.env.set("XDG_RUNTIME_DIR", "/tmp");

/** Whether the tester of edits looks for one that float64 and WebAssembly notice too. */
const withoutGpu = Deno.env.get("WITHOUT_GPU") === "1";

/** Whether there is a WebGPU adapter; `REQUIRE_GPU=1` makes its absence an error, not a skip. */
export const hasGpu: boolean = !withoutGpu && await navigator.gpu.requestAdapter() !== null;
if (!hasGpu && !withoutGpu) {
  const absent =
    "No WebGPU adapter: tests of the GPU path are ignored (apt install mesa-vulkan-drivers)";
  if (Deno.env.get("REQUIRE_GPU") === "1") throw new Error(absent);
  console.warn(absent);
}

/** Opens the GPU backend. */
export async function openGpu(options: GpuOptions = {}): Promise<Ops> {
  return gpuOps(await openDevice(navigator.gpu), options);
}

/** Opens the GPU backend with the attention of GPUs, whatever the adapter; linears stay the adapter's. */
export async function openTiledGpu(options: GpuOptions = {}): Promise<Ops> {
  const device = await openDevice(navigator.gpu);
  const [tile] = candidates[device.software ? "software" : "gpu"];
  return gpuOps({ ...device, software: false }, { tile, ...options });
}

/** float64 rounding through up to 12 layers and 2 x 10 evaluations. */
const float64: Backend = { kind: "cpu", open: (o) => Promise.resolve(cpuOps(o)), tolerance: 1e-9 };
/** float32 rounding likewise; observed 1e-6, 1e-5 where conductances nearly cancel. */
const float32 = { tolerance: 1e-4 };

/** All backends; `ignore` tells a test to be skipped where there is no adapter. */
export const backends: readonly (Backend & { readonly ignore: boolean })[] = [
  { ...float64, ignore: false },
  { ...float32, kind: "simd", open: (o) => simdOps({ threads: 2, ...o }), ignore: false },
  { ...float32, kind: "gpu", open: openGpu, ignore: !hasGpu },
];

/** The GPU backend with the attention of GPUs. */
export const tiledBackend: Backend = { ...float32, kind: "gpu", open: openTiledGpu };

/** The repository's folder. */
export const root = new URL("../", import.meta.url);

/** Loads files of a folder of the repository. */
export function loaderOf(folder: string | URL): Load {
  const base = new URL(`${folder}/`.replace(/\/+$/, "/"), root);
  return (name) => Deno.readFile(new URL(name, base));
}

/** Runs `test` with a model on a backend, and gives both back. */
export async function withModel(
  folder: string | URL,
  { backend, memoryBytes }: {
    readonly backend: Pick<Backend, "open">;
    readonly memoryBytes?: number;
  },
  test: (encoder: CrossEncoder) => Promise<void>,
): Promise<void> {
  const ops = await backend.open({ memoryBytes });
  try {
    await test(await openCrossEncoder(loaderOf(folder), ops));
  } finally {
    ops.close();
  }
}

/** Whether a file or folder is there. */
export function isThere(path: URL): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
