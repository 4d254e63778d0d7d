/** `--precision`: where it can be had, and that it is part of what a run is. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { deviceIdentity } from "../../../src/cli/run/identity.ts";
import { gpuOps, type GpuOptions, openDevice } from "../../../internal.ts";
import { hasGpu } from "../../backends.ts";
import { cli } from "../run.ts";

const score = [
  ...["score", "--model", "fixtures/tiny-cross-encoder", "--pairs", "fixtures/pairs.tsv"],
  "--quiet",
];

Deno.test("--precision is a usage error where the device has it not", async () => {
  const refused = [
    ["cpu", "f16", "--device simd or gpu"],
    ["cpu", "tf16", "a GPU: --device dawn"],
    ["simd", "tf16", "a GPU: --device dawn"],
  ];
  for (const [device, precision, needs] of refused) {
    const { code, stderr, stdout } = await cli([
      ...score,
      ...["--device", device, "--precision", precision],
    ]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, `Option --precision ${precision} needs ${needs}`);
  }
});

for (const device of ["simd", "gpu"]) {
  Deno.test({
    name: `--precision f16 gives almost the scores of f32 (${device})`,
    ignore: device === "gpu" && !hasGpu,
    async fn() {
      const numbers = async (precision: string) => {
        const found = await cli([...score, "--device", device, "--precision", precision]);
        assertEquals(found.code, 0, found.stderr);
        return found.stdout.match(/-?\d+\.\d+/g)!.map(Number);
      };
      const [full, half] = [await numbers("f32"), await numbers("f16")];
      assert(full.some((value, i) => value !== half[i]));
      assert(full.every((value, i) => Math.abs(value - half[i]) < 0.01)); // observed 1e-4 of a logit
    },
  });
}

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
