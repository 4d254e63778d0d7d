/**
 * Our matrix products on a GPU beside PyTorch's on CUDA, in float32, by the devices' own clocks:
 *
 *     deno run -A bench/peers/gpu_products.ts [PYTHON]
 *
 * Ours are the tuned kernels ("measured once" as every command does). PyTorch's are those of
 * products.py, in the same minute; TensorFloat-32 rounds inputs to 10 bits and is told apart.
 */

import { tileName } from "../../internal.ts";
import { tileOf } from "../../src/compute/gpu/tile.ts";
import { launchTime } from "../../src/compute/gpu/tuning.ts";
import { openTunedGpu } from "../tuned_gpu.ts";

const { ops, tuning, software } = await openTunedGpu({ profile: true });

const { success, stdout, stderr } = new Deno.Command(Deno.args[0] ?? "python3", {
  args: [new URL("products.py", import.meta.url).pathname, "cuda"],
}).outputSync();
if (!success) throw new Error(new TextDecoder().decode(stderr));
const [peer, ...lines] = new TextDecoder().decode(stdout).trim().split("\n");
console.log(`${ops.adapter}; ${peer}; TFLOP/s\n`);
const measured = lines.map((line) => {
  const [, tf32, m, k, n, forward, backward] =
    /^(TensorFloat-32, )?(\d+) x (\d+) x (\d+): forward ([\d.]+), backward ([\d.]+)/.exec(line)!;
  return { tf32: tf32 !== undefined, shape: [m, k, n].map(Number), rates: [forward, backward] };
});

// Made once: between products the GPU shall not become idle, or its clock would slow down.
const random = Float32Array.from({ length: 2 ** 26 }, () => Math.random() - 0.5);
const numbers = (count: number) => random.subarray(0, count);

const head = ["M x K x N", "product", "kernel", "ours", "PyTorch", "ratio", "TensorFloat-32"];
console.log(`| ${head.join(" | ")} |\n|${" --- |".repeat(head.length)}`);
for (const { shape, rates } of measured.filter(({ tf32 }) => !tf32)) {
  const [m, k, n] = shape;
  const layer = { weight: ops.floats(n, k, numbers(n * k)), bias: ops.zeros(1, n) };
  const [x, dy] = [ops.floats(m, k, numbers(m * k)), ops.floats(m, n, numbers(m * n))];
  const [out, dx] = [ops.empty(m, n), ops.empty(m, k)];
  const other = measured.find((line) => line.tf32 && line.shape.join() === shape.join());
  const products = [
    { name: "linear", width: n, work: () => ops.linear(out, x, layer) },
    { name: "linearBackward", width: k, work: () => ops.linearBackward(dx, dy, layer) },
  ] as const;
  for (const [i, { name, width, work }] of products.entries()) {
    const ours = 2e-12 * m * k * n / await launchTime(ops, work);
    const theirs = Number(rates[i]) / 1000;
    const tile = tileName(tileOf(tuning, name, { rows: m, width, software }));
    const cells = [shape.join(" x "), name, tile, ours.toFixed(1), theirs.toFixed(1)];
    const tf32 = (Number(other?.rates[i]) / 1000).toFixed(0);
    console.log(`| ${[...cells, (ours / theirs).toFixed(2), tf32].join(" | ")} |`);
  }
  ops.free(x, dy, out, dx, layer.weight, layer.bias);
}
ops.close();
