/** `--precision`: where it can be had, and that it is part of what a run is. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { deviceIdentity } from "../../../src/cli/run/identity.ts";
import { gpuOps, type GpuOptions, openDevice } from "../../../internal.ts";
import { hasGpu } from "../../backends.ts";
import { cli } from "../run.ts";

const score = [
  ...["score", "--model", "fixtures/tiny-cross-encoder", "--pairs", "fixtures/pairs.tsv"],
  "--quiet",
];

Deno.test("--precision f16 is a usage error where there is no GPU", async () => {
  for (const device of ["simd", "cpu"]) {
    const { code, stderr, stdout } = await cli([
      ...score,
      ...["--device", device, "--precision", "f16"],
    ]);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, /Option --precision f16 needs a GPU: --device gpu/);
  }
});

Deno.test({
  name: "--precision f16 gives almost the scores of f32",
  ignore: !hasGpu,
  async fn() {
    const numbers = async (precision: string) => {
      const found = await cli([...score, "--device", "gpu", "--precision", precision]);
      assertEquals(found.code, 0, found.stderr);
      return found.stdout.match(/-?\d+\.\d+/g)!.map(Number);
    };
    const [full, half] = [await numbers("f32"), await numbers("f16")];
    assert(full.some((value, i) => value !== half[i]));
    assert(full.every((value, i) => Math.abs(value - half[i]) < 0.01)); // observed 1e-4 of a logit
  },
});

Deno.test({
  name: "deviceIdentity() tells float16 weights apart: a journal of others is refused",
  ignore: !hasGpu,
  async fn() {
    const identity = async (options: GpuOptions) => {
      const ops = gpuOps(await openDevice(navigator.gpu), options);
      ops.close();
      return deviceIdentity(ops);
    };
    const half = await identity({ precision: "f16" });
    assertEquals(half, `${await identity({})}, float16 weights`);
  },
});
