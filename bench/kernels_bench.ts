/**
 * Every operation, alone and as one layer forward and backward: `deno bench -A bench/kernels_bench.ts`,
 * on the backend that DEVICE names (simd unless given; gpu, cpu), with THREADS=1 for one core. Products
 * are named with their GFLOP, the others with the GB that they read and write, so that the time an
 * iteration gives the rate. A table of rates, each with its share of the best of its kind, goes to
 * stderr at the end. `deno task bench` compares with a baseline; for bench/peers run them in the same
 * minutes: ratios, not seconds.
 */

import { cpuOps } from "../src/compute/cpu/cpu_ops.ts";
import { openDevice } from "../src/compute/gpu/device.ts";
import { gpuOps } from "../src/compute/gpu/gpu_ops.ts";
import type { Ops, Tensor } from "../src/compute/ops.ts";
import { simdOps } from "../src/compute/simd/simd_ops.ts";
import { calibrate } from "./calibration.ts";

/** C, I, heads; rows and tokens of a batch. */
const models = [
  { name: "MiniLM", width: 384, inner: 1536, heads: 12, rows: 10, tokens: 128 },
  { name: "BERT-base", width: 768, inner: 3072, heads: 12, rows: 10, tokens: 100 },
  { name: "BERT-large", width: 1024, inner: 4096, heads: 16, rows: 10, tokens: 128 },
];

const kind = Deno.env.get("DEVICE") ?? "simd";
const threads = Number(Deno.env.get("THREADS") ?? navigator.hardwareConcurrency);
const device = kind === "gpu" ? await openDevice(navigator.gpu) : undefined;
const ops = device ? gpuOps(device) : kind === "cpu" ? cpuOps() : await simdOps({ threads });
// What stands for a GPU or computes in float64 is slow: one sequence of the smallest model is enough.
const slow = kind === "cpu" || device?.software === true;
const fastest = new Map<string, { unit: string; amount: number; milliseconds: number }>();
const one = ops.zeros(1, 1);

/** Runs `work` as a benchmark, by the amount of it. */
function measure(
  name: string,
  group: string,
  amount: number,
  unit: "GFLOP" | "GB",
  work: () => void,
) {
  const key = `${group} ${name}`;
  Deno.bench(
    `${name} (${amount.toPrecision(3)} ${unit})`,
    { group, n: amount > 5 ? 5 : 12, warmup: 2 },
    async (b) => {
      b.start();
      const start = performance.now();
      work();
      await ops.read(one);
      const milliseconds = performance.now() - start;
      b.end();
      const before = fastest.get(key)?.milliseconds ?? Infinity;
      fastest.set(key, { unit, amount, milliseconds: Math.min(before, milliseconds) });
    },
  );
}

for (const model of slow ? models.slice(0, 1) : models) {
  calibrate(model.name);
  layer(ops, slow ? { ...model, rows: 2 } : model);
}

globalThis.addEventListener("unload", () => {
  console.error(`\nbest of each, ${ops.adapter}, and its share of the best of all:`);
  const rate = ({ amount, milliseconds }: { amount: number; milliseconds: number }) =>
    amount / milliseconds * 1000;
  for (const [key, measured] of fastest) {
    const alike = [...fastest.values()].filter(({ unit }) => unit === measured.unit).map(rate);
    const share = rate(measured) / Math.max(...alike);
    console.error(
      `${key.padEnd(36)} ${rate(measured).toFixed(1).padStart(7)} ${
        measured.unit === "GB" ? "GB/s   " : "GFLOP/s"
      } ${share.toFixed(2)}`,
    );
  }
  ops.close();
});

/** The operations of one layer at a model's shapes, one by one and together. */
function layer(ops: Ops, model: typeof models[number]): void {
  const { name: group, width, inner, heads, rows, tokens } = model;
  const count = rows * tokens;
  let seed = 1;
  const floats = (lines: number, columns: number, scale = 1) =>
    ops.floats(
      lines,
      columns,
      Float32Array.from({ length: lines * columns }, () => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return scale * (seed / 2 ** 31 - 1);
      }),
    );
  const linear = (outputs: number, inputs: number) => (
    { weight: floats(outputs, inputs, 0.05), bias: floats(1, outputs) }
  );
  const [wide, deep] = [linear(inner, width), linear(width, inner)];
  const square = linear(width, width);
  const norm = { gain: floats(1, width), bias: floats(1, width), epsilon: 1e-12 };
  const [x, y, z, dx, dy, dz] = Array.from({ length: 6 }, () => floats(count, width));
  const [u, v, w, du, dv] = Array.from({ length: 5 }, () => floats(count, inner));
  const lse = floats(count, heads);
  const lines = Array.from({ length: rows }, (_, r) => [r * tokens, tokens, r * tokens, tokens]);
  const table = ops.indices(rows, 4, Uint32Array.from(lines.flat()));
  const rowOf = ops.indices(
    count,
    1,
    Uint32Array.from({ length: count }, (_, m) => Math.floor(m / tokens)),
  );
  const attended = {
    query: x,
    key: y,
    value: z,
    rows: table,
    rowOfQuery: rowOf,
    rowOfKey: rowOf,
    heads,
    longest: { queries: tokens, keys: tokens },
  };
  const intervals = lines.slice(1).map(([first]) => [first - tokens, first, tokens]);
  const items = ops.indices(rows - 1, 3, Uint32Array.from(intervals.flat()));
  const sums = [floats(rows - 1, width), floats(rows - 1, inner)];
  const conductance = (out: Tensor, y: Tensor, g: Tensor) =>
    ops.conductance(out, y, g, items, { left: 0.5, right: 0.5 });

  const product = (outputs: number, inputs: number) => 2e-9 * count * outputs * inputs;
  const traffic = (matrices: number, columns: number) => 4e-9 * matrices * count * columns;
  const pairs = 1e-9 * count * tokens * width; // a product over all pairs of tokens, half its FLOP

  const forward = {
    linear: () => ops.linear(dx, x, square),
    up: () => ops.linear(u, x, wide),
    down: () => ops.linear(dx, v, deep),
    attention: () => ops.attention(dx, lse, attended),
    upAndGelu: () => ops.linear(u, x, wide, { activated: v }),
    addNorm: () => ops.addNorm(dx, x, y, norm),
  };
  const backward = {
    linear: () => ops.linearBackward(dx, dy, square, { plus: dx }),
    up: () => ops.linearBackward(dx, du, wide, { plus: dy }),
    down: () => ops.linearBackward(dv, dy, deep),
    downAndGelu: () => ops.linearBackward(dv, dy, deep, { preactivation: u }),
    attention: () => ops.attentionBackward({ query: dx, key: dy, value: dz }, x, z, lse, attended),
    addNorm: () => ops.addNormBackward(dx, dy, x, y, norm),
  };
  measure("linear C x C", group, product(width, width), "GFLOP", forward.linear);
  measure("linear I x C", group, product(inner, width), "GFLOP", forward.up);
  measure("linear I x C, gelu", group, product(inner, width), "GFLOP", forward.upAndGelu);
  measure("linear C x I", group, product(width, inner), "GFLOP", forward.down);
  measure("linearBackward C x C", group, product(width, width), "GFLOP", backward.linear);
  measure("linearBackward I x C", group, product(inner, width), "GFLOP", backward.up);
  measure("linearBackward C x I", group, product(width, inner), "GFLOP", backward.down);
  measure(
    "linearBackward C x I, gelu",
    group,
    product(width, inner),
    "GFLOP",
    backward.downAndGelu,
  );
  measure("attention", group, 4 * pairs, "GFLOP", forward.attention);
  measure("attentionBackward", group, 10 * pairs, "GFLOP", backward.attention);
  measure("addNorm", group, traffic(3, width), "GB", forward.addNorm);
  measure("addNormBackward", group, traffic(4, width), "GB", backward.addNorm);
  measure("conductance", group, traffic(2, inner), "GB", () => conductance(sums[1], u, du));

  // What other families of models compute in their place.
  const depth = width / heads;
  const rms = { gain: floats(1, width), epsilon: 1e-6, kind: "rms" } as const;
  const headwise = { gain: floats(1, depth), epsilon: 1e-6, kind: "rms" } as const;
  const gated = { name: "silu", gate: v } as const;
  const turns = { angles: floats(tokens, depth), positions: places(ops, rows, tokens) };
  const few = Array.from({ length: 4 }, () => floats(count, width / 4));
  const grouped = { ...attended, key: few[0], value: few[1], keyHeads: heads / 4, causal: true };
  const local = { ...attended, window: 16 };
  const biased = { ...attended, bias: floats(2 * tokens - 1, heads), scale: 1 };
  const tables = [floats(2 * tokens, width), floats(2 * tokens, width)];
  const bucketOf = Uint32Array.from({ length: 2 * tokens - 1 }, (_, line) => line);
  const relative = {
    ...attended,
    relative: {
      key: tables[0],
      query: tables[1],
      bucketOf: ops.indices(2 * tokens - 1, 1, bucketOf),
    },
  };
  measure("add", group, traffic(3, width), "GB", () => ops.add(dx, x, y));
  measure("norm, rms", group, traffic(2, width), "GB", () => ops.norm(dx, x, rms));
  measure("norm, rms, a head", group, traffic(2, width), "GB", () => ops.norm(dx, x, headwise));
  measure(
    "normBackward, rms",
    group,
    traffic(3, width),
    "GB",
    () => ops.normBackward(dx, dy, x, rms),
  );
  measure("rotate", group, traffic(2, width), "GB", () => ops.rotate(dx, x, turns));
  measure("activate, gated", group, traffic(3, inner), "GB", () => ops.activate(dv, u, gated));
  measure(
    "activateBackward, gated",
    group,
    traffic(5, inner),
    "GB",
    () => ops.activateBackward(dv, du, u, { ...gated, dgate: w }),
  );
  const seen = { grouped: 0.5 * pairs, local: 33 / tokens * pairs, biased: pairs, relative: pairs };
  for (const [name, given] of Object.entries({ grouped, local, biased, relative })) {
    const amount = seen[name as keyof typeof seen];
    const gradient = name === "grouped"
      ? { query: dx, key: few[2], value: few[3] }
      : { query: dx, key: dy, value: dz };
    measure(`attention, ${name}`, group, 4 * amount, "GFLOP", () => {
      ops.attention(dx, lse, given);
    });
    measure(`attentionBackward, ${name}`, group, 10 * amount, "GFLOP", () => {
      ops.attentionBackward(gradient, x, z, lse, given);
    });
  }

  const products = 2 * (4 * product(width, width) + 2 * product(inner, width)) + 14 * pairs;
  measure("a layer there and back", group, products, "GFLOP", () => {
    for (let i = 0; i < 4; i++) forward.linear();
    forward.attention();
    forward.addNorm();
    forward.upAndGelu();
    forward.down();
    forward.addNorm();
    backward.addNorm();
    backward.downAndGelu();
    backward.up();
    backward.addNorm();
    backward.attention();
    for (let i = 0; i < 4; i++) backward.linear();
    for (let i = 0; i < 5; i++) conductance(sums[0], x, dx);
    conductance(sums[1], u, du);
  });
  measure("its products alone", group, products - 14 * pairs, "GFLOP", () => {
    for (let i = 0; i < 4; i++) forward.linear(), backward.linear();
    forward.up();
    forward.down();
    backward.up();
    backward.down();
  });
}

/** The place of each token in its row. */
function places(ops: Ops, rows: number, tokens: number): Tensor {
  const count = rows * tokens;
  return ops.indices(count, 1, Uint32Array.from({ length: count }, (_, m) => m % tokens));
}
