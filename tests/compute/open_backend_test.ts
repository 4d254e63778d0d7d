/** What openBackend() refuses. */

import { assertRejects } from "@std/assert";
import { openBackend } from "../../src/compute/open_backend.ts";
import { hasGpu } from "../backends.ts";

Deno.test("openBackend() refuses a precision that is none, or that no GPU is there for", async () => {
  const typo = { precision: "tf32" as "tf16" };
  await assertRejects(() => openBackend(undefined, typo), RangeError, "expected f32, f16, tf16");
  for (const precision of ["f16", "tf16"] as const) {
    const opened = openBackend(undefined, { precision });
    await assertRejects(() => opened, RangeError, `in precision ${precision}: expected a GPU`);
  }
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
