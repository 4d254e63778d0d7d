/** Sums of heads by layer and pair of segments. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { addPair, schemeOf, schemeSums } from "../../../src/attribution/schemes/scheme.ts";
import { headShares } from "../../../src/experiments/path/head_shares.ts";
import { unitOfHead } from "../../../src/model/heads.ts";
import { neuronCount, neuronId } from "../../../src/model/neurons.ts";

Deno.test("headShares() sums heads by layer and pair of segments, and their sizes as parts of all", () => {
  // heads in the second and the third of three layers, two each
  const space = {
    layers: 3,
    components: [{ name: "query", units: 4 }, { name: "heads", units: 50, layers: [1, 2] }],
  };
  const values = new Float64Array(neuronCount(space)).fill(0);
  const put = (layer: number, head: number, [from, to]: readonly number[], value: number) => {
    const unit = unitOfHead({ head, from, to });
    values[neuronId(space, { layer, component: "heads", unit })] = value;
  };
  put(1, 0, [1, 3], 0.5);
  put(1, 1, [1, 3], -0.25);
  put(2, 1, [4, 0], 0.25);
  values[0] = 100; // no head
  const sums = schemeSums(space);
  for (let pair = 0; pair < 3; pair++) addPair(sums, values);
  const [{ scheme, component, pairs, cells }, ...others] = headShares("P[x]", schemeOf(sums, {}));
  assertEquals([scheme, component, pairs, others.length], ["P[x]", "heads", 3, 0]);
  assertEquals(cells.length, 50);
  assertEquals([cells[0].layer, cells[24].layer, cells[25].layer, cells[49].layer], [1, 1, 2, 2]);
  assertEquals(cells.filter(({ share }) => share > 0), [
    { layer: 1, from: "query", to: "passage", conductance: 0.25, share: 0.75 },
    { layer: 2, from: "sep2", to: "cls", conductance: 0.25, share: 0.25 },
  ]);
  assertAlmostEquals(cells.reduce((sum, { share }) => sum + share, 0), 1, 1e-15);
  const { components: [query] } = space;
  const bare = schemeSums({ layers: 1, components: [query] });
  addPair(bare, new Float64Array(4));
  assertEquals(headShares("P[x]", schemeOf(bare, {})), []);
});
