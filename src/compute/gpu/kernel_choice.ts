/** Which kernels multiply matrices on a device, and how exact that is. */

import type { Device } from "./device.ts";
import { candidates, matrixTiles, type Tile, tileName, type Tuning } from "./tile.ts";

/** How exact a GPU's matrix products may be asked to be. */
export const precisions = ["f32", "f16", "tf16"] as const;

/** How exact a GPU's matrix products are. */
export type Precision = typeof precisions[number];

/** How products on matrix units differ from plain float32, by the parts of their operands. */
const productsByParts = {
  1: { name: "float16", error: 1e-3 },
  2: { name: "float32 of two float16", error: 3e-6 },
} as const;

/** One kernel for all products, else those that were tuned. */
export interface KernelChoice {
  readonly tile?: Tile;
  readonly tuning?: Tuning;
}

/** Which kernels multiply: what was asked for, what was tuned, or for `tf16` one on matrix units. */
export function choiceOf(
  { precision, tile, tuning }: KernelChoice & { readonly precision?: Precision },
  { matrix, software }: Pick<Device, "matrix" | "software">,
): KernelChoice {
  if (precision !== "tf16" || tile) return { tile, tuning };
  const isTuned = tuning?.every(({ chosen }) => chosen.family === "matrix" && chosen.parts === 1);
  if (isTuned) return { tuning };
  return { tile: matrixTiles(matrix!, 1).at(software ? -1 : 0) }; // programs take long to compile large ones
}

/** What products on matrix units are; none where no kernel uses them. */
export function productsOf({ tile, tuning }: KernelChoice) {
  const used = tile ?? tuning?.find(({ chosen }) => chosen.family === "matrix")?.chosen;
  return used?.family === "matrix" ? productsByParts[used.parts] : undefined;
}

/** The names of the matrix products' kernels, for people. */
export function kernelNames(
  { tile, tuning }: KernelChoice,
  software: boolean,
): Readonly<Record<string, string>> {
  if (!tile && tuning) {
    return Object.fromEntries(
      tuning.map(({ product, size, chosen }) => [`${product}, ${size}`, tileName(chosen)]),
    );
  }
  return { "matrix product": tileName(tile ?? candidates[software ? "software" : "gpu"][0]) };
}
