/** The GPU's own tests once more, on Dawn in place of Deno's WebGPU. */

import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { mesaTest, onNewerMesa } from "../../newer_mesa.ts";

const files = [
  "tests/compute/gpu/gpu_ops_test.ts",
  "tests/compute/gpu/kernel_test.ts",
  "tests/model/forward_test.ts",
  "tests/model/gradients_test.ts",
  "tests/attribution/golden_test.ts",
];

mesaTest("operations, passes and conductances pass the GPU's tests on Dawn too", async () => {
  const { code, stdout, stderr } = await onNewerMesa([
    ...["test", "--no-check", "--preload=tests/dawn.ts", "--filter=/gpu/", ...files],
  ]);
  assertEquals(code, 0, `${stdout}\n${stderr}`);
  const [, passed] = /^ok \| (\d+) passed/m.exec(stdout)!;
  assertGreater(Number(passed), 40);
  assertMatch(stdout, /agrees with PyTorch on tiny-cross-encoder, gpu \.\.\. ok/);
});
