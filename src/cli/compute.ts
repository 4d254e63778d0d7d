/** Which body of the contract a command runs on: `--device`, `--memory`. */

import { cpuOps, type Device, gpuOps, openDevice, type Ops } from "../../mod.ts";
import { type Input, type OptionSpec, UsageError } from "./command.ts";

/** Options of every command that computes. */
export const computeOptions: Readonly<Record<string, OptionSpec>> = {
  device: {
    value: "KIND",
    help: "where to compute",
    choices: ["auto", "gpu", "simd", "cpu"],
    fallback: "auto",
  },
  memory: {
    value: "SIZE",
    help: "most memory that a batch may take beside the weights, e.g. 500M or 4G",
  },
};

/** Opens the operations that `--device` asks for. */
export async function openOps(input: Input): Promise<Ops> {
  const kind = input.text("device");
  const memoryBytes = memoryOption(input.get("memory"));
  if (kind === "cpu") return cpuOps({ memoryBytes });
  const device = await tryDevice();
  if (kind === "gpu" && !device) {
    throw new Error(
      "Cannot use --device gpu: no WebGPU adapter was found; install a Vulkan driver or use --device cpu",
    );
  }
  return device ? gpuOps(device, { memoryBytes }) : cpuOps({ memoryBytes });
}

async function tryDevice(): Promise<Device | undefined> {
  // Without a Vulkan, Metal or DirectX driver Deno would fall back to OpenGL, which lacks compute limits.
  if (!Deno.env.get("DENO_WEBGPU_BACKEND")) {
    Deno.env.set("DENO_WEBGPU_BACKEND", "vulkan,metal,dx12");
  }
  try {
    return await openDevice(navigator.gpu);
  } catch {
    return undefined;
  }
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
