/** The SIMD operations against the float64 twins, at one and two threads, relaxed and plain. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { cpuOps } from "../../../src/compute/cpu/cpu_ops.ts";
import { normalCdf } from "../../../src/compute/cpu/normal.ts";
import type { Ops } from "../../../src/compute/ops.ts";
import { relativeError, selfCheck } from "../../../src/compute/self_check.ts";
import { simdOps, type SimdOptions } from "../../../src/compute/simd/simd_ops.ts";
import { everyActivation, gelu } from "../gelu.ts";

const threads = 2;

async function withOps<T>(options: SimdOptions, use: (ops: Ops) => Promise<T>): Promise<T> {
  const ops = await simdOps(options);
  try {
    return await use(ops);
  } finally {
    ops.close();
  }
}

for (const instructions of ["relaxed", "plain"] as const) {
  Deno.test(`simdOps() agrees with the float64 twins: ${instructions} SIMD`, async () => {
    await withOps({ threads, instructions }, async (ops) => {
      // Summed in lanes and blocks, all but the longest products stay within 6e-7: ten roundings.
      const lanes = 1e-6;
      for (const { operation, shape, error, bound } of await selfCheck(ops, cpuOps())) {
        const limit = Math.min(bound, lanes);
        assert(error <= limit, `${operation} ${shape}: ${error} exceeds ${limit}`);
      }
    });
  });
}

for (const instructions of ["relaxed", "plain"] as const) {
  Deno.test(`simdOps() multiplies by float16 weights to the bits of their numbers as float32: ${instructions} SIMD`, async () => {
    // Whole panels and edges, blocks of k; weights from the largest to such as are denormal in float16.
    const few = Array.from({ length: 21 }, (_, i) => [i + 1, 9 + i % 5, 7 + i % 9]);
    for (const [m, k, n] of [[13, 530, 37], [1, 6, 2], [25, 64, 128], ...few]) {
      const x = Float32Array.from({ length: m * k }, (_, i) => Math.sin(i));
      const dy = Float32Array.from({ length: m * n }, (_, i) => Math.cos(i));
      const w = new Float16Array(n * k).map((_, i) => Math.cos(3 * i) * 10 ** (4 - i % 12));
      const outputs = (precision: "f32" | "f16") =>
        withOps({ threads, instructions, precision }, async (ops) => {
          const weight = ops.weights(n, k, Float32Array.from(w));
          const linear = { weight, bias: ops.floats(1, n, new Float32Array(n).fill(0.5)) };
          const [out, dx] = [ops.empty(m, n), ops.empty(m, k)];
          ops.linear(out, ops.floats(m, k, x), linear);
          ops.linearBackward(dx, ops.floats(m, n, dy), linear);
          return [await ops.read(out), await ops.read(dx)];
        });
      assertEquals(await outputs("f16"), await outputs("f32"));
    }
  });
}

Deno.test("simdOps() rounds weights to the nearest float16, and refuses what is beyond", async () => {
  await withOps({ threads: 1, precision: "f16" }, async (ops) => {
    const tiny = 2 ** -25; // half of the smallest: a tie, to even
    const rounded = await ops.read(ops.weights(1, 3, Float32Array.of(1 + 2 ** -12, 65504, tiny)));
    assertEquals(rounded, Float32Array.of(1, 65504, 0));
    const lines = ops.weights(3, 3, Float32Array.from({ length: 9 }, (_, i) => i));
    assertEquals(await ops.read(ops.slice(lines, 1, 1)), Float32Array.of(3, 4, 5));
    assertThrows(
      () => ops.weights(1, 2, Float32Array.of(1, 7e4)),
      RangeError,
      "Cannot keep weights as float16: expected numbers up to 65504, got 70000",
    );
    assertEquals(ops.limits.weightBytes, 2);
  });
});

Deno.test("simdOps() computes the same bits whatever the number of threads, and every time", async () => {
  const outputs = (options: SimdOptions) =>
    withOps(options, async (ops) => {
      const numbers: number[] = [];
      const read: Ops["read"] = async (x) => {
        const values = await ops.read(x);
        numbers.push(...values);
        return values;
      };
      await selfCheck({ ...ops, read }, cpuOps());
      return new Uint32Array(Float32Array.from(numbers).buffer);
    });
  const one = await outputs({ threads: 1 });
  assertEquals(await outputs({ threads: 2 }), one);
  assertEquals(await outputs({ threads: 3 }), one);
  assertEquals(await outputs({ threads: 2 }), one);
});

Deno.test("simdOps() gives a row's product the same bits in any batch", async () => {
  const [k, n] = [530, 37];
  const x = Float32Array.from({ length: 300 * k }, (_, i) => Math.sin(i));
  const w = Float32Array.from({ length: n * k }, (_, i) => Math.cos(3 * i));
  await withOps({ threads }, async (ops) => {
    const linear = { weight: ops.floats(n, k, w), bias: ops.zeros(1, n) };
    const rows = async (count: number) => {
      const out = ops.empty(count, n);
      ops.linear(out, ops.floats(count, k, x.subarray(0, count * k)), linear);
      return (await ops.read(out)).slice(0, n);
    };
    const alone = await rows(1);
    for (const count of [2, 6, 7, 300]) assertEquals(await rows(count), alone);
  });
});

Deno.test("simdOps() keeps its relative error in products 5000 long, of many column blocks", async () => {
  const [m, k, n] = [7, 5000, 301];
  const x = Float32Array.from({ length: m * k }, (_, i) => Math.sin(i));
  const w = Float32Array.from({ length: n * k }, (_, i) => Math.cos(0.7 * i));
  const b = new Float32Array(n).fill(0.5);
  const outputs = async (ops: Ops) => {
    const linear = { weight: ops.floats(n, k, w), bias: ops.floats(1, n, b) };
    const [out, dx] = [ops.empty(m, n), ops.empty(m, k)];
    ops.linear(out, ops.floats(m, k, x), linear);
    ops.linearBackward(dx, out, linear);
    return [await ops.read(out), await ops.read(dx)];
  };
  const expected = await outputs(cpuOps());
  const found = await withOps({ threads }, outputs);
  // Blocks of 512 steps are summed apart: √512 roundings of 6e-8 each, and these sums cancel.
  found.forEach((values, i) => assert(relativeError(values, expected[i]) < 1e-5));
});

Deno.test("linear() keeps the relative error of gelu deep into both tails, at 0 and at infinite distance", async () => {
  const x = Float32Array.from({ length: 2401 }, (_, i) => (i - 1200) / 100);
  const far = Float32Array.of(0, -0, 1e5, -1e5, 40, -40, 3e38);
  await withOps({ threads }, async (ops) => {
    const [out, ends] = [x, far].map((numbers) => gelu(ops, numbers).activated);
    const values = await ops.read(out);
    // The fit is good to 2e-8; a dozen roundings follow.
    x.forEach((value, i) => {
      const expected = value * normalCdf(value);
      const error = Math.abs(values[i] - expected);
      assert(error <= 1e-6 * Math.abs(expected), `gelu(${value}): ${values[i]}, not ${expected}`);
    });
    const limits = await ops.read(ends);
    far.forEach((value, i) => assert(Math.abs(limits[i] - Math.max(0, value)) < 1e-30));
  });
});

Deno.test("activate() and its gradient keep numbers of any size finite in SIMD", async () => {
  const x = Float32Array.of(0, 1e5, -1e5, 40, -40, 3e38, -3e38);
  await withOps({ threads }, async (ops) => {
    const oracle = cpuOps();
    const expected = everyActivation(oracle, x);
    for (const [i, out] of everyActivation(ops, x).entries()) {
      if (i < 2) continue; // gelu, whose tail exp() cuts at 1e-38
      const values = await ops.read(out);
      (await oracle.read(expected[i])).forEach((exact, at) =>
        assert(Math.abs(values[at] - exact) <= 1e-6 * Math.abs(exact) + 1e-15, `${i}, ${x[at]}`)
      );
    }
  });
});

Deno.test("simdOps() passes on numbers that are not numbers", async () => {
  await withOps({ threads }, async (ops) => {
    const x = ops.floats(1, 5, Float32Array.of(1, NaN, 2, 3, NaN));
    const tanh = ops.empty(1, 5);
    ops.tanh(tanh, x);
    const some = Float32Array.of(1, NaN, 2, 3, NaN);
    const { activated, slope } = gelu(ops, some);
    const others = everyActivation(ops, some).filter((_, i) => i % 2 === 0);
    for (const out of [tanh, activated, slope, ...others]) {
      const values = Array.from(await ops.read(out));
      assertEquals(values.map(Number.isNaN), [false, true, false, false, true]);
    }
  });
});

Deno.test("simdOps() names what it runs on and refuses half a thread", async () => {
  await withOps({ threads: 1, instructions: "plain", memoryBytes: 5 }, (ops) => {
    assertEquals(ops.adapter, "WebAssembly SIMD, 1 thread");
    assertEquals(ops.limits.memoryBytes, 5);
    return Promise.resolve();
  });
  for (const threads of [0, 0.5]) {
    await assertRejects(() => simdOps({ threads }), RangeError, "expected a whole number from 1");
  }
});
