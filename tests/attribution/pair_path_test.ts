/** A pair's path kept open gives what attribution, its split by token and a trace give. */

import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import {
  type CrossEncoder,
  freeMasks,
  neuronCount,
  neuronMasks,
  neuronOf,
  topNeuronIds,
  tracePath,
} from "../../internal.ts";
import {
  attributePair,
  attributePairUnder,
  attributeTokens,
} from "../../src/attribution/attribute_pair.ts";
import { openPairPath, type PairPath } from "../../src/attribution/pair_path.ts";
import { relativeError } from "../../src/compute/self_check.ts";
import { backends, withModel } from "../backends.ts";
import { components } from "../spaces.ts";

const folder = "fixtures/tiny-cross-encoder";
const pair = {
  query: "telescope near a trajectory supernova",
  passage: "Eclipse lagos Than Pyramid during the twilight above the meteor.",
  label: "relevant" as const,
};

/** Every number of a path, component by component. */
async function everything({ config }: CrossEncoder, path: PairPath) {
  const all = [];
  for (let layer = 0; layer < config.layers; layer++) {
    for (const component of components) all.push(await path.component(layer, component));
  }
  return all;
}

for (const backend of backends) {
  const { kind, ignore } = backend;
  Deno.test({
    name:
      `openPairPath() splits the attribution over tokens and follows it from point to point, ${kind}`,
    ignore,
    fn: () =>
      withModel(folder, { backend }, async (model) => {
        const { conductance, points, F } = await attributePair(model, pair);
        const path = await openPairPath(model, pair, { points });
        assertEquals(path.points, points);
        assertLess(Math.abs(path.F[0] - F.baseline), backend.tolerance);
        assertLess(Math.abs(path.F.at(-1)! - F.input), backend.tolerance);
        const { tokens, layers } = await attributeTokens(model, pair, { points });
        const id = topNeuronIds(conductance, 1)[0];
        const strongest = neuronOf(model.config, id);
        const all = await everything(model, path);
        const sums = new Float64Array(neuronCount(model.config));
        let at = 0;
        all.forEach(({ units, byToken, cumulative }, i) => {
          const expected = layers[Math.floor(i / 6)][components[i % 6]];
          // float32 sums of intervals there, float64 here
          assertLess(relativeError(byToken, expected), backend.tolerance);
          assertEquals(byToken.length, tokens.length * units);
          sums.set(cumulative.subarray(cumulative.length - units), at);
          at += units;
        });
        assertLess(relativeError(sums, conductance), backend.tolerance);

        const trace = await tracePath(model, pair, [{ ...strongest, role: "" }], { t: points });
        const [line] = trace.neurons;
        const own = await path.component(strongest.layer, strongest.component);
        const column = (of: Float64Array) =>
          points.map((_, k) => of[k * own.units + strongest.unit]);
        // the same sums in the same order, of the same points in the same batch
        assertEquals(path.F, trace.F);
        assertEquals(column(own.activation), line.activation);
        assertEquals(column(own.gradient), line.gradient);
        assertEquals(column(own.cumulative), line.conductance);
        path.close();
        await assertRejects(
          () => path.component(0, "key"),
          Error,
          "Cannot follow the path: it was closed",
        );
      }),
  });
}

const [cpu] = backends;

Deno.test("openPairPath() gives the same where memory is short and no point can be kept", async () => {
  const found: unknown[] = [];
  for (const memoryBytes of [2 ** 30, 2 ** 20]) {
    await withModel(folder, { backend: cpu, memoryBytes }, async (model) => {
      const points = Array.from({ length: 12 }, (_, k) => k / 11);
      const path = await openPairPath(model, pair, { points });
      found.push({ F: path.F, all: await everything(model, path) });
      path.close();
    });
  }
  assertEquals(found[1], found[0]); // float64, whatever the batch
});

Deno.test("openPairPath() follows the path of the model with neurons zeroed", () =>
  withModel(folder, { backend: cpu }, async (model) => {
    const zeroed = { layer: 1, component: "value" as const, unit: 5 };
    const masks = neuronMasks(model.ops, model.config, [[zeroed]]);
    const { conductance, points } = await attributePairUnder(model, pair, { masks });
    const path = await openPairPath(model, pair, { points, masks });
    const { units, activation, cumulative } = await path.component(1, "value");
    freeMasks(model.ops, masks);
    assert(points.every((_, k) => activation[k * units + 5] === 0));
    const ids = Array.from({ length: units }, (_, unit) => idOf(model, unit));
    const last = cumulative.subarray(cumulative.length - units);
    assertLess(relativeError(last, ids.map((id) => conductance[id])), cpu.tolerance);
    path.close();
  }));

/** The id of a unit of layer 1's value. */
function idOf({ config }: CrossEncoder, unit: number): number {
  return neuronCount(config) / config.layers + 2 * config.width + unit;
}
