/** Conductance against PyTorch in float64: every rule, target and baseline, on random and trained models. */

import { assert, assertLess } from "@std/assert";
import { backends, root, withModel } from "../backends.ts";
import { distanceOf, readGolden } from "./golden.ts";

const models = Array.from(
  Deno.readDirSync(new URL("tests/golden/models/", root)),
  ({ name }) => ({ name, folder: `tests/golden/models/${name}` }),
).sort((a, b) => a.name < b.name ? -1 : 1);
models.push({ name: "tiny-cross-encoder", folder: "fixtures/tiny-cross-encoder" });

for (const backend of backends) {
  for (const { name, folder } of models) {
    Deno.test({
      name: `attribute() agrees with PyTorch on ${name}, ${backend.kind}`,
      ignore: backend.ignore,
      fn: () =>
        withModel(folder, { backend }, async (encoder) => {
          const golden = await readGolden(name);
          for (const one of golden.cases) {
            const distance = await distanceOf(encoder, golden, one);
            assertLess(distance.conductance, backend.tolerance, JSON.stringify(one));
            assertLess(distance.F, backend.tolerance, JSON.stringify(one));
          }
          assert(golden.cases.length >= 4);
        }),
    });
  }
}
