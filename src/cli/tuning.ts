/** Which kernels suit this machine's GPU: measured once, remembered in the user's cache folder. */

import { type Device, openDevice, tileName, tune, tunedKernels, type Tuning } from "../../mod.ts";
import { writeFile } from "./files.ts";
import { sha256OfText } from "./model.ts";
import { write } from "./progress.ts";

/** When to measure. */
export interface TuningOptions {
  /**
   * `remembered`: never. `once`: where nothing is remembered, on a GPU; what plays a GPU computes for
   * longer to choose than it gains in a short run. `again`: now, whatever is remembered.
   */
  readonly measure: "remembered" | "once" | "again";
  /** Where to remember; nowhere unless given. */
  readonly folder?: string;
  /** Whether to tell on stderr. */
  readonly quiet: boolean;
}

/** The kernels for a device; none where nothing was measured. Never fails a run. */
export async function tuningOf(
  device: Device,
  { measure, quiet, folder }: TuningOptions,
): Promise<Tuning | undefined> {
  const path = folder && `${folder}/${fileName(device)}`;
  const remembered = measure === "again" ? undefined : await recall(path, device);
  if (remembered || measure === "remembered" || (measure === "once" && device.software)) {
    return remembered;
  }
  if (!quiet) write(`measuring kernels on ${device.adapter}, once\n`);
  const tuning = await tune(() => openDevice(navigator.gpu)).catch(() => undefined);
  if (!tuning || tuning.some((line) => rateOf(line) === 0)) return undefined; // the device is not well
  await remember(device, tuning, folder);
  return tuning;
}

/** GFLOP/s of the kernel that was chosen. */
function rateOf({ candidates, chosen }: Tuning[number]): number {
  return candidates.find(({ tile }) => tileName(tile) === tileName(chosen))?.gigaflops ?? 0;
}

/** Named after the adapter, its driver and the text of all candidates: another of these is another file. */
function fileName(device: Device): string {
  const hash = sha256OfText(`${device.identity}\0${tunedKernels(device)}`);
  return `kernels-${hash.slice(0, 16)}.json`;
}

/** This program's folder below XDG_CACHE_HOME or ~/.cache; none where these may not be known. */
export async function tuningFolder(): Promise<string | undefined> {
  const caches = await environment("XDG_CACHE_HOME");
  const home = await environment("HOME") || await environment("USERPROFILE");
  return caches || home ? `${caches || `${home}/.cache`}/relevance-neurons` : undefined;
}

/** An environment variable that may be read: nobody is asked for one more permission. */
async function environment(variable: string): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

async function recall(path: string | undefined, device: Device): Promise<Tuning | undefined> {
  if (!path || !await may("read", path)) return undefined;
  try {
    const { adapter, tuning } = JSON.parse(await Deno.readTextFile(path));
    return adapter === device.adapter && isTuning(tuning) ? tuning : undefined;
  } catch {
    return undefined;
  }
}

/** Writes what was found for a device to a folder, where that is possible. */
export async function remember(
  device: Device,
  tuning: Tuning,
  folder: string | undefined,
): Promise<void> {
  if (!folder || !await may("write", folder)) return;
  try {
    await Deno.mkdir(folder, { recursive: true });
    const found = JSON.stringify({ adapter: device.adapter, tuning }, null, 1);
    await writeFile(`${folder}/${fileName(device)}`, `${found}\n`);
  } catch {
    // a run without a memory measures again
  }
}

async function may(name: "read" | "write", path: string): Promise<boolean> {
  return (await Deno.permissions.query({ name, path })).state === "granted";
}

/** Whether a file's contents can be what {@linkcode tune} found: every chosen kernel is a candidate. */
function isTuning(tuning: unknown): tuning is Tuning {
  return Array.isArray(tuning) && tuning.length > 0 &&
    (tuning as Tuning).every((line) =>
      /^linear(Backward)?$/.test(line.product) && typeof line.size === "string" &&
      line.shape.length === 3 && rateOf(line) > 0 && line.candidates.every(isKernel)
    );
}

/** A tile whose kernel would be harmless: small positive numbers. */
function isKernel({ tile }: Tuning[number]["candidates"][number]): boolean {
  const { family, ...sizes } = tile;
  return (family === "lanes" || family === "shared") &&
    Object.values(sizes).every((size) => Number.isInteger(size) && size >= 4 && size <= 256);
}

/** The measurements, a table of candidates for each kind of product; the chosen one is marked. */
export function tuningTable(tuning: Tuning): string {
  return tuning.map(({ product, size, shape: [m, k, n], candidates, chosen }) =>
    [
      `${product}, ${size}: ${m} x ${k} x ${n}`,
      ...candidates.map(({ tile, gigaflops }) => {
        const name = tileName(tile);
        const mark = name === tileName(chosen) ? "*" : " ";
        return `${mark} ${name.padEnd(34)} ${
          gigaflops > 0 ? `${gigaflops.toFixed(1).padStart(8)} GFLOP/s` : "   wrong or not possible"
        }`;
      }),
    ].join("\n")
  ).join("\n") + "\n";
}
