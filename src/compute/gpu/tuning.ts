/** Measures which tile of the matrix product suits an adapter, by what there is to compute. */

import type { Ops, Tensor } from "../ops.ts";
import type { Device } from "./device.ts";
import { gpuOps } from "./gpu_ops.ts";
import { matmul } from "./matmul.ts";
import { candidates, type Tile, type TunedProduct, type Tuning } from "./tile.ts";

/** Products that stand for their kind: rows, inputs, outputs; on a processor, and on a GPU. */
const products = [
  { size: "few rows", software: [16, 384, 384], gpu: [16, 768, 768] },
  { size: "medium", software: [192, 384, 384], gpu: [1024, 768, 768] },
  { size: "large", software: [192, 384, 1536], gpu: [4096, 768, 3072] },
] as const;

/** Milliseconds that a measurement should take: an await of the queue costs about ten. */
const LONG_ENOUGH = 30;
/** A later candidate must be better by this share: the choice should not hang on noise. */
const MARGIN = 0.03;
/** Relative error of a sample of a product beyond which a candidate is wrong. */
const BOUND = 1e-5;

/** What a tuning holds for: kernels of other text, or another set of them, are measured anew. */
export function tunedKernels({ software }: Pick<Device, "software">): string {
  return candidates[software ? "software" : "gpu"].flatMap((tile) =>
    [false, true].map((backward) =>
      matmul({ backward, wide: true, half: false, mask: false, gelu: false, tile }).code
    )
  ).join("\n");
}

/**
 * Runs every candidate for the kind of adapter that `open` opens, each on a device of its own, so
 * that one that fails to compile, computes something else or loses its device is left out. `tiles`
 * takes the candidates' place.
 */
export async function tune(
  open: () => Promise<Device>,
  options: { readonly tiles?: readonly Tile[] } = {},
): Promise<Tuning> {
  const { device, software } = await open();
  device.destroy();
  const kind = software ? "software" : "gpu";
  const tiles = options.tiles ?? candidates[kind];
  const rates: number[][] = [];
  for (const tile of tiles) rates.push(await ratesOf(tile, open, kind));
  const classes = products.flatMap(({ size, [kind]: shape }) =>
    (["linear", "linearBackward"] as const).map((product) => ({ product, size, shape }))
  );
  return classes.map((of, i): TunedProduct => {
    const measured = tiles.map((tile, t) => ({ tile, gigaflops: rates[t][i] }));
    const best = measured.reduce((best, other) =>
      other.gigaflops > best.gigaflops * (1 + MARGIN) ? other : best
    );
    return { ...of, candidates: measured, chosen: best.tile };
  });
}

/** GFLOP/s of one tile at every product, forward and backward; 0 where it does not work. */
async function ratesOf(
  tile: Tile,
  open: () => Promise<Device>,
  kind: "software" | "gpu",
): Promise<number[]> {
  let ops: Ops | undefined;
  try {
    ops = gpuOps(await open(), { tile });
    const rates: number[] = [];
    for (const { [kind]: shape } of products) rates.push(...await measure(ops, shape));
    return rates;
  } catch {
    return products.flatMap(() => [0, 0]);
  } finally {
    ops?.close();
  }
}

/** GFLOP/s forward and backward of one shape. */
async function measure(
  ops: Ops,
  [m, k, n]: readonly [number, number, number],
): Promise<readonly [number, number]> {
  const wave = (count: number, scale: number) =>
    Float32Array.from({ length: count }, (_, i) => scale * Math.sin(i * i));
  const [x, w] = [wave(m * k, 1), wave(n * k, 1 / Math.sqrt(k))];
  const layer = { weight: ops.floats(n, k, w), bias: ops.zeros(1, n) };
  const [input, out, dx] = [ops.floats(m, k, x), ops.empty(m, n), ops.empty(m, k)];
  const forward = await rate(ops, { m, k, n }, () => ops.linear(out, input, layer));
  const y = await ops.read(out);
  const backward = await rate(ops, { m, k, n }, () => ops.linearBackward(dx, out, layer));
  const slope = await ops.read(dx);
  const right = (
    found: ArrayLike<number>,
    width: number,
    exact: (r: number, c: number) => number,
  ) => isRight(found, { rows: m, width }, exact);
  const works = right(y, n, (r, c) => sum(k, (i) => x[r * k + i] * w[c * k + i])) &&
    right(slope, k, (r, c) => sum(n, (i) => y[r * n + i] * w[i * k + c]));
  ops.free(input, out, dx, layer.weight, layer.bias);
  return works ? [forward, backward] : [0, 0];
}

function sum(count: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}

/** Whether 64 numbers from everywhere in a product are those of float64. */
function isRight(
  found: ArrayLike<number>,
  { rows, width }: { readonly rows: number; readonly width: number },
  exact: (row: number, column: number) => number,
): boolean {
  let [distance, size] = [0, 0];
  for (let i = 0; i < 64; i++) {
    const [row, column] = [i * 37 % rows, (i * 101 + 13) % width];
    const wanted = exact(row, column);
    distance += (found[row * width + column] - wanted) ** 2;
    size += wanted ** 2;
  }
  return distance <= BOUND ** 2 * size; // false where a number is none
}

/** The best of three runs, in GFLOP/s, each long enough to be told from the wait for it. */
async function rate(
  ops: Ops,
  { m, k, n }: { readonly m: number; readonly k: number; readonly n: number },
  work: () => void,
): Promise<number> {
  const end: Tensor = ops.zeros(1, 1);
  const run = async (times: number) => {
    const start = performance.now();
    for (let i = 0; i < times; i++) work();
    await ops.read(end);
    return performance.now() - start;
  };
  await run(1); // compiles
  const once = await run(1);
  const times = Math.max(1, Math.min(200, Math.ceil(LONG_ENOUGH / once)));
  const best = Math.min(await run(times), await run(times), await run(times));
  ops.free(end);
  return 2e-6 * m * k * n * times / best;
}
