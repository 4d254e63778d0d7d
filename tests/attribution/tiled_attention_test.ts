/** Conductance by the attention of GPUs: against PyTorch, and the same bits in every batch. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { attribute, parseTextPairs, rule } from "../../internal.ts";
import { hasGpu, root, tiledBackend, withModel } from "../backends.ts";
import { distanceOf, readGolden } from "./golden.ts";

const fixture = "fixtures/tiny-cross-encoder";

/** Heads of 32 and of 12. */
const models = [
  { name: "tiny-cross-encoder", folder: fixture },
  ...["l2-w36-h3-f50-labels2", "l12-w24-h2-f40-labels1"]
    .map((name) => ({ name, folder: `tests/golden/models/${name}` })),
];

for (const { name, folder } of models) {
  Deno.test({
    name: `attribute() agrees with PyTorch on ${name}, tiled attention`,
    ignore: !hasGpu,
    fn: () =>
      withModel(folder, { backend: tiledBackend }, async (encoder) => {
        const golden = await readGolden(name);
        for (const one of golden.cases) {
          const distance = await distanceOf(encoder, golden, one);
          assertLess(distance.conductance, tiledBackend.tolerance, JSON.stringify(one));
          assertLess(distance.F, tiledBackend.tolerance, JSON.stringify(one));
        }
        assert(golden.cases.length >= 4);
      }),
  });
}

Deno.test({
  name: "attribute() does not depend on the batch size, tiled attention",
  ignore: !hasGpu,
  fn: () =>
    withModel(fixture, { backend: tiledBackend }, async (encoder) => {
      const text = await Deno.readTextFile(new URL("fixtures/pairs.tsv", root));
      const pairs = parseTextPairs(text, { name: "pairs.tsv", labelled: true }).slice(0, 5);
      const run = async (pairsPerBatch?: number) => {
        const options = { rule: rule("adaptive"), pairsPerBatch };
        const found = await Array.fromAsync(attribute(encoder, pairs, options));
        return found.sort((a, b) => a.index - b.index).map(({ conductance }) => conductance);
      };
      const together = await run();
      assertEquals(await run(1), together);
      assertEquals(await run(2), together);
    }),
});
