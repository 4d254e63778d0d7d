/** The float64 backend: its linear layers, and its memory. */

import { assertEquals, assertLess } from "@std/assert";
import { cpuOps } from "../../../src/compute/cpu/cpu_ops.ts";
import { linear } from "../../../src/compute/cpu/linear.ts";
import { linearBackward } from "../../../src/compute/cpu/linear_backward.ts";
import { matrix, unset } from "./differences.ts";

/** Sums of ten products about 1, in two orders. */
const ROUNDED = 1e-14;

Deno.test("linear() is x Wᵀ + b, and linearBackward() dy W, whether or not 4 divides the outputs", () => {
  for (const [m, k, n] of [[1, 1, 1], [2, 3, 4], [3, 7, 5], [2, 10, 11]]) {
    const [x, dy, weight, bias] = [matrix(m, k), matrix(m, n), matrix(n, k), matrix(1, n)];
    const [out, dx] = [unset(m, n), unset(m, k)];
    linear(out, x, { weight, bias });
    linearBackward(dx, dy, { weight, bias });
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = bias.data[j];
        for (let l = 0; l < k; l++) sum += x.data[i * k + l] * weight.data[j * k + l];
        assertLess(Math.abs(out.data[i * n + j] - sum), ROUNDED);
      }
      for (let l = 0; l < k; l++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += dy.data[i * n + j] * weight.data[j * k + l];
        assertLess(Math.abs(dx.data[i * k + l] - sum), ROUNDED);
      }
    }
  }
});

Deno.test("slice() shares memory with its tensor; floats() and read() do not", async () => {
  const ops = cpuOps();
  const given = Float64Array.of(1, 2, 3, 4, 5, 6);
  const x = ops.floats(3, 2, given);
  given.fill(0);
  const part = ops.slice(x, 1, 2);
  ops.addRows(
    part,
    ops.floats(1, 2, Float64Array.of(10, 20)),
    ops.indices(1, 1, Uint32Array.of(1)),
  );
  const found = await ops.read(x);
  assertEquals(found, Float64Array.of(1, 2, 3, 4, 15, 26));
  found.fill(0);
  assertEquals(await ops.read(part), Float64Array.of(3, 4, 15, 26));
});

Deno.test("cpuOps() computes in float64 and takes its memory bound", async () => {
  const ops = cpuOps({ memoryBytes: 5 });
  assertEquals([ops.kind, ops.limits.floatBytes, ops.limits.memoryBytes], ["cpu", 8, 5]);
  const third = Float64Array.of(1 / 3);
  assertEquals(await ops.read(ops.floats(1, 1, third)), third);
});

Deno.test("read() returns the numbers of index tensors too", async () => {
  const ops = cpuOps();
  const x = ops.indices(1, 2, Uint32Array.of(7, 4294967295));
  assertEquals(await ops.read(x), Float64Array.of(7, 4294967295));
});
