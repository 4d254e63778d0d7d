/**
 * How near WebAssembly's products come to what a core can do in vectors of 128 bits:
 *
 *     deno run -A bench/peak.ts
 *
 * One thread; by turns in one run, so that only ratios count where others use the machine. `registers`
 * are fused products of twelve independent sums without a load: the most that the core gives at the time.
 * The products are those of bench/kernels_bench.ts, forward and backward, in float32 and with weights in
 * float16. Medians of `--rounds` (12), in GFLOP a second, and shares of `registers`.
 */

import { parseArgs } from "node:util";
import asc from "npm:assemblyscript@0.28.20/asc";
import { simdOps } from "../src/compute/simd/simd_ops.ts";
import { median } from "../src/ir/median.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: { rounds: { type: "string", default: "12" } },
});

const SUMS = 12;
const STEPS = 8;
const REPEATS = 2_000_000;

/** Runs the fused products in registers; returns GFLOP a second. */
async function registers(): Promise<() => number> {
  const sums = Array.from({ length: SUMS }, (_, i) => i);
  const source = [
    "export function run(repeats: i32): f32 {",
    "let x = f32x4.splat(0.5), y = f32x4.splat(0.25);",
    ...sums.map((i) => `let s${i} = f32x4.splat(${i});`),
    "for (; repeats > 0; repeats--) {",
    ...Array.from(
      { length: STEPS },
      () => sums.map((i) => `s${i} = f32x4.relaxed_madd(x, y, s${i});`),
    )
      .flat(),
    "}",
    ...sums.slice(1).map((i) => `s0 = f32x4.add(s0, s${i});`),
    "return f32x4.extract_lane(s0, 0);",
    "}",
  ].join("\n");
  let bytes = new Uint8Array();
  const args = "peak.ts --outFile peak.wasm --runtime stub --enable simd --enable relaxed-simd -O1";
  const { error } = await asc.main(args.split(" "), {
    readFile: (name) => name === "peak.ts" ? source : null,
    writeFile: (_, contents) => {
      if (typeof contents !== "string") bytes = Uint8Array.from(contents);
    },
    listFiles: () => [],
  });
  if (error) throw error;
  const { instance } = await WebAssembly.instantiate(bytes);
  const run = instance.exports.run as (repeats: number) => number;
  return () => {
    const start = performance.now();
    run(REPEATS);
    return 1e-6 * 2 * 4 * SUMS * STEPS * REPEATS / (performance.now() - start);
  };
}

/** M, K, N. */
const shapes = [[1280, 384, 1536], [1000, 768, 3072], [1280, 1024, 4096], [1280, 4096, 1024]];
const peak = await registers();
const backends = [
  { weights: "float32", ops: await simdOps({ threads: 1 }) },
  { weights: "float16", ops: await simdOps({ threads: 1, precision: "f16" }) },
];
const peaks: number[] = [];
const found = new Map<string, number[]>();
const note = (name: string, rate: number) => {
  if (!found.has(name)) found.set(name, []);
  found.get(name)!.push(rate);
};

for (const [m, k, n] of shapes) {
  const noise = (count: number) =>
    Float32Array.from({ length: count }, () => 0.05 * (Math.random() - 0.5));
  const runs = backends.flatMap(({ weights, ops }) => {
    const layer = { weight: ops.weights(n, k, noise(n * k)), bias: ops.floats(1, n, noise(n)) };
    const [x, out, dx] = [ops.floats(m, k, noise(m * k)), ops.zeros(m, n), ops.zeros(m, k)];
    const directions = {
      forward: () => ops.linear(out, x, layer),
      backward: () => ops.linearBackward(dx, out, layer),
    };
    return Object.entries(directions).map(([direction, work]) => {
      const name = `${k} x ${n} ${direction}, ${weights} weights`;
      return async () => {
        const start = performance.now();
        work();
        await ops.read(layer.bias);
        note(name, 2e-6 * m * k * n / (performance.now() - start));
      };
    });
  });
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const run of runs) {
      peaks.push(peak());
      await run();
    }
  }
}
for (const { ops } of backends) ops.close();
const most = median(peaks);
console.log(`registers\t${most.toFixed(1)}`);
for (const [name, rates] of found) {
  console.log(`${name}\t${median(rates).toFixed(1)}\t${(median(rates) / most).toFixed(2)}`);
}
