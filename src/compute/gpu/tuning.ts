/** Measures which tile of the matrix product suits an adapter, by what there is to compute. */

import type { Ops, Tensor } from "../ops.ts";
import type { Device } from "./device.ts";
import { gpuOps } from "./gpu_ops.ts";
import type { Precision } from "./kernel_choice.ts";
import { matmul } from "./matmul.ts";
import { matrixTileBytes, split } from "./matmul_matrix.ts";
import { matrixProducts } from "./matrix_products.ts";
import {
  candidates,
  fastest,
  matrixTiles,
  type Tile,
  type TunedProduct,
  type Tuning,
} from "./tile.ts";

/** Products that stand for their kind: rows, inputs, outputs; on a processor, and on a GPU. */
const products = [
  { size: "few rows", software: [16, 384, 384], gpu: [32, 1024, 1024] },
  { size: "small", software: [192, 384, 384], gpu: [640, 1024, 1024] },
  { size: "medium", software: [256, 384, 384], gpu: [2048, 1024, 1024] },
  { size: "large", software: [192, 384, 1536], gpu: [5120, 1024, 1024] },
  { size: "huge", software: [256, 384, 1536], gpu: [6144, 1536, 1536] },
] as const;

/** Milliseconds that a measurement should take: without the device's clock an await costs about ten. */
const LONG_ENOUGH = 30;
/** Milliseconds of work before it: an idle GPU has slowed its clock down (an H100 to a sixth). */
const WARM = 150;
/** Launches that a measurement takes at most. */
const MOST_LAUNCHES = 1000;
/** Rows of a product that are checked, a number of each. */
const CHECKED = 64;
/** How many times as fast matrix units must be to take the place of float32's kernels, whose bits they have not. */
const WORTH = 1.5;
/** Relative error of a sample of a product beyond which a candidate is wrong, unless it is known for more. */
const BOUND = 1e-5;

/** What candidates hang on; `device` for its limits, which any candidate is within unless it is given. */
export type TunedDevice = Pick<Device, "software" | "matrix"> & Partial<Pick<Device, "device">>;

/** What a tuning holds for: kernels of other text, or another set of them, are measured anew. */
export function tunedKernels(
  device: TunedDevice,
  precision: Precision = "f32",
): string {
  const tiles = candidatesOf(device, precision);
  const products = tiles.flatMap((tile) =>
    [false, true].map((backward) =>
      matmul(
        { backward, tile, wide: true, even: true, half: false, mask: false, gelu: false },
        matrixProducts,
      ).code
    )
  );
  return [...products, ...(tiles.some(isMatrix) ? [split.code] : [])].join("\n");
}

const isMatrix = ({ family }: Tile) => family === "matrix";

/** What a device chooses from: for `tf16` kernels on matrix units alone, for `f16` none of them. */
export function candidatesOf(
  { software, matrix, device }: TunedDevice,
  precision: Precision,
): readonly Tile[] {
  const most = device?.limits.maxComputeWorkgroupStorageSize ?? Infinity;
  const onMatrices = matrix && precision !== "f16"
    ? matrixTiles(matrix, precision === "tf16" ? 1 : 2).filter((tile) =>
      matrixTileBytes(tile) <= most
    )
    : [];
  return precision === "tf16"
    ? onMatrices
    : [...candidates[software ? "software" : "gpu"], ...onMatrices];
}

/**
 * Runs every candidate for the kind of adapter that `open` opens, each on a device of its own, so
 * that one that fails to compile, computes something else or loses its device is left out. `tiles`
 * takes the candidates' place.
 */
export async function tune(
  open: () => Promise<Device>,
  { precision = "f32", ...options }: {
    readonly tiles?: readonly Tile[];
    readonly precision?: Precision;
  } = {},
): Promise<Tuning> {
  const opened = await open();
  const tiles = options.tiles ?? candidatesOf(opened, precision);
  opened.device.destroy();
  const kind = opened.software ? "software" : "gpu";
  const samples = products.map(({ [kind]: shape }) => sampleOf(shape));
  const rates: number[][] = [];
  for (const tile of tiles) rates.push(await ratesOf(tile, open, samples));
  const classes = products.flatMap(({ size, [kind]: shape }) =>
    (["linear", "linearBackward"] as const).map((product) => ({ product, size, shape }))
  );
  const lines = classes.map((of, i) => ({
    ...of,
    candidates: tiles.map((tile, t) => ({ tile, gigaflops: rates[t][i] })),
  }));
  return choose(lines);
}

/**
 * Takes the fastest of each line, on matrix units at all lines or at none: a result's bits must not hang on
 * the size of its batch. Beside kernels of float32 matrix units must be {@linkcode WORTH} times as fast.
 */
export function choose(lines: readonly Omit<TunedProduct, "chosen">[]): Tuning {
  const worth = areWorth(lines);
  return lines.map((line) => {
    const choice = line.candidates.filter(({ tile }) => worth === isMatrix(tile));
    return { ...line, chosen: fastest(choice)!.tile };
  });
}

/** Whether matrix units take the place of float32's kernels. */
function areWorth(lines: readonly Omit<TunedProduct, "chosen">[]): boolean {
  return lines.filter(({ size }) => size === "large" || size === "huge").every(({ candidates }) => {
    const [ofFloats, ofMatrices] = [false, true].map((wanted) =>
      fastest(candidates.filter(({ tile }) => isMatrix(tile) === wanted))?.gigaflops ?? 0
    );
    return ofMatrices > 0 && ofMatrices >= WORTH * ofFloats;
  });
}

/** A product: x, W and dy, and of some rows of x Wᵀ and dy W a number each, in float64. */
interface Sample {
  readonly shape: readonly [m: number, k: number, n: number];
  readonly x: Float32Array;
  readonly w: Float32Array;
  readonly dy: Float32Array;
  readonly rows: Uint32Array;
  readonly forward: Float64Array;
  readonly backward: Float64Array;
}

/** A product of numbers between -1 and 1 without a pattern. */
function sampleOf([m, k, n]: Sample["shape"]): Sample {
  const [x, w, dy] = [m * k, n * k, m * n].map((count) => {
    const numbers = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const mixed = Math.imul(i ^ i >>> 15, 0x2c1b3c6d);
      numbers[i] = Math.imul(mixed ^ mixed >>> 12, 0x297a2d39) / 2 ** 31;
    }
    return numbers;
  });
  const rows = Uint32Array.from({ length: CHECKED }, (_, i) => i * 37 % m);
  const exact = (
    length: number,
    width: number,
    term: (row: number, i: number, c: number) => number,
  ) =>
    Float64Array.from(rows, (row, at) => {
      let total = 0;
      for (let i = 0; i < length; i++) total += term(row, i, columnOf(at, width));
      return total;
    });
  return {
    ...{ shape: [m, k, n], x, w, dy, rows },
    forward: exact(k, n, (row, i, c) => x[row * k + i] * w[c * k + i]),
    backward: exact(n, k, (row, i, c) => dy[row * n + i] * w[i * k + c]),
  };
}

/** The column that is checked in the `at`-th checked row. */
const columnOf = (at: number, width: number) => (at * 101 + 13) % width;

/** GFLOP/s of one tile at every product, forward and backward; 0 where it does not work. */
async function ratesOf(
  tile: Tile,
  open: () => Promise<Device>,
  samples: readonly Sample[],
): Promise<number[]> {
  let ops: Ops | undefined;
  try {
    const device = await open();
    ops = gpuOps(device, { tile, profile: device.device.features.has("timestamp-query") });
    const rates: number[] = [];
    for (const sample of samples) rates.push(...await measure(ops, sample));
    return rates;
  } catch {
    return samples.flatMap(() => [0, 0]);
  } finally {
    ops?.close();
  }
}

/** GFLOP/s forward and backward of one product. */
async function measure(ops: Ops, sample: Sample): Promise<[number, number]> {
  const { shape: [m, k, n], x, w, dy, rows } = sample;
  const layer = { weight: ops.weights(n, k, w), bias: ops.zeros(1, n) };
  const [input, slope] = [ops.floats(m, k, x), ops.floats(m, n, dy)];
  const [out, dx] = [ops.empty(m, n), ops.empty(m, k)];
  const gigaflop = 2e-9 * m * k * n;
  const works = [
    () => ops.linear(out, input, layer),
    () => ops.linearBackward(dx, slope, layer),
  ];
  const seconds: number[] = [];
  for (const work of works) seconds.push(await launchTime(ops, work));
  const index = ops.indices(CHECKED, 1, rows);
  const [some, someOf] = [ops.empty(CHECKED, n), ops.empty(CHECKED, k)];
  ops.takeRows(some, out, index);
  ops.takeRows(someOf, dx, index);
  const found = await Promise.all([ops.read(some), ops.read(someOf)]);
  ops.free(input, slope, out, dx, layer.weight, layer.bias, index, some, someOf);
  const bound = Math.max(BOUND, ops.products?.error ?? 0);
  const right = isRight(found[0], sample.forward, bound) &&
    isRight(found[1], sample.backward, bound);
  const [forward, backward] = seconds.map((each) => right ? gigaflop / each : 0);
  return [forward, backward];
}

/** Whether the checked numbers of rows are those of float64. */
function isRight(found: ArrayLike<number>, exact: Float64Array, bound: number): boolean {
  const width = found.length / exact.length;
  let [distance, size] = [0, 0];
  exact.forEach((wanted, at) => {
    distance += (found[at * width + columnOf(at, width)] - wanted) ** 2;
    size += wanted ** 2;
  });
  return distance <= bound ** 2 * size; // false where a number is none
}

/**
 * Seconds of one launch, the best of three runs: by the device's clock where `ops` measure by it, else
 * by ours, each long enough to be told from the wait for it.
 */
export async function launchTime(ops: Ops, work: () => void): Promise<number> {
  const end: Tensor = ops.zeros(1, 1);
  const spent = () => ops.timings!().reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const run = async (times: number) => {
    const start = ops.timings ? spent() : performance.now();
    for (let i = 0; i < times; i++) work();
    await ops.read(end);
    return (ops.timings ? spent() : performance.now()) - start;
  };
  await run(1); // compiles
  const once = await run(1);
  const times = Math.max(1, Math.min(MOST_LAUNCHES, Math.ceil(LONG_ENOUGH / once)));
  for (const start = performance.now(); performance.now() - start < WARM;) await run(times);
  const best = Math.min(await run(times), await run(times), await run(times));
  ops.free(end);
  return best / times / 1000;
}
