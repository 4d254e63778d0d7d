/** The attention of GPUs, on any adapter: which tile it takes, and how it agrees with the twins. */

import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { cpuOps } from "../../../src/compute/cpu/cpu_ops.ts";
import {
  type AttentionKernel,
  attentionTile,
  tileBytes,
} from "../../../src/compute/gpu/attention_launch.ts";
import { openDevice } from "../../../src/compute/gpu/device.ts";
import { gpuOps } from "../../../src/compute/gpu/gpu_ops.ts";
import type { Attention, Ops } from "../../../src/compute/ops.ts";
import { attention, type AttentionOptions } from "../../../src/compute/self_check/batches.ts";
import { drawing } from "../../../src/compute/self_check/check_case.ts";
import { relativeError, selfCheck } from "../../../src/compute/self_check.ts";
import { hasGpu, openTiledGpu } from "../../backends.ts";

const kernels: readonly AttentionKernel[] = [
  "attention",
  "attention_backward_query",
  "attention_backward_key",
];

/** Workgroup memory that WebGPU grants every device. */
const LEAST = 16_384;

/** The attention of GPUs on a device that has no more than the least workgroup memory. */
async function openLeast(): Promise<Ops> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const { maxStorageBuffersPerShaderStage } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxStorageBuffersPerShaderStage },
  });
  assertEquals(device.limits.maxComputeWorkgroupStorageSize, LEAST);
  return gpuOps({
    ...{ device, adapter: "the least", identity: "", software: false },
    gpu: navigator.gpu,
  });
}

function attentionTest(name: string, open: () => Promise<Ops>, test: (ops: Ops) => Promise<void>) {
  Deno.test({
    name,
    ignore: !hasGpu,
    async fn() {
      const ops = await open();
      try {
        await test(ops);
      } finally {
        ops.close();
      }
    },
  });
}

/** One token, a block of 32 and its neighbours, several blocks. */
const lengths = [1, 31, 32, 33, 64, 130];

async function assertAgrees(ops: Ops, depths: readonly number[]): Promise<void> {
  const oracle = cpuOps();
  const { normal, below } = drawing(3);
  for (const depth of depths) {
    for (const queries of ["every token", "[CLS]"] as const) {
      const cases = attention(lengths, { heads: 2, depth, queries }, { normal, below });
      for (const { operation, shape, bound, run } of cases) {
        const [found, expected] = [run(ops), run(oracle)];
        for (const [i, tensor] of found.entries()) {
          const error = relativeError(await ops.read(tensor), await oracle.read(expected[i]));
          assertLessOrEqual(error, bound, `${operation} ${shape}, output ${i}`);
        }
      }
    }
  }
}

attentionTest("tiled attention passes the self-check", openTiledGpu, async (ops) => {
  const operations = ["attention", "attentionBackward"];
  const checks = await selfCheck(ops, cpuOps(), { operations });
  for (const { operation, shape, error, bound } of checks) {
    assertLessOrEqual(error, bound, `${operation} ${shape}`);
  }
});

attentionTest(
  "tiled attention agrees with the float64 twins at any whole number of fours",
  openTiledGpu,
  (ops) => assertAgrees(ops, [4, 20, 32, 64]),
);

attentionTest(
  "tiled attention agrees with the float64 twins in the least workgroup memory",
  openLeast,
  (ops) => assertAgrees(ops, [32, 64]),
);

attentionTest(
  "tiled attention gives a row the same bits alone and among others",
  openTiledGpu,
  async (ops) => {
    const [heads, depth, tokens] = [2, 32, 45];
    const width = heads * depth;
    const { normal } = drawing(7);
    const data = Array.from({ length: 4 }, () => normal(tokens * width));
    /** Outputs and gradients of the row behind `before` other tokens. */
    const run = async (before: number, options: Pick<Attention, "window" | "causal"> = {}) => {
      const count = before + tokens;
      const behind = (row: Float32Array) => {
        const all = normal(count * width);
        all.set(row, before * width);
        return ops.floats(count, width, all);
      };
      const lines = before > 0 ? [0, before, 0, before] : [];
      lines.push(before, tokens, before, tokens);
      const rowOf = Uint32Array.from({ length: count }, (_, i) => i < before ? 0 : 1);
      if (before === 0) rowOf.fill(0);
      const index = ops.indices(count, 1, rowOf);
      const [query, key, value, dout] = data.map(behind);
      const most = Math.max(before, tokens);
      const given: Attention = {
        ...{ query, key, value, heads, ...options },
        rows: ops.indices(lines.length / 4, 4, Uint32Array.from(lines)),
        rowOfQuery: index,
        rowOfKey: index,
        longest: { queries: most, keys: most },
      };
      const [out, lse] = [ops.empty(count, width), ops.empty(count, heads)];
      ops.attention(out, lse, given);
      const [dq, dk, dv] = Array.from({ length: 3 }, () => ops.empty(count, width));
      ops.attentionBackward({ query: dq, key: dk, value: dv }, dout, out, lse, given);
      return await Promise.all(
        [out, lse, dq, dk, dv].map(async (x) => (await ops.read(x)).slice(before * x.width)),
      );
    };
    const alone = await run(0);
    for (const before of [1, 77]) assertEquals(await run(before), alone);
    const local = await run(0, { window: 9, causal: true });
    for (const before of [1, 77]) {
      assertEquals(await run(before, { window: 9, causal: true }), local);
    }
  },
);

attentionTest("tiled attention reaches rows beyond 65,535", openTiledGpu, async (ops) => {
  const rows = Array.from({ length: 65_537 }, (_, r) => r % 1000 === 999 ? 2 : 1);
  const shape = { heads: 1, depth: 4, queries: "every token" } as const;
  const [{ run, bound }] = attention(rows, shape, drawing(2));
  const [[, found], oracle] = [run(ops), cpuOps()];
  const [, expected] = run(oracle);
  assertLessOrEqual(relativeError(await ops.read(found), await oracle.read(expected)), bound);
});

Deno.test({
  name: "gpuOps() takes lanes for attention on a program and for odd depths, tiles on a GPU",
  ignore: !hasGpu,
  async fn() {
    const compiled = async (software: boolean, ...all: readonly AttentionOptions[]) => {
      const opened = await openDevice(navigator.gpu);
      const names = new Set<string>();
      const create = opened.device.createComputePipeline.bind(opened.device);
      opened.device.createComputePipeline = (descriptor) => {
        names.add(descriptor.label!);
        return create(descriptor);
      };
      const ops = gpuOps({ ...opened, software });
      for (const options of all) {
        for (const depth of software ? [4] : [3, 4]) {
          const shape = { heads: 1, depth, queries: "every token", options } as const;
          for (const { run } of attention([5], shape, drawing(1))) await ops.read(run(ops)[0]);
        }
      }
      ops.close();
      return [...names].sort();
    };
    const both = kernels.flatMap((name) => [name, `${name}_tiled`]);
    const nothing = { keyHeads: 1, causal: false, scale: 3, queriesAre: "last" } as const;
    assertEquals(await compiled(true, {}, nothing), [...kernels].sort());
    assertEquals(await compiled(false, {}, nothing), [...both].sort());
    const general = (names: readonly string[]) => names.map((name) => `${name}_general`).sort();
    assertEquals(await compiled(true, { causal: true }), general(kernels));
    assertEquals(await compiled(false, { window: 1 }), general(both));
    const relative = kernels.map((name) => `${name}_relative`).sort();
    assertEquals(await compiled(false, { relative: "plain" }), relative);
  },
});

Deno.test("attentionTile() is the largest that fits the workgroup memory, or none", () => {
  const share = (depth: number, workgroupBytes: number, software = false) =>
    kernels.map((name) => attentionTile(name, depth, { software, workgroupBytes })?.SHARE);
  assertEquals(share(64, 49_152), [4, 4, 4]); // NVIDIA
  assertEquals(share(64, 32_768), [4, 2, 2]); // Apple, Direct3D
  assertEquals(share(64, LEAST), [1, undefined, undefined]);
  assertEquals(share(32, 32_768), [4, 4, 4]);
  assertEquals(share(32, LEAST), [2, 2, 1]);
  assertEquals(share(30, 49_152), [undefined, undefined, undefined]);
  assertEquals(share(32, 49_152, true), [undefined, undefined, undefined]);
});

Deno.test("tileBytes() is what the tiled kernels' workgroup variables take", () => {
  const bytes = (depth: number) =>
    kernels.map((name) => tileBytes(name, { DEPTH: depth, SHARE: 4 }));
  assertEquals(bytes(32), [19_584, 23_040, 27_904]);
  assertEquals(bytes(64), [31_872, 39_424, 44_288]);
  assert(bytes(64).every((count) => count <= 49_152));
  assertLess(tileBytes("attention", { DEPTH: 64, SHARE: 2 }), bytes(64)[0]);
});
