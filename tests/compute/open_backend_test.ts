/** What openBackend() refuses. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openBackend } from "../../src/compute/open_backend.ts";
import { hasGpu } from "../backends.ts";

Deno.test("openBackend() refuses a precision that is none, or that the backend has not", async () => {
  const typo = { precision: "tf32" as "tf16" };
  await assertRejects(() => openBackend(undefined, typo), RangeError, "expected f32, f16, tf16");
  for (const kind of [undefined, "simd", "cpu"] as const) {
    const opened = openBackend(undefined, { kind, precision: "tf16" });
    await assertRejects(() => opened, RangeError, "in precision tf16: expected a GPU");
  }
  const opened = openBackend(undefined, { kind: "cpu", precision: "f16" });
  await assertRejects(() => opened, RangeError, "in precision f16: expected kind simd or gpu");
});

Deno.test("openBackend() keeps weights of `simd` in float16 where it is asked to", async () => {
  const backend = await openBackend(undefined, { precision: "f16", threads: 1 });
  backend.close();
  assertEquals(backend.kind, "simd");
  assertMatch(backend.adapter, /1 thread, float16 weights$/);
});

Deno.test({
  name: "openBackend() gives a GPU back whose products are not those asked for",
  ignore: !hasGpu,
  async fn() {
    const lost: Promise<unknown>[] = [];
    const adapter = (await navigator.gpu.requestAdapter())!;
    const request = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (options) => {
      const device = await request(options);
      lost.push(device.lost);
      return device;
    };
    const gpu = { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
    const opened = openBackend(gpu, { kind: "gpu", precision: "tf16" });
    await assertRejects(() => opened, RangeError, "Cannot multiply matrices of float16");
    await Promise.all(lost); // which it never is unless it was destroyed
  },
});
