/** How a matrix product is cut into pieces: the three families of its kernels. */

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

/** A product that an adapter's matrix units make in one instruction: rows x inner by inner x columns. */
export interface MatrixUnit {
  /** Rows of the product. */
  readonly rows: number;
  /** Columns of the product. */
  readonly columns: number;
  /** Steps of its sums. */
  readonly inner: number;
  /** Lanes of a subgroup, which holds a matrix together. */
  readonly lanes: number;
}

/**
 * For GPUs that multiply matrices of float16 and offer it to WebGPU: see matmul_matrix.ts. A workgroup
 * has `high` x `wide` subgroups, each of which owns `down` x `across` matrices of out.
 */
export interface MatrixTile {
  /** See above. */
  readonly family: "matrix";
  /** The instruction. */
  readonly matrix: MatrixUnit;
  /** Parts of float16 that make an operand: 2 for the accuracy of float32, 1 for that of float16. */
  readonly parts: 1 | 2;
  /** Matrices of a subgroup, one below another. */
  readonly down: number;
  /** Matrices of a subgroup, side by side. */
  readonly across: number;
  /** Subgroups of a workgroup, one below another. */
  readonly high: number;
  /** Subgroups of a workgroup, side by side. */
  readonly wide: number;
  /** Steps of the sum between two barriers; a multiple of 8 and of the instruction's. */
  readonly depth: number;
}

/** A kernel that adds the products of an output in k's order, one fused multiply-add a step. */
export type FloatTile = LanesTile | SharedTile;

/**
 * A kernel of the matrix product. All of family `lanes` and `shared` give the same bits, so that the
 * choice among them changes no result; so do those of family `matrix` with the same parts among
 * themselves, but not the same as the others.
 */
export type Tile = FloatTile | MatrixTile;

/** Lanes of a workgroup of family `lanes`: a SIMD width of 256 or 512 bits divides it. */
export const LANES = 16;

/** Rows and columns of out that one workgroup computes. */
export function tileSize(tile: Tile): { readonly rows: number; readonly columns: number } {
  switch (tile.family) {
    case "lanes":
      return { rows: tile.rows, columns: tile.columns * LANES };
    case "shared":
      return { rows: tile.height, columns: tile.width };
    case "matrix": {
      const { matrix, down, across, high, wide } = tile;
      return { rows: matrix.rows * down * high, columns: matrix.columns * across * wide };
    }
  }
}

/** A tile in a word: its family, then what a workgroup computes, then what a lane does. */
export function tileName(tile: Tile): string {
  const { rows, columns } = tileSize(tile);
  if (tile.family === "matrix") {
    const { matrix, down, across, parts, depth } = tile;
    const unit = [matrix.rows, matrix.columns, matrix.inner].join("x");
    const operands = parts === 2 ? "two parts" : "one part";
    return `matrix ${rows}x${columns}x${depth}, ${down}x${across} of ${unit} a subgroup, ${operands}`;
  }
  const depth = tile.family === "shared" ? `x${tile.depth}` : "";
  return `${tile.family} ${rows}x${columns}${depth}, ${tile.rows}x${tile.columns} a lane`;
}

const shared = (
  height: number,
  width: number,
  { depth, rows, columns }: Pick<SharedTile, "depth" | "rows" | "columns">,
): SharedTile => ({ family: "shared", height, width, depth, rows, columns });

/** The kernels that a kind of adapter chooses from; the first is the one that needs no choice. */
export const candidates: Readonly<Record<"software" | "gpu", readonly FloatTile[]>> = {
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

/** Layouts of family `matrix`: down x across matrices, high x wide subgroups, depth; by the parts. */
const layouts: Readonly<Record<1 | 2, readonly (readonly number[])[]>> = {
  2: [[2, 4, 4, 2, 32], [2, 2, 4, 2, 32], [2, 2, 2, 2, 32]],
  1: [[2, 4, 4, 2, 64], [2, 4, 4, 2, 32], [2, 2, 4, 2, 64], [2, 2, 2, 2, 64]],
};

/** Kernels of family `matrix` for an adapter's instruction. */
export function matrixTiles(matrix: MatrixUnit, parts: 1 | 2): readonly MatrixTile[] {
  return layouts[parts].map(([down, across, high, wide, depth]) => ({
    ...{ family: "matrix", matrix, parts, down, across, high, wide, depth },
  }));
}

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
  out: ProductOut,
): Tile;
/** The best one of float32. */
export function tileOf(
  tuning: Tuning | undefined,
  product: TunedProduct["product"],
  out: ProductOut & { readonly isFloat: true },
): FloatTile;
export function tileOf(
  tuning: Tuning | undefined,
  product: TunedProduct["product"],
  { rows, width, software, isFloat = false }: ProductOut & { readonly isFloat?: boolean },
): Tile {
  const size = sizeOf(rows, width);
  const tuned = tuning?.find((line) => line.product === product && line.size === size);
  const first = candidates[software ? "software" : "gpu"][0];
  if (!isFloat || tuned?.chosen.family !== "matrix") return tuned?.chosen ?? first;
  return fastest(tuned.candidates.filter(({ tile }) => tile.family !== "matrix"))?.tile ?? first;
}

/** What a product writes, and on what. */
export interface ProductOut {
  /** Rows of out. */
  readonly rows: number;
  /** Columns of out. */
  readonly width: number;
  /** Whether the adapter is a program. */
  readonly software: boolean;
}

/** A later candidate must be better by this share: the choice should not hang on noise. */
const MARGIN = 0.03;

/** The fastest of measured candidates. */
export function fastest<T extends { readonly gigaflops: number }>(
  measured: readonly T[],
): T | undefined {
  return measured.reduce<T | undefined>(
    (best, other) => best && other.gigaflops <= best.gigaflops * (1 + MARGIN) ? best : other,
    undefined,
  );
}
