/** The team of the calling thread alone, for pages whose memory no worker may share. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { selfCheck } from "../../../src/compute/self_check.ts";
import { cpuOps } from "../../../src/compute/cpu/cpu_ops.ts";
import { simdOps } from "../../../src/compute/simd/simd_ops.ts";

/** Runs `test` where memory cannot be shared, as in a page that is not cross-origin isolated. */
async function alone(test: () => Promise<void>): Promise<void> {
  Object.defineProperty(globalThis, "crossOriginIsolated", { value: false, configurable: true });
  try {
    await test();
  } finally {
    Reflect.deleteProperty(globalThis, "crossOriginIsolated");
  }
}

Deno.test("simdOps() computes on the calling thread where no worker may share memory, right in every operation", () =>
  alone(async () => {
    const [ops, oracle] = [await simdOps(), cpuOps()];
    assertStringIncludes(ops.adapter, "1 thread");
    const wrong = (await selfCheck(ops, oracle)).filter(({ error, bound }) => !(error <= bound));
    assertEquals(wrong, []);
    ops.close();
  }));

Deno.test("simdOps() refuses several threads where no worker may share memory", () =>
  alone(() =>
    assertRejects(() => simdOps({ threads: 2 }), RangeError, "expected 1").then(() => {})
  ));

Deno.test("simdOps() on the calling thread rejects what is recorded when it is closed", () =>
  alone(async () => {
    const ops = await simdOps();
    const reading = ops.read(ops.zeros(1, 1));
    ops.close();
    await assertRejects(() => reading, Error, "the operations were closed");
  }));
