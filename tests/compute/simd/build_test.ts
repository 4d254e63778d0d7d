/** The committed WebAssembly against its sources. */

import { assertEquals } from "@std/assert";
import { compileKernels, kernelModule } from "../../../src/compute/simd/build.ts";

Deno.test("the generated modules follow from assembly/*.ts byte for byte", async () => {
  const builds = await compileKernels();
  for (const name of ["relaxed", "plain"] as const) {
    const file = new URL(`../../../src/compute/simd/${name}.generated.ts`, import.meta.url);
    assertEquals(await Deno.readTextFile(file), kernelModule(name, builds[name]));
  }
});
