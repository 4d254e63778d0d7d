/** The committed WebAssembly against its sources. */

import { assertEquals } from "@std/assert";
import { compileKernels, kernelModule } from "../../../src/compute/simd/build.ts";

Deno.test("kernels.generated.ts follows from assembly/*.ts byte for byte", async () => {
  const committed = new URL("../../../src/compute/simd/kernels.generated.ts", import.meta.url);
  assertEquals(await Deno.readTextFile(committed), kernelModule(await compileKernels()));
});
