/** How a matrix product is cut into pieces: the two families of its kernels. */

/**
 * For software adapters, whose lanes are SIMD lanes: no workgroup memory; a lane owns `columns`
 * neighbours of `rows` rows that are the same for the whole workgroup, so that one load serves it.
 */
export interface LanesTile {
  /** See above. */
  readonly family: "lanes";
  /** Rows of out a lane owns. */
  readonly rows: number;
  /** Columns of out a lane owns; a multiple of 4. */
  readonly columns: number;
}

/** For GPUs: a workgroup shares `height` rows of a and `width` columns of W, `depth` of k at a time. */
export interface SharedTile {
  /** See above. */
  readonly family: "shared";
  /** Rows of out a workgroup computes. */
  readonly height: number;
  /** Columns of out a workgroup computes. */
  readonly width: number;
  /** Steps of the sum between two barriers; a multiple of 4. */
  readonly depth: number;
  /** Rows of out a lane owns; a multiple of 4 that divides height. */
  readonly rows: number;
  /** Columns of out a lane owns: four by four, `width / columns` lanes apart. */
  readonly columns: number;
}

/**
 * A kernel of the matrix product. Every one adds the products of an output in the same order, one
 * fused multiply-add a step of k, so that the choice changes no bit of a result.
 */
export type Tile = LanesTile | SharedTile;

/** Lanes of a workgroup of family `lanes`: a SIMD width of 256 or 512 bits divides it. */
export const LANES = 16;

/** Rows and columns of out that one workgroup computes. */
export function tileSize(tile: Tile): { readonly rows: number; readonly columns: number } {
  return tile.family === "lanes"
    ? { rows: tile.rows, columns: tile.columns * LANES }
    : { rows: tile.height, columns: tile.width };
}

/** A tile in a word: its family, then what a workgroup computes, then what a lane does. */
export function tileName(tile: Tile): string {
  const { rows, columns } = tileSize(tile);
  const depth = tile.family === "shared" ? `x${tile.depth}` : "";
  return `${tile.family} ${rows}x${columns}${depth}, ${tile.rows}x${tile.columns} a lane`;
}

const shared = (
  height: number,
  width: number,
  { depth, rows, columns }: Pick<SharedTile, "depth" | "rows" | "columns">,
): SharedTile => ({ family: "shared", height, width, depth, rows, columns });

/** The kernels that a kind of adapter chooses from; the first is the one that needs no choice. */
export const candidates: Readonly<Record<"software" | "gpu", readonly Tile[]>> = {
  software: [
    { family: "lanes", rows: 16, columns: 8 },
    { family: "lanes", rows: 4, columns: 4 },
    { family: "lanes", rows: 8, columns: 8 },
    { family: "lanes", rows: 12, columns: 8 },
    { family: "lanes", rows: 16, columns: 4 },
    { family: "lanes", rows: 16, columns: 16 },
  ],
  gpu: [
    shared(64, 64, { depth: 16, rows: 8, columns: 4 }),
    shared(32, 32, { depth: 32, rows: 4, columns: 4 }),
    shared(64, 32, { depth: 32, rows: 4, columns: 4 }),
    shared(128, 64, { depth: 16, rows: 8, columns: 8 }),
    shared(128, 128, { depth: 16, rows: 16, columns: 8 }),
  ],
};

/** How fast each candidate was at a kind of product, and which one is taken for it. */
export interface TunedProduct {
  /** Which product. */
  readonly product: "linear" | "linearBackward";
  /** Its kind, by {@linkcode sizeOf}. */
  readonly size: ProductSize;
  /** What it was measured at: rows, inputs and outputs of the linear. */
  readonly shape: readonly [number, number, number];
  /** GFLOP/s of every candidate; 0 where it failed or was wrong. */
  readonly candidates: readonly { readonly tile: Tile; readonly gigaflops: number }[];
  /** The fastest. */
  readonly chosen: Tile;
}

/** The kernels chosen for an adapter, a line a kind of product. */
export type Tuning = readonly TunedProduct[];

/** Kinds of products between which the best kernel changes. */
export type ProductSize = "few rows" | "small" | "medium" | "large" | "huge";

/** The kind of a product with an output [rows, width]: how many workgroups there can be decides. */
export function sizeOf(rows: number, width: number): ProductSize {
  if (rows <= 64) return "few rows";
  const outputs = rows * width;
  if (outputs <= 2 ** 20) return "small";
  if (outputs <= 2 ** 22) return "medium";
  return outputs <= 2 ** 23 ? "large" : "huge";
}

/** The tile of a product: the tuned one, or the first candidate where nothing was measured. */
export function tileOf(
  tuning: Tuning | undefined,
  product: TunedProduct["product"],
  out: { readonly rows: number; readonly width: number; readonly software: boolean },
): Tile {
  const size = sizeOf(out.rows, out.width);
  const tuned = tuning?.find((line) => line.product === product && line.size === size);
  return tuned?.chosen ?? candidates[out.software ? "software" : "gpu"][0];
}
