/** Masked neurons: a mask is the model without those weights, in scores and in gradients. */

import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import {
  cpuOps,
  freeMasks,
  type Neuron,
  neuronMasks,
  openCrossEncoder,
  score,
  scoreUnder,
  type Tensor,
} from "../../internal.ts";
import { relativeError } from "../../src/compute/self_check.ts";
import type { Activations } from "./literal_bert.ts";
import { unitsOf } from "../../src/model/neurons.ts";
import { scoresUnderMasks } from "../../src/model/masked_scores.ts";
import { backends, loaderOf, withModel } from "../backends.ts";
import { bertLinears, encodedOf, goldenModel, loadWithWeights, readTensors } from "./models.ts";
import { openPath } from "./path.ts";
import { bertSpace, components } from "../spaces.ts";

const { folder, pairs } = await goldenModel("l2-w36-h3-f50-labels2");
const space = bertSpace({ layers: 2, width: 36, inner: 50 });

/** A sixth of the units of every component of every layer; of each its own, or of all the same. */
const sixth = (each: 0 | 1): readonly Neuron[] =>
  [0, 1].flatMap((layer) =>
    components.flatMap((component, c) =>
      Array.from({ length: unitsOf(space, component) }, (_, unit) => ({ layer, component, unit }))
        .filter(({ unit }) => (unit + each * c) % 6 === layer)
    )
  );
const many = sixth(1);
const one: readonly Neuron[] = [{ layer: 1, component: "value", unit: 35 }];

/** The checkpoint with the neurons' weight rows and biases zeroed, or multiplied by a factor. */
async function withoutNeurons(neurons: readonly Neuron[], factor = 0) {
  const tensors = await readTensors(folder);
  for (const { layer, component, unit } of neurons) {
    const linear = `bert.encoder.layer.${layer}.${bertLinears[component]}`;
    const weight = tensors.get(`${linear}.weight`)!;
    const inputs = weight.shape[1];
    for (let i = 0; i < inputs; i++) weight.data[unit * inputs + i] *= factor;
    tensors.get(`${linear}.bias`)!.data[unit] *= factor;
  }
  return loadWithWeights(folder, tensors);
}

/** A product with 0 is 0 in any arithmetic; sums may round in another order. */
const same = { cpu: 1e-14, simd: 1e-6, gpu: 1e-6 };

for (const backend of backends) {
  const { kind, ignore } = backend;
  const scoresOf = async (open: () => ReturnType<typeof withoutNeurons>) => {
    const ops = await backend.open();
    const scores = await score(await openCrossEncoder(await open(), ops), pairs);
    ops.close();
    return scores.map(({ logits }) => logits);
  };

  Deno.test({
    name: `score() under a mask is the score of the checkpoint without those rows, ${kind}`,
    ignore,
    fn: () =>
      withModel(folder, { backend }, async (encoder) => {
        for (const neurons of [one, many]) {
          const expected = await scoresOf(() => withoutNeurons(neurons));
          const masks = neuronMasks(encoder.ops, encoder.config, [neurons]);
          const of = pairs.map(() => 0);
          const found = await scoreUnder(encoder, pairs, { masks: { masks, of } });
          const plain = await score(encoder, pairs);
          freeMasks(encoder.ops, masks);
          found.forEach(({ logits }, i) => {
            assertLess(Math.abs(logits[0] - expected[i][0]), same[kind]);
            assertLess(Math.abs(logits[1] - expected[i][1]), same[kind]);
            assert(Math.abs(logits[0] - plain[i].logits[0]) > 1e-4); // and the neurons mattered
          });
        }
      }),
  });

  Deno.test({
    name:
      `score() under a mask with factors is the score of the checkpoint with scaled rows, ${kind}`,
    ignore,
    fn: () =>
      withModel(folder, { backend }, async (encoder) => {
        const expected = await scoresOf(() => withoutNeurons(many, -2));
        const scaled = many.map((neuron) => ({ ...neuron, factor: -2 }));
        const masks = neuronMasks(encoder.ops, encoder.config, [scaled]);
        const found = await scoreUnder(encoder, pairs, {
          masks: { masks, of: pairs.map(() => 0) },
        });
        const plain = await score(encoder, pairs);
        freeMasks(encoder.ops, masks);
        const encoded = pairs.map(encodedOf);
        const [below] = await scoresUnderMasks(encoder, encoded, [scaled]);
        found.forEach(({ logits }, i) => {
          assertLess(Math.abs(logits[1] - expected[i][1]), same[kind]);
          assertLess(Math.abs(logits[1] - below[i].logits[1]), same[kind]);
          assert(Math.abs(logits[1] - plain[i].logits[1]) > 1e-4);
        });
      }),
  });

  Deno.test({
    name: `score() uses each pair's own mask within one batch, ${kind}`,
    ignore,
    fn: () =>
      withModel(folder, { backend }, async (encoder) => {
        const sets = [many, [], one];
        const masks = neuronMasks(encoder.ops, encoder.config, sets);
        const of = pairs.map((_, i) => i % 3);
        const together = await scoreUnder(encoder, pairs, { masks: { masks, of } });
        const alone = await Promise.all(sets.map((set) => scoresOf(() => withoutNeurons(set))));
        together.forEach(({ logits }, i) => {
          assertLess(Math.abs(logits[1] - alone[of[i]][i][1]), same[kind], `pair ${i}`);
        });
        // The same pair three times, under three masks
        const thrice = await scoreUnder(encoder, [pairs[3], pairs[3], pairs[3]], {
          masks: { masks, of: [2, 0, 1] },
        });
        [2, 0, 1].forEach((mask, i) =>
          assertLess(Math.abs(thrice[i].logits[1] - alone[mask][3][1]), same[kind])
        );
      }),
  });
}

Deno.test("backward() under a mask is the backward pass of the checkpoint without those rows", async () => {
  const ops = cpuOps();
  const encoded = encodedOf(pairs[4]);
  const path = {
    pair: { encoded, baseline: new Int32Array(encoded.ids.length) },
    points: [0.3, 1],
  };
  const encoder = await openCrossEncoder(loaderOf(folder), ops);
  const masks = neuronMasks(ops, encoder.config, [many]);
  const masked = openPath(encoder, { ...path, masks });
  const without = openPath(await openCrossEncoder(await withoutNeurons(many), ops), path);
  /** A thousand roundings at most. */
  const FLOAT64 = 1e-12;
  assertLess(relativeError(await masked.F(), await without.F()), FLOAT64);
  const compare = async (name: string, of: (gradients: Activations) => Tensor) => {
    const [found, expected] = [masked, without].map(({ gradients }) => ops.read(of(gradients)));
    assertLess(relativeError(await found, await expected), FLOAT64, name);
  };
  await compare("embedding", ({ embedding }) => embedding);
  for (let l = 0; l < 2; l++) {
    await compare(`${l}.attended`, ({ layers }) => layers[l].attended);
    await compare(`${l}.output`, ({ layers }) => layers[l].output);
    for (const component of components) {
      const units = unitsOf(space, component);
      const zeroed = new Set(
        many.filter((n) => n.layer === l && n.component === component).map(({ unit }) => unit),
      );
      const [found, expected] = [masked, without].map(({ gradients }) => gradients.layers[l]);
      const [g, other] = [await ops.read(found[component]), await ops.read(expected[component])];
      const y = await ops.read(masked.activations.layers[l][component]);
      // The other checkpoint still has a gradient at outputs that never move.
      other.forEach((_, i) => {
        if (zeroed.has(i % units)) other[i] = 0;
      });
      assertLess(relativeError(g, other), FLOAT64, `${l}.${component}`);
      assert(y.every((value, i) => !zeroed.has(i % units) || value === 0), `${l}.${component}`);
    }
  }
});

Deno.test("conductance() of a masked unit is zero, and only of those", async () => {
  // The same units of query and key, since a query's unit without its key's has no effect either.
  const same = sixth(0);
  const ops = cpuOps();
  const encoded = encodedOf(pairs[4]);
  const count = encoded.ids.length;
  const encoder = await openCrossEncoder(loaderOf(folder), ops);
  const { activations, gradients } = openPath(encoder, {
    pair: { encoded, baseline: new Int32Array(count) },
    points: [0.3, 1],
    masks: neuronMasks(ops, encoder.config, [same]),
  });
  for (let l = 0; l < 2; l++) {
    for (const component of components) {
      const [y, g] = [activations.layers[l][component], gradients.layers[l][component]];
      const tokens = y.rows / 2;
      const out = ops.empty(1, y.width);
      const items = ops.indices(1, 3, Uint32Array.of(0, tokens, tokens));
      ops.conductance(out, y, g, items, { left: 0.5, right: 0.5 });
      const values = await ops.read(out);
      const zeroed = same.filter((n) => n.layer === l && n.component === component);
      const zeros = [...values.keys()].filter((unit) => values[unit] === 0);
      assertEquals(zeros, zeroed.map(({ unit }) => unit), `${l}.${component}`);
    }
  }
});

Deno.test("neuronMasks() makes a tensor only where some mask zeroes something", async () => {
  const ops = cpuOps();
  const masks = neuronMasks(ops, space, [one, []]);
  assertEquals(masks.keep.map((layer) => Object.keys(layer)), [[], ["value"]]);
  const expected = new Float64Array(72).fill(1);
  expected[35] = 0;
  assertEquals(await ops.read(masks.keep[1].value!), expected);
  assertEquals(neuronMasks(ops, space, [[], []]).keep, [{}, {}]);
});

Deno.test("neuronMasks() refuses neurons that the model does not have", () => {
  for (
    const neuron of [
      { layer: 2, component: "query", unit: 0 },
      { layer: 0, component: "query", unit: 36 },
      { layer: 0, component: "intermediate", unit: 50 },
      { layer: -1, component: "key", unit: 0 },
    ] as const
  ) {
    assertThrows(
      () => neuronMasks(cpuOps(), space, [[], [neuron]]),
      RangeError,
      `Cannot use neuron ${neuron.layer}.${neuron.component}.${neuron.unit}: the model has 2 layers`,
    );
  }
});
