/** What is measured of this machine's GPU once, kernels and memory, and kept in the user's cache folder. */

import {
  candidatesOf,
  type Device,
  freeMemory,
  openDevice,
  type Precision,
  type Tile,
  tileName,
  tune,
  tunedKernels,
  type Tuning,
} from "../../internal.ts";
import { writeFile } from "./files.ts";
import { sha256OfText } from "./hash.ts";

/** What was measured of a GPU. */
export interface MeasuredGpu {
  /** Its kernels. */
  readonly tuning: Tuning;
  /** Bytes that were free, as far as half of the machine's own memory; 0 where they were not looked for. */
  readonly freeBytes: number;
}

/** What a batch may take of the memory that was free: weights and what is rounded up need the rest. */
export const PART_OF_FREE = 0.6;

/** When to measure. */
export interface TuningOptions {
  /**
   * `remembered`: never. `once`: where nothing is remembered, on a GPU; a software adapter computes for
   * longer to choose than it gains in a short run. `again`: now, whatever is remembered.
   */
  readonly measure: "remembered" | "once" | "again";
  /** Where to remember; nowhere unless given. */
  readonly folder?: string;
  /** How exact products are to be: kernels are chosen for each. f32 unless given. */
  readonly precision?: Precision;
  /** Is told that it measures, which takes a while. */
  readonly note?: (text: string) => void;
}

/** What is known of a device; nothing where nothing was measured. Never fails a run. */
export async function tuningOf(
  device: Device,
  { measure, note, folder, precision = "f32" }: TuningOptions,
): Promise<MeasuredGpu | undefined> {
  const path = folder && `${folder}/${fileName(device, precision)}`;
  const remembered = measure === "again" ? undefined : await recall(path, device, precision);
  if (remembered || measure === "remembered" || (measure === "once" && device.software)) {
    return remembered;
  }
  note?.(`measuring kernels and memory of ${device.adapter}, once`);
  const tuning = await tune(() => openDevice(device.gpu, device), { precision }).catch(() =>
    undefined
  );
  if (!tuning || tuning.some((line) => rateOf(line) === 0)) return undefined; // the device is not well
  const measured = {
    tuning,
    freeBytes: device.software ? 0 : await freeBytes(device).catch(() => 0),
  };
  await remember(device, measured, { folder, precision });
  return measured;
}

async function freeBytes(device: Device): Promise<number> {
  const another = await openDevice(device.gpu, device);
  try {
    return await freeMemory(another, Deno.systemMemoryInfo().total / 2);
  } finally {
    another.device.destroy();
  }
}

/** GFLOP/s of the kernel that was chosen. */
function rateOf({ candidates, chosen }: Tuning[number]): number {
  return candidates.find(({ tile }) => tileName(tile) === tileName(chosen))?.gigaflops ?? 0;
}

/** Named after the adapter, its driver and the text of all candidates: another of these is another file. */
function fileName(device: Device, precision: Precision): string {
  const hash = sha256OfText(`${device.identity}\0${tunedKernels(device, precision)}`);
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

async function recall(
  path: string | undefined,
  device: Device,
  precision: Precision,
): Promise<MeasuredGpu | undefined> {
  if (!path || !await may("read", path)) return undefined;
  try {
    const { adapter, tuning, freeBytes } = JSON.parse(await Deno.readTextFile(path));
    const isKnown = adapter === device.adapter && freeBytes >= 0 &&
      isTuning(tuning, candidatesOf(device, precision));
    return isKnown ? { tuning, freeBytes } : undefined;
  } catch {
    return undefined;
  }
}

/** Writes what was found for a device to a folder, where that is possible. */
export async function remember(
  device: Device,
  measured: MeasuredGpu,
  { folder, precision = "f32" }: Pick<TuningOptions, "folder" | "precision">,
): Promise<void> {
  if (!folder || !await may("write", folder)) return;
  try {
    await Deno.mkdir(folder, { recursive: true });
    const found = JSON.stringify({ adapter: device.adapter, ...measured }, null, 1);
    await writeFile(`${folder}/${fileName(device, precision)}`, `${found}\n`);
  } catch {
    // a run without a memory measures again
  }
}

async function may(name: "read" | "write", path: string): Promise<boolean> {
  return (await Deno.permissions.query({ name, path })).state === "granted";
}

/** Whether a file's contents can be what {@linkcode tune} found: all kernels are those that it measures. */
function isTuning(tuning: unknown, measured: readonly Tile[]): tuning is Tuning {
  const known = new Set(measured.map((tile) => JSON.stringify(tile)));
  const isKernel = (tile: Tile) => known.has(JSON.stringify(tile));
  return Array.isArray(tuning) && tuning.length > 0 &&
    (tuning as Tuning).every((line) =>
      /^linear(Backward)?$/.test(line.product) && typeof line.size === "string" &&
      line.shape.length === 3 && rateOf(line) > 0 && isKernel(line.chosen) &&
      line.candidates.every(({ tile }) => isKernel(tile))
    );
}

/** The measurements, a table of candidates for each kind of product; the chosen one is marked. */
export function tuningTable(tuning: Tuning): string {
  return tuning.map(({ product, size, shape: [m, k, n], candidates, chosen }) =>
    [
      `${product}, ${size}: ${m} x ${k} x ${n}`,
      ...candidates.map(({ tile, gigaflops }) => {
        const name = tileName(tile);
        const mark = name === tileName(chosen) ? "*" : " ";
        return `${mark} ${name.padEnd(58)} ${
          gigaflops > 0 ? `${gigaflops.toFixed(1).padStart(8)} GFLOP/s` : "   wrong or not possible"
        }`;
      }),
    ].join("\n")
  ).join("\n") + "\n";
}
