/** Opens a WebGPU device with all that its adapter offers. */

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
  const device = await adapter.requestDevice({
    requiredFeatures: (["timestamp-query", "shader-f16"] as const)
      .filter((feature) => adapter.features.has(feature)),
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
    ...{ device, gpu, implementation },
    adapter: implementation ? `${adapterName.trim()}, ${implementation}` : adapterName,
    identity: [...known, ...(implementation ? [implementation] : [])].join("\n"),
    software: info.isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|softpipe/i.test(adapterName),
  };
}
