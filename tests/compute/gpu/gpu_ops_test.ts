/** The WebGPU operations: kernels, tiles, order, memory, ends. */

import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { cpuOps } from "../../../src/compute/cpu/cpu_ops.ts";
import { openDevice } from "../../../src/compute/gpu/device.ts";
import { gpuOps, type GpuOptions } from "../../../src/compute/gpu/gpu_ops.ts";
import { candidates, type Tile, tileName, tileSize } from "../../../src/compute/gpu/tile.ts";
import { activations, type Ops } from "../../../src/compute/ops.ts";
import { drawing } from "../../../src/compute/self_check/check_case.ts";
import { relativeError, selfCheck } from "../../../src/compute/self_check.ts";
import { hasGpu, openGpu } from "../../backends.ts";
import { everyActivation, gelu } from "../gelu.ts";

/** A test of the GPU backend, which it opens and closes; skipped where there is no adapter. */
function gpuTest(name: string, test: (ops: Ops) => Promise<void>, options: GpuOptions = {}) {
  Deno.test({
    name,
    ignore: !hasGpu,
    async fn() {
      const ops = await openGpu(options);
      try {
        await test(ops);
      } finally {
        ops.close();
      }
    },
  });
}

async function assertAgrees(ops: Ops, operations?: readonly string[]): Promise<void> {
  const checks = await selfCheck(ops, cpuOps(), { operations });
  assert(checks.length > 0);
  for (const { operation, shape, error, bound } of checks) {
    assert(error <= bound, `${operation} ${shape}: ${error} exceeds ${bound}`);
  }
}

gpuTest("gpuOps() agrees with the float64 twins in every operation", (ops) => assertAgrees(ops));

/** The self-check's bound for the least exact operation. */
const FLOAT32 = 1e-5;

/** Rows, inputs, outputs: loads of four and of one, more than one tile of every candidate. */
const shapes = [[150, 72, 132], [135, 37, 67]] as const;

/** Products with all that can follow them where `k` is a multiple of four, else alone. */
async function products(ops: Ops): Promise<(Float32Array | Float64Array)[]> {
  const { normal, below } = drawing(5);
  const made = shapes.flatMap(([m, k, n]) => {
    const floats = (rows: number, width: number) => ops.floats(rows, width, normal(rows * width));
    const [x, dy, plus, before] = [floats(m, k), floats(m, n), floats(m, k), floats(m, k)];
    const layer = { weight: floats(n, k), bias: floats(1, n) };
    const [out, activated, dx] = [ops.empty(m, n), ops.empty(m, n), ops.empty(m, k)];
    const keep = ops.floats(2, n, Float32Array.from(below(2 * n, 2)));
    const mask = { keep, maskOf: ops.indices(m, 1, below(m, 2)) };
    const all = k % 4 === 0;
    ops.linear(out, x, layer, all ? { mask, activated } : {});
    ops.linearBackward(dx, dy, layer, all ? { plus, preactivation: before } : {});
    return all ? [out, activated, dx] : [out, dx];
  });
  return await Promise.all(made.map((tensor) => ops.read(tensor)));
}

let firstBits: (Float32Array | Float64Array)[] | undefined;
for (const tile of [...candidates.software, ...candidates.gpu]) {
  gpuTest(
    `gpuOps() multiplies as the float64 twins do, to the bits of every other tile: ${
      tileName(tile)
    }`,
    async (ops) => {
      const [found, expected] = [await products(ops), await products(cpuOps())];
      found.forEach((values, i) => assertLess(relativeError(values, expected[i]), FLOAT32));
      assertEquals(found, firstBits ??= found);
      assertEquals(ops.kernels?.["matrix product"], tileName(tile));
    },
    { tile },
  );
}

for (const tile of [candidates.software[0], candidates.gpu[0]]) {
  gpuTest(
    `gpuOps() multiplies float16 weights as the float64 twins do: ${tileName(tile)}`,
    async (ops) => {
      await assertAgrees(ops, ["weights", "linear", "linearBackward"]); // halves hold its weights
      assertMatch(ops.adapter, /, float16 weights$/);
      assertEquals(ops.limits.weightBytes, 2);
    },
    { tile, precision: "f16" },
  );
}

gpuTest(
  "gpuOps() rounds weights to the nearest float16, and refuses what is beyond",
  async (ops) => {
    const tiny = 2 ** -25; // half of the smallest: a tie, to even
    const rounded = await ops.read(ops.weights(1, 3, Float32Array.of(1 + 2 ** -12, 65504, tiny)));
    assertEquals(rounded, Float32Array.of(1, 65504, 0));
    const rows = 2 * ops.limits.rowAlignment;
    const lines = ops.weights(rows, 2, Float32Array.from({ length: 2 * rows }, (_, i) => i));
    assertEquals(await ops.read(ops.slice(lines, rows / 2, 1)), Float32Array.of(rows, rows + 1));
    assertThrows(
      () => ops.weights(1, 2, Float32Array.of(1, 7e4)),
      RangeError,
      "Cannot keep weights as float16: expected numbers up to 65504, got 70000",
    );
  },
  { precision: "f16" },
);

gpuTest("gpuOps() computes the same bits every time", async (ops) => {
  for (const { operation, shape, error } of await selfCheck(ops, ops)) {
    assertEquals(error, 0, `${operation} ${shape}`);
  }
});

gpuTest(
  "gpuOps() keeps what was written to a slice when all of its tensor is read",
  async (ops) => {
    const rows = 2 * ops.limits.rowAlignment;
    const [table, ones] = [ops.empty(rows, 64), ops.floats(1, 64, new Float32Array(64).fill(1))];
    ops.tanh(ops.slice(table, rows / 2, 1), ones);
    const taken = ops.empty(1, 64);
    ops.takeRows(taken, table, ops.indices(1, 1, Uint32Array.of(rows / 2)));
    const [value] = await ops.read(taken);
    assertLess(Math.abs(value - Math.tanh(1)), 1e-6);
  },
);

Deno.test({
  name: "gpuOps() agrees with the float64 twins where a device lets few bindings move",
  ignore: !hasGpu,
  async fn() {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter!.requestDevice({
      requiredLimits: { maxStorageBuffersPerShaderStage: 10 },
    });
    assertLess(device.limits.maxDynamicStorageBuffersPerPipelineLayout, 10);
    const all = await openDevice(navigator.gpu);
    all.device.destroy();
    const ops = gpuOps({ ...all, device });
    try {
      await assertAgrees(ops, ["slice", "linear", "addNorm", "attentionBackward", "conductance"]);
    } finally {
      ops.close();
    }
  },
});

/** More workgroups than WebGPU launches along one dimension. */
const BEYOND = 65_535 + 300;

gpuTest("gpuOps() reaches every row beyond 65,535 workgroups", async (ops) => {
  const [rows, width] = [BEYOND, 3];
  const data = Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i));
  const squares = data.map((value) => value * value);
  const twice = Float32Array.from({ length: 2 * rows * width }, (_, i) => Math.sin(i));
  const dout = twice.subarray(0, rows);
  const lines = (columns: number, at: (row: number) => readonly number[]) =>
    Uint32Array.from(
      { length: rows * columns },
      (_, i) => at(Math.floor(i / columns))[i % columns],
    );
  const backwards = lines(1, (r) => [rows - 1 - r]);
  const outputs = (ops: Ops) => {
    const fresh = () => ops.floats(rows, width, data);
    const [x, y] = [fresh(), ops.floats(rows, width, squares)];
    const order = ops.indices(rows, 1, backwards);
    const vector = (value: number) => ops.floats(1, width, new Float32Array(width).fill(value));
    const norm = { gain: vector(0.7), bias: vector(-0.2), epsilon: 1e-3 };
    const keep = ops.floats(2, width, Float32Array.of(1, 0, 1, 0, 0, 1));
    const out = Object.fromEntries(
      [
        ...["addNorm", "addNormBackward", "takeRows", "addRows", "mask", "conductance", "sumRows"],
        ...["norm", "normBackward", "rotate", "meanRows", "meanRowsBackward"],
      ].map((name) => [name, name === "rotate" ? ops.zeros(rows, 2) : fresh()]),
    );
    const sumColumns = ops.zeros(rows, 1);
    ops.addNorm(out.addNorm, x, y, norm);
    ops.addNormBackward(out.addNormBackward, y, x, y, norm);
    ops.takeRows(out.takeRows, x, order);
    ops.addRows(out.addRows, y, order);
    ops.mask(out.mask, { keep, maskOf: ops.indices(rows, 1, backwards.map((r) => r & 1)) });
    const items = ops.indices(rows, 3, lines(3, (r) => [r, rows - 1 - r, 1]));
    ops.conductance(out.conductance, x, y, items, { left: 0.5, right: 0.5 });
    const groups = ops.indices(rows, 2, lines(2, (r) => [r, Math.min(2, rows - r)]));
    ops.sumRows(out.sumRows, x, groups, { accumulate: true, at: 0 });
    ops.sumColumns(sumColumns, x, { at: 0 });
    ops.norm(out.norm, x, norm);
    ops.normBackward(out.normBackward, y, x, norm, { plus: out.normBackward });
    const positions = ops.indices(rows, 1, backwards);
    const angles = ops.floats(rows, 2, data.subarray(0, 2 * rows));
    ops.rotate(out.rotate, angles, { angles, positions });
    ops.meanRows(out.meanRows, x, groups);
    ops.meanRowsBackward(
      out.meanRowsBackward,
      y,
      groups,
      ops.indices(rows, 1, lines(1, (r) => [r])),
    );
    const similarity = ops.zeros(rows, 1);
    const similarityBackward = ops.zeros(2 * rows, width);
    const pairs = ops.floats(2 * rows, width, twice);
    ops.similarity(similarity, pairs, "cosine");
    ops.similarityBackward(similarityBackward, ops.floats(rows, 1, dout), pairs, "cosine");
    const [maxSim, best, maxSimBackward] = [rows, 2 * rows, 2 * rows].map((count, i) =>
      ops.zeros(count, i === 2 ? width : 1)
    );
    const tables = {
      pairs: ops.indices(rows, 4, lines(4, (r) => [2 * r, 1, 2 * r + 1, 1])),
      textOf: ops.indices(2 * rows, 1, Uint32Array.from({ length: 2 * rows }, (_, i) => i)),
    };
    const all = ops.indices(2 * rows, 1, new Uint32Array(2 * rows).fill(1));
    ops.maxSim(maxSim, best, pairs, tables.pairs, all);
    ops.maxSimBackward(maxSimBackward, ops.floats(rows, 1, dout), pairs, best, tables);
    const [weights, from] = [0, 0].map(() => ops.zeros(rows, width));
    const slopes = ops.zeros(rows, width);
    const single = {
      groups: ops.indices(rows, 2, lines(2, (r) => [rows - 1 - r, 1])),
      rowOf: ops.indices(rows, 1, backwards),
    };
    ops.termWeights(weights, from, x, single.groups);
    ops.termWeightsBackward(slopes, y, weights, from, single);
    const terms = { weights, slopes };
    return { ...out, sumColumns, similarity, similarityBackward, maxSim, maxSimBackward, ...terms };
  };
  const oracle = cpuOps();
  const expected = Object.values(outputs(oracle));
  for (const [i, [name, tensor]] of Object.entries(outputs(ops)).entries()) {
    const error = relativeError(await ops.read(tensor), await oracle.read(expected[i]));
    assertLess(error, FLOAT32, name);
  }
});

const tallest: Tile = { family: "lanes", rows: 1, columns: 4 }; // the most workgroups for a number of rows

gpuTest("gpuOps() multiplies more rows than 65,535 workgroups hold", async (ops) => {
  const rows = BEYOND * tileSize(tallest).rows;
  const data = Float32Array.from({ length: rows }, (_, i) => i % 1000);
  const linear = { weight: ops.floats(1, 1, Float32Array.of(3)), bias: ops.zeros(1, 1) };
  const out = ops.empty(rows, 1);
  ops.linear(out, ops.floats(rows, 1, data), linear);
  const found = await ops.read(out);
  assert(found.every((value, i) => value === 3 * data[i])); // integers
}, { tile: tallest });

gpuTest("gpuOps() keeps numbers of any size finite that are finite in float64", async (ops) => {
  const x = Float32Array.of(0, 1e5, -1e5, 40, -40, 3e38, -3e38);
  const run = (ops: Ops) => {
    const tanh = ops.empty(1, 7);
    ops.tanh(tanh, ops.floats(1, 7, x));
    const { activated, slope } = gelu(ops, x);
    return Promise.all([activated, tanh, slope, ...everyActivation(ops, x)].map(ops.read));
  };
  const expected = await run(cpuOps());
  (await run(ops)).forEach((values, i) => assertLess(relativeError(values, expected[i]), 1e-6));
});

gpuTest("gpuOps() passes on numbers that are not numbers", async (ops) => {
  const x = ops.floats(1, 5, Float32Array.of(1, NaN, 2, 3, NaN));
  const tanh = ops.empty(1, 5);
  ops.tanh(tanh, x);
  const some = Float32Array.of(1, NaN, 2, 3, NaN);
  const outs = new Map([["tanh", tanh], ["gelu after a product", gelu(ops, some).activated]]);
  const values = everyActivation(ops, some).filter((_, i) => i % 2 === 0);
  activations.forEach((name, i) => outs.set(name, values[i]));
  for (const [name, out] of outs) {
    const found = Array.from(await ops.read(out), Number.isNaN);
    assertEquals(found, [false, true, false, false, true], name);
  }
});

gpuTest("read() returns the numbers of index tensors too", async (ops) => {
  const x = ops.indices(2, 2, Uint32Array.of(7, 0, 4294967295, 1));
  assertEquals(await ops.read(x), Float64Array.of(7, 0, 4294967295, 1));
});

gpuTest("read() returns what was recorded before it, not after it", async (ops) => {
  const x = ops.floats(1, 3, Float32Array.of(1, 2, 3));
  const first = ops.read(x);
  ops.addRows(x, ops.floats(1, 3, Float32Array.of(1, 2, 3)), ops.indices(1, 1, Uint32Array.of(0)));
  assertEquals(await Promise.all([first, ops.read(x)]), [
    Float32Array.of(1, 2, 3),
    Float32Array.of(2, 4, 6),
  ]);
});

gpuTest("free() of a slice, or of a tensor a second time, frees nothing", async (ops) => {
  const size = ops.limits.rowAlignment;
  const filled = (value: number) => ops.floats(2 * size, 3, new Float32Array(6 * size).fill(value));
  const x = filled(1);
  const part = ops.slice(x, size, size);
  ops.free(part);
  const y = filled(2);
  assertEquals((await ops.read(part))[0], 1);
  ops.free(y);
  const [first, second] = [7, 8].map((value) => {
    ops.free(y);
    return filled(value);
  });
  assertEquals([(await ops.read(first))[0], (await ops.read(second))[0]], [7, 8]);
});

gpuTest("slice() must begin where the device can bind a buffer", (ops) => {
  const x = ops.zeros(200, 3);
  const { rowAlignment } = ops.limits;
  assertEquals(rowAlignment * 4 % 256, 0); // WebGPU's largest alignment, at any width
  assertEquals(ops.slice(x, rowAlignment, 5).rows, 5);
  assertThrows(
    () => ops.slice(x, 1, 5),
    RangeError,
    "Cannot slice 5 rows from 1: 200 rows, alignment 64",
  );
  return Promise.resolve();
});

gpuTest(
  "gpuOps() refuses an output that is also an input, and says so when it is read",
  async (ops) => {
    const x = ops.zeros(3, 3);
    ops.tanh(x, x);
    await assertRejects(() => ops.read(x), Error, "Cannot go on with ");
  },
);

/** A GPU backend, and how many bytes of tensors its device has allocated. */
async function openCounting(): Promise<{ readonly ops: Ops; readonly bytes: () => number }> {
  const opened = await openDevice(navigator.gpu);
  const { device } = opened;
  let bytes = 0;
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    if (descriptor.usage & GPUBufferUsage.STORAGE) bytes += descriptor.size;
    return create(descriptor);
  };
  return { ops: gpuOps(opened), bytes: () => bytes };
}

Deno.test({
  name: "gpuOps() allocates nothing more over 500 repetitions of a batch",
  ignore: !hasGpu,
  async fn() {
    const { ops, bytes } = await openCounting();
    const linear = { weight: ops.zeros(24, 24), bias: ops.zeros(1, 24) };
    const batch = async (rows: number) => {
      let x = ops.floats(rows, 24, new Float32Array(rows * 24).fill(1));
      for (let l = 0; l < 3; l++) {
        const [y, z] = [ops.empty(rows, 24), ops.zeros(rows, 24)];
        ops.linear(y, x, linear);
        ops.addNorm(z, y, x, { gain: linear.bias, bias: linear.bias, epsilon: 1e-12 });
        ops.free(x, y);
        x = z;
      }
      const sums = ops.zeros(rows, 1);
      ops.sumColumns(sums, x, { at: 0 });
      if (rows % 50 === 0) await ops.read(sums);
      ops.free(x, sums);
    };
    const few = [50, 51, 64, 100];
    for (const rows of few) await batch(rows);
    const settled = bytes();
    assert(settled > 0);
    for (let i = 0; i < 500; i++) await batch(few[i % few.length]);
    await ops.read(linear.bias);
    ops.close();
    assertEquals(bytes(), settled);
  },
});

Deno.test({
  name: "gpuOps() gives back what operations take for themselves",
  ignore: !hasGpu,
  async fn() {
    const { ops, bytes } = await openCounting();
    const run = async (operations: readonly string[]) => {
      await selfCheck(ops, ops, { operations });
      return bytes();
    };
    const settled = await run(["embed", "attentionBackward"]);
    assertEquals(await run(["embed", "attentionBackward"]), settled);
    ops.close();
  },
});

Deno.test({
  name: "read() after close(), or of a tensor made after it, fails with a sentence",
  ignore: !hasGpu,
  async fn() {
    const ops = await openGpu();
    const x = ops.zeros(2, 2);
    ops.close();
    const sentence = "Cannot compute: the operations were closed";
    await assertRejects(() => ops.read(x), Error, sentence);
    const y = ops.empty(2, 2);
    ops.tanh(y, x);
    await assertRejects(() => ops.read(y), Error, sentence);
    ops.close();
  },
});

Deno.test("openDevice() says where there is no adapter what may be missing", async () => {
  const nothing = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  await assertRejects(
    () => openDevice(nothing),
    Error,
    "Cannot open a GPU: no WebGPU adapter was found (is a Vulkan driver installed?)",
  );
});

gpuTest("gpuOps() names its adapter and takes its memory bound", (ops) => {
  assertEquals([ops.kind, ops.limits.floatBytes, ops.limits.memoryBytes], ["gpu", 4, 12345]);
  assert(ops.adapter.length > 0);
  assert(ops.features!.every((feature, i, all) => i === 0 || all[i - 1] < feature));
  return Promise.resolve();
}, { memoryBytes: 12345 });
