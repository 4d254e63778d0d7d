/** Opens a WebGPU device with all that its adapter offers. */

import type { MatrixProducts } from "./matrix_products.ts";
import type { MatrixUnit } from "./tile.ts";

/** Options of {@linkcode openDevice}. */
export interface DeviceOptions {
  /** Which adapter to prefer; `high-performance` unless given. */
  readonly powerPreference?: GPUPowerPreference;
  /** The implementation's name where it is not the runtime's own: its compiler may round otherwise. */
  readonly implementation?: string;
}

/** A device and what it runs on. */
export interface Device {
  /** With all limits and useful features of its adapter. */
  readonly device: GPUDevice;
  /** The adapter's own description, e.g. "llvmpipe (LLVM 15.0.6, 256 bits)". */
  readonly adapter: string;
  /** All that WebGPU tells of the adapter, to know it again. */
  readonly identity: string;
  /** Whether the adapter is a program on the processor rather than a GPU. */
  readonly software: boolean;
  /** The product of float16 matrices, with sums in float32, that it makes in one instruction, where it does. */
  readonly matrix?: MatrixUnit;
  /** What multiplies with it, loaded where there is one: browsers offer none, and need not fetch it. */
  readonly matrixProducts?: MatrixProducts;
  /** What it was opened on, for another of its kind. */
  readonly gpu: GPU;
  /** The implementation's name, where it is not the runtime's own. */
  readonly implementation?: string;
}

/**
 * Opens a device on the adapter that `gpu` (`navigator.gpu` in Deno and browsers) prefers.
 *
 * @throws {Error} where there is no adapter.
 */
export async function openDevice(gpu: GPU, options: DeviceOptions = {}): Promise<Device> {
  const adapter = await gpu.requestAdapter({
    powerPreference: options.powerPreference ?? "high-performance",
  });
  if (!adapter) {
    throw new Error(
      "Cannot open a GPU: no WebGPU adapter was found (is a Vulkan driver installed?)",
    );
  }
  const { limits, info } = adapter;
  const matrix = matrixOf(adapter);
  const device = await adapter.requestDevice({
    requiredFeatures: ([
      ...["timestamp-query", "shader-f16"],
      ...(matrix ? MATRIX_FEATURES : []),
    ] as GPUFeatureName[]).filter((feature) => adapter.features.has(feature)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxDynamicStorageBuffersPerPipelineLayout: limits.maxDynamicStorageBuffersPerPipelineLayout,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
    },
  });
  // browsers tell vendor and architecture alone, e.g. "google swiftshader"
  const maker = [info.vendor, info.architecture].filter((part) => part).join(" ");
  const adapterName = info.description || info.device || maker || "unknown adapter";
  const { implementation } = options;
  const known = [info.vendor, info.architecture, info.device, info.description];
  return {
    ...{ device, gpu, implementation, matrix },
    matrixProducts: matrix && (await import("./matrix_products.ts")).matrixProducts,
    adapter: implementation ? `${adapterName.trim()}, ${implementation}` : adapterName,
    identity: [...known, ...(implementation ? [implementation] : [])].join("\n"),
    software: info.isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|softpipe/i.test(adapterName),
  };
}

/** What kernels with matrices need; experimental, so that only implementations that are told so offer it. */
const MATRIX_FEATURES = ["subgroups", "chromium-experimental-subgroup-matrix"];

/** What an adapter tells of its matrices, by Dawn's names. */
interface MatrixInfo extends GPUAdapterInfo {
  readonly subgroupMatrixConfigs?: Iterable<{
    readonly componentType: string;
    readonly resultComponentType: string;
    readonly M: number;
    readonly N: number;
    readonly K: number;
  }>;
}

/** The largest product of float16 matrices with float32 sums; none where subgroups differ in size. */
function matrixOf({ features, info }: GPUAdapter): MatrixUnit | undefined {
  const { subgroupMatrixConfigs = [], subgroupMinSize, subgroupMaxSize } = info as MatrixInfo;
  const has = [...MATRIX_FEATURES, "shader-f16"].every((name) =>
    features.has(name as GPUFeatureName)
  );
  if (!has || subgroupMinSize !== subgroupMaxSize) return undefined;
  return [...subgroupMatrixConfigs]
    .filter((each) => each.componentType === "f16" && each.resultComponentType === "f32")
    .filter(({ N, K }) => N % 8 === 0 && K % 8 === 0)
    .map(({ M, N, K }) => ({ rows: M, columns: N, inner: K, lanes: subgroupMaxSize }))
    .toSorted((a, b) => b.rows * b.columns * b.inner - a.rows * a.columns * a.inner)[0];
}
