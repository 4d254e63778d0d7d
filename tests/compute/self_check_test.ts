/** The self-check: what is right passes, what is wrong fails. */

import { assert, assertEquals } from "@std/assert";
import { cpuOps } from "../../src/compute/cpu/cpu_ops.ts";
import type { Ops } from "../../src/compute/ops.ts";
import { relativeError, selfCheck } from "../../src/compute/self_check.ts";

Deno.test("selfCheck() finds no error between the oracle and itself", async () => {
  for (const { error, operation } of await selfCheck(cpuOps(), cpuOps())) {
    assertEquals(error, 0, operation);
  }
});

Deno.test("selfCheck() covers every operation of the contract", async () => {
  const ops = cpuOps();
  const checked = new Set((await selfCheck(ops, ops)).map(({ operation }) => operation));
  const notComputed = ["kind", "adapter", "limits", "floats", "indices", "read", "close"];
  assertEquals(
    [...checked].sort(),
    Object.keys(ops).filter((name) => !notComputed.includes(name)).sort(),
  );
});

Deno.test("selfCheck() fails an operation that is wrong in one row, and only that one", async () => {
  const oracle = cpuOps();
  const broken: Ops = {
    ...oracle,
    tanh(out, x) {
      oracle.tanh(out, x);
      oracle.tanh(oracle.slice(out, 0, 1), oracle.slice(out, 0, 1));
    },
  };
  for (const { operation, error, bound } of await selfCheck(broken, oracle)) {
    assertEquals(error > bound, operation === "tanh", operation);
  }
});

Deno.test("selfCheck() fails reads that come before the numbers do", async () => {
  const ops = cpuOps();
  const stale = new Map<number, Float32Array | Float64Array>();
  const early: Ops = {
    ...ops,
    async read(x) {
      const now = await ops.read(x);
      const before = stale.get(x.rows * x.width) ?? now;
      stale.set(x.rows * x.width, now);
      return before;
    },
    readAwaited: ops.read,
  };
  const checkOf = async (backend: Ops) =>
    (await selfCheck(backend, ops, { operations: ["read"] }))
      .map(({ error, bound }) => error <= bound);
  assertEquals(await checkOf({ ...ops, readAwaited: ops.read }), [true]);
  assertEquals(await checkOf(early), [false]);
  assertEquals(await checkOf(ops), []); // nothing to check: it waits
});

Deno.test("selfCheck() fails operations that leave their outputs unwritten", async () => {
  const oracle = cpuOps();
  for (
    const { error, bound } of await selfCheck({ ...oracle, attention: () => {} }, oracle, {
      operations: ["attention", "attentionBackward"],
    })
  ) assert(error > bound);
});

Deno.test("selfCheck() draws the same numbers from the same seed only", async () => {
  const outputs = async (seed: number) => {
    const ops = cpuOps();
    const numbers: number[] = [];
    const read: Ops["read"] = async (x) => {
      const values = await ops.read(x);
      numbers.push(...values);
      return values;
    };
    await selfCheck({ ...ops, read }, ops, { seed, operations: ["linear"] });
    return numbers;
  };
  assertEquals(await outputs(3), await outputs(3));
  assert(relativeError(await outputs(3), await outputs(4)) > 0.1);
});

Deno.test("relativeError() of numbers that are not finite is infinite", () => {
  assertEquals(relativeError([NaN, 1], [0, 1]), Infinity);
  assertEquals(relativeError([1], [1, 1]), Infinity);
  assertEquals(relativeError([3, 5], [3, 4]), 0.2);
});
