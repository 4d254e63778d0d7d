/**
 * Our matrix products on a GPU beside PyTorch's on CUDA, by the devices' own clocks, in TFLOP/s:
 *
 *     deno run -A bench/peers/gpu_products.ts [PYTHON] [--dawn]
 *
 * Ours are the tuned kernels ("measured once" as every command does); with --dawn also, on Dawn, every
 * kernel on matrix units, with two parts of float16 and with one. PyTorch's are those of products.py, in
 * the same minute.
 */

import {
  gpuOps,
  matrixTiles,
  openDevice,
  type Ops,
  type Tile,
  tileName,
  type Tuning,
} from "../../internal.ts";
import { tileOf } from "../../src/compute/gpu/tile.ts";
import { launchTime } from "../../src/compute/gpu/tuning.ts";
import { openDawn } from "../../src/deno/dawn.ts";
import { openTunedGpu } from "../tuned_gpu.ts";

const dawn = Deno.args.includes("--dawn");
const [python = "python3"] = Deno.args.filter((arg) => !arg.startsWith("--"));
const { success, stdout, stderr } = new Deno.Command(python, {
  args: [new URL("products.py", import.meta.url).pathname, "cuda"],
}).outputSync();
if (!success) throw new Error(new TextDecoder().decode(stderr));
const [peer, ...lines] = new TextDecoder().decode(stdout).trim().split("\n");
const measured = lines.map((line) => {
  const [, kind = "float32", m, k, n, forward, backward] =
    /^(?:([\w-]+), )?(\d+) x (\d+) x (\d+): forward ([\d.]+), backward ([\d.]+)/.exec(line)!;
  return { kind, shape: [m, k, n].map(Number), rates: [forward, backward].map(Number) };
});
const shapes = measured.filter(({ kind }) => kind === "float32").map(({ shape }) => shape);

/** Operations to be measured, and the kernel of a product. */
interface Competitor {
  readonly ops: Ops;
  readonly kernel: (product: "linear" | "linearBackward", rows: number, width: number) => string;
}

async function tuned(): Promise<Competitor> {
  const { ops, tuning, software } = await openTunedGpu({ profile: true });
  const name = (of: Tuning | undefined): Competitor["kernel"] => (product, rows, width) =>
    tileName(tileOf(of, product, { rows, width, software }));
  return { ops, kernel: name(tuning) };
}

async function onMatrices(tile: Tile, gpu: GPU): Promise<Competitor> {
  const device = await openDevice(gpu, { implementation: "Dawn" });
  const ops = gpuOps(device, { tile, profile: true });
  return { ops, kernel: () => tileName(tile) };
}

/** TFLOP/s forward and backward at every shape. */
async function ratesOf({ ops, kernel }: Competitor) {
  const rows = [];
  for (const shape of shapes) {
    const [m, k, n] = shape;
    const layer = { weight: ops.weights(n, k, numbers(n * k)), bias: ops.zeros(1, n) };
    const [x, dy] = [ops.floats(m, k, numbers(m * k)), ops.floats(m, n, numbers(m * n))];
    const [out, dx] = [ops.empty(m, n), ops.empty(m, k)];
    const teraflop = 2e-12 * m * k * n;
    rows.push({
      shape,
      ...{ forward: teraflop / await launchTime(ops, () => ops.linear(out, x, layer)) },
      ...{ backward: teraflop / await launchTime(ops, () => ops.linearBackward(dx, dy, layer)) },
      kernels: [kernel("linear", m, n), kernel("linearBackward", m, k)],
    });
    ops.free(x, dy, out, dx, layer.weight, layer.bias);
  }
  ops.close();
  return rows;
}

// Made once: between products the GPU shall not become idle, or its clock would slow down.
const random = Float32Array.from({ length: 2 ** 26 }, () => Math.random() - 0.5);
const numbers = (count: number) => random.subarray(0, count);

const head = ["M x K x N", "kernel", "forward", "ratio to float32", "backward", "ratio"];
const table = (rows: readonly (readonly string[])[]) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const exact = (shape: readonly number[]) =>
  measured.find((one) => one.kind === "float32" && one.shape.join() === shape.join())!.rates;
const rowOf = (shape: readonly number[], kernel: string, rates: readonly number[]) => {
  const ratio = (i: number) => (1000 * rates[i] / exact(shape)[i]).toFixed(2);
  const cells = [rates[0].toFixed(1), ratio(0), rates[1].toFixed(1), ratio(1)];
  return [shape.join(" x "), kernel, ...cells];
};

const first = await tuned();
console.log(`${first.ops.adapter}; ${peer}; TFLOP/s\n`);
const rows = measured.map(({ kind, shape, rates }) =>
  rowOf(shape, `PyTorch, ${kind}`, rates.map((rate) => rate / 1000))
);
for (const { shape, forward, backward, kernels } of await ratesOf(first)) {
  rows.push(rowOf(shape, [...new Set(kernels)].join("; "), [forward, backward]));
}
if (dawn) {
  const gpu = await openDawn();
  const { matrix, device } = await openDevice(gpu, { implementation: "Dawn" });
  device.destroy();
  if (!matrix) throw new Error("Cannot measure matrices: Dawn offers none here");
  for (const tile of [...matrixTiles(matrix, 2), ...matrixTiles(matrix, 1)]) {
    for (const { shape, forward, backward } of await ratesOf(await onMatrices(tile, gpu))) {
      rows.push(rowOf(shape, tileName(tile), [forward, backward]));
    }
  }
}
const order = (row: readonly string[]) => shapes.findIndex((shape) => shape.join(" x ") === row[0]);
console.log(table(rows.toSorted((a, b) => order(a) - order(b))));
Deno.exit(0); // Dawn's instance keeps the process
