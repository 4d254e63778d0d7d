/** Compiles WGSL once for each set of constants; errors name the kernel and carry the compiler's text. */

/** A compiled kernel. */
export interface Kernel {
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** The fields of the shader's `Params`, in order. */
  readonly params: readonly { readonly name: string; readonly type: "u32" | "f32" }[];
  /** Number of storage bindings. */
  readonly bindings: number;
  /** Whether where a storage binding begins is told at each dispatch, not fixed in its bind group. */
  readonly movable: boolean;
}

/** WGSL text with the constants that it names. */
export interface Source {
  /** The kernel's name; its entry point is the first `fn` after `@compute`. */
  readonly name: string;
  /** Read only where the kernel is compiled: a getter saves writing the text at every launch. */
  readonly code: string;
  /** Become `const NAME: u32 = value;`. */
  readonly constants: Readonly<Record<string, number>>;
}

/** Compiles kernels on one device and keeps them. */
export interface KernelCache {
  /** The kernel of `source`, compiled at its first use. */
  get(source: Source): Kernel;
  /** Resolves when all compilations so far succeeded. */
  check(): Promise<void>;
}

/** Opens a kernel cache. */
export function kernelCache(device: GPUDevice): KernelCache {
  const kernels = new Map<string, Kernel>();
  let pending: Promise<Error | undefined>[] = [];
  return {
    get(source) {
      const key = `${source.name} ${JSON.stringify(source.constants)}`;
      let kernel = kernels.get(key);
      if (!kernel) {
        device.pushErrorScope("validation");
        const made = compile(device, source);
        pending.push(failure(source.name, made.module, device.popErrorScope()));
        kernels.set(key, kernel = made.kernel);
      }
      return kernel;
    },
    async check() {
      const checks = pending;
      pending = [];
      const error = (await Promise.all(checks)).find((failed) => failed);
      if (error) throw error;
    },
  };
}

function compile(device: GPUDevice, { name, code, constants }: Source) {
  const prelude = Object.entries(constants)
    .map(([constant, value]) => `const ${constant}: u32 = ${value}u;\n`).join("");
  const module = device.createShaderModule({ label: name, code: prelude + code });
  const entries: GPUBindGroupLayoutEntry[] = [];
  const found = [...code.matchAll(/@binding\((\d+)\)\s*var<(\w+(?:,\s*\w+)?)>/g)];
  const movable = found.length - 1 <= device.limits.maxDynamicStorageBuffersPerPipelineLayout;
  for (const [, binding, kind] of found) {
    entries.push({
      binding: Number(binding),
      visibility: GPUShaderStage.COMPUTE,
      buffer: kind === "uniform" ? { type: "uniform", hasDynamicOffset: true } : {
        type: /read_write/.test(kind) ? "storage" : "read-only-storage",
        hasDynamicOffset: movable,
      },
    });
  }
  const layout = device.createBindGroupLayout({ label: name, entries });
  const pipeline = device.createComputePipeline({
    label: name,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: /@compute[^]*?fn\s+(\w+)/.exec(code)?.[1] },
  });
  const fields = /struct Params \{([^}]*)\}/.exec(code)?.[1] ?? "";
  const params = [...fields.matchAll(/(\w+):\s*(u32|f32)/g)]
    .map(([, field, type]) => ({ name: field, type: type as "u32" | "f32" }));
  const bindings = entries.length - 1;
  const kernel: Kernel = { name, pipeline, layout, params, bindings, movable };
  return { module, kernel };
}

async function failure(
  name: string,
  module: GPUShaderModule,
  scope: Promise<GPUError | null>,
): Promise<Error | undefined> {
  const [error, info] = await Promise.all([scope, module.getCompilationInfo()]);
  const messages = info.messages.filter(({ type }) => type === "error")
    .map(({ lineNum, message }) => `line ${lineNum}: ${message}`);
  if (!error && messages.length === 0) return undefined;
  return new Error(`Cannot compile kernel ${name}: ${messages.join("; ") || error?.message}`);
}
