/** Time by operation, of every backend and as the command line prints it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { profileTable } from "../../../src/cli/options/profile.ts";
import { cpuOps } from "../../../src/compute/cpu/cpu_ops.ts";
import type { Ops } from "../../../src/compute/ops.ts";
import { simdOps } from "../../../src/compute/simd/simd_ops.ts";
import { hasGpu, openGpu } from "../../backends.ts";
import { cli } from "../run.ts";

const open: Readonly<Record<string, (options: { profile?: boolean }) => Promise<Ops>>> = {
  cpu: (options) => Promise.resolve(cpuOps(options)),
  simd: (options) => simdOps({ threads: 2, ...options }),
  gpu: openGpu,
};

for (const [kind, backend] of Object.entries(open)) {
  Deno.test({
    name: `timings() counts calls, time and products, ${kind}`,
    ignore: kind === "gpu" && !hasGpu,
    async fn() {
      const ops = await backend({ profile: true });
      const layer = { weight: ops.zeros(20, 30), bias: ops.zeros(1, 20) };
      const [x, out] = [ops.zeros(1000, 30), ops.empty(1000, 20)];
      for (let i = 0; i < 3; i++) ops.linear(out, x, layer);
      ops.tanh(out, ops.zeros(1000, 20));
      await ops.read(out);
      const timings = ops.timings!();
      const linear = timings.find(({ operation }) => /^linear/.test(operation))!;
      assertEquals(linear.calls, 3);
      assert(Math.abs(linear.gigaflop - 3 * 1.2e-3) < 1e-9, `${linear.gigaflop}`);
      assert(linear.milliseconds > 0 && linear.milliseconds < 60_000);
      assertEquals(timings.find(({ operation }) => operation === "tanh")?.calls, 1);
      ops.close();
    },
  });

  Deno.test({
    name: `timings() is not there unless it was asked for, ${kind}`,
    ignore: kind === "gpu" && !hasGpu,
    async fn() {
      const ops = await backend({});
      assertEquals(ops.timings, undefined);
      ops.close();
    },
  });
}

Deno.test("profileTable() gives shares of all, and rates of products", () => {
  const lines = profileTable([
    { operation: "linear", calls: 2, milliseconds: 30, gigaflop: 0.6 },
    { operation: "tanh", calls: 1, milliseconds: 10, gigaflop: 0 },
  ]).split("\n");
  assertMatch(lines[1], /^linear +2 +30\.0 +75\.0 % +20\.0$/);
  assertMatch(lines[2], /^tanh +1 +10\.0 +25\.0 %$/);
  assertMatch(lines[3], /^all +3 +40\.0$/);
});

Deno.test("score --profile prints time by operation on stderr, and the same scores", async () => {
  const args = [
    ...["score", "--model", "fixtures/tiny-cross-encoder", "--pairs", "fixtures/pairs.tsv"],
    ...["--device", "simd", "--quiet"],
  ];
  const [plain, profiled] = [await cli(args), await cli([...args, "--profile"])];
  assertEquals([profiled.code, profiled.stdout, plain.stderr], [0, plain.stdout, ""]);
  assertMatch(profiled.stderr, /^operation +calls +ms +share +GFLOP\/s\n/);
  assertMatch(profiled.stderr, /^linear +\d+ +[\d.]+ +[\d.]+ % +[\d.]+$/m);
});
