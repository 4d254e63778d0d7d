/** Which backend of the contract a command runs on, and how: `--device` and its companions. */

import {
  cpuOps,
  type Device,
  gpuOps,
  openDevice,
  type Ops,
  type Precision,
  precisions,
  simdOps,
} from "../../../internal.ts";
import { type Arguments, type OptionSpec, UsageError, withoutEffect } from "../command.ts";
import { write } from "../run/progress.ts";
import { profiled } from "./profile.ts";
import { openDawn } from "../../deno/dawn.ts";
import {
  type MeasuredGpu,
  PART_OF_FREE,
  tuningFolder,
  tuningOf,
  type TuningOptions,
} from "../../deno/tuning.ts";

/** Options of every command that computes. */
export const computeOptions: Readonly<Record<string, OptionSpec>> = {
  device: {
    value: "KIND",
    help: "where to compute; dawn: Chromium's WebGPU, by the package webgpu of npm",
    choices: ["auto", "gpu", "dawn", "simd", "cpu"],
    fallback: "auto",
  },
  threads: {
    value: "N",
    help: "workers of --device simd; one a core unless given",
    idle: {
      when: (args) =>
        /^(cpu|gpu|dawn)$/.test(args.get("device")!)
          ? `--device ${args.get("device")} has no workers`
          : undefined,
      harmless: true,
    },
  },
  memory: {
    value: "SIZE",
    help: "most memory that a batch may take beside the weights, e.g. 500M or 40G",
  },
  precision: {
    value: "P",
    help:
      "f16: weights take half the memory (not with --device cpu); tf16: products in float16, on " +
      "tensor cores (--device dawn); both cost accuracy",
    choices: precisions,
    fallback: "f32",
  },
  profile: { help: "print time by operation at the end" },
};

/** Opens the operations that `--device` asks for. `budget` takes the place of `--memory`. */
export async function openOps(args: Arguments, budget?: number): Promise<Ops> {
  return (await openBackend(args, { budget })).ops;
}

/**
 * Opens a backend; `auto` is a GPU, else WebAssembly on the cores, else a software adapter, else
 * float64. A GPU's kernels are measured as `measure` says.
 */
export async function openBackend(
  args: Arguments,
  { budget, measure = "once" }: {
    readonly budget?: number;
    readonly measure?: TuningOptions["measure"];
  } = {},
): Promise<{ readonly ops: Ops; readonly measured?: MeasuredGpu }> {
  const kind = args.text("device");
  const memoryBytes = budget ?? memoryOption(args.get("memory")) ?? defaultMemory();
  const threads = args.integer("threads", { least: 1, most: 1024 });
  const profile = args.has("profile");
  const precision = args.text("precision") as Precision;
  const refuse = (kinds: readonly Precision[], needs: string) => {
    if (!kinds.includes(precision)) return;
    throw new UsageError(`Option --precision ${precision} needs ${needs}`);
  };
  const openSimd = () => {
    refuse(["tf16"], "a GPU: --device dawn");
    return simdOps({ memoryBytes, threads, profile, precision: precision as "f32" | "f16" });
  };
  const opened = (ops: Ops, measured?: MeasuredGpu) => (
    { ops: profile ? profiled(ops) : ops, measured }
  );
  if (kind === "cpu") {
    refuse(["tf16"], "a GPU: --device dawn");
    refuse(["f16"], "--device simd or gpu");
    return opened(cpuOps({ memoryBytes, profile }));
  }
  if (kind === "simd") return opened(await openSimd());
  const device = await tryDevice(kind === "dawn" ? await openDawn() : undefined);
  const asked = kind === "gpu" || kind === "dawn";
  if (asked && !device) {
    throw new Error(
      `Cannot use --device ${kind}: no WebGPU adapter was found; install a Vulkan driver, or use --device simd`,
    );
  }
  if (device && (asked || !device.software)) {
    const told = budget !== undefined || args.has("memory");
    const folder = await tuningFolder();
    const note = args.has("quiet") ? undefined : (text: string) => write(`${text}\n`);
    if (kind === "auto" && threads !== undefined) {
      note?.(`note: ${withoutEffect("threads", "a GPU computes")}`);
    }
    if (precision === "tf16" && !device.matrix) {
      device.device.destroy();
      const way = kind === "dawn" ? "its driver offers none" : "--device dawn may offer them";
      throw new UsageError(
        `Option --precision tf16 needs matrices of float16, which ${device.adapter} has not: ${way}`,
      );
    }
    const measured = await tuningOf(device, { measure, folder, note, precision });
    const found = measured?.freeBytes ? PART_OF_FREE * measured.freeBytes : undefined;
    const options = {
      memoryBytes: device.software || told ? memoryBytes : found, // else what gpuOps takes
      tuning: measured?.tuning,
      profile,
    };
    return opened(gpuOps(device, { ...options, precision }), measured);
  }
  device?.device.destroy();
  return opened(await openSimd());
}

/** A device of Dawn's where it is given, else of Deno's own WebGPU. */
async function tryDevice(dawn: GPU | undefined): Promise<Device | undefined> {
  // Without a Vulkan, Metal or DirectX driver Deno would fall back to OpenGL, which lacks compute limits.
  if (!Deno.env.get("DENO_WEBGPU_BACKEND")) {
    Deno.env.set("DENO_WEBGPU_BACKEND", "vulkan,metal,dx12");
  }
  // Drivers complain on stderr where this is missing; nothing is put there.
  if (!Deno.env.get("XDG_RUNTIME_DIR") && Deno.build.os === "linux") {
    Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("TMPDIR") ?? "/tmp");
  }
  try {
    return dawn
      ? await openDevice(dawn, { implementation: "Dawn" })
      : await openDevice(navigator.gpu);
  } catch {
    return undefined;
  }
}

/** What a batch may take of the machine's memory: a sixth, and what WebAssembly can address. */
function defaultMemory(): number {
  return Math.min(2.25 * 2 ** 30, Deno.systemMemoryInfo().total / 6);
}

/** Bytes of `500M`, `4G`, `4GiB`, `1000000`. */
function memoryOption(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  if (digits === undefined) {
    throw new UsageError(
      `Option --memory cannot be ${JSON.stringify(text)}: expected a size such as 500M or 4G`,
    );
  }
  return Number(digits) * 1024 ** ["", "k", "m", "g", "t"].indexOf(unit.toLowerCase());
}
