/** Shifted neurons: constants are a checkpoint's biases, donors' values those of another run. */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import {
  cpuOps,
  type CrossEncoder,
  freeMasks,
  type Neuron,
  neuronMasks,
  openCrossEncoder,
  score,
  scoreUnder,
} from "../../internal.ts";
import { type Donor, relativeLine } from "../../src/model/donors.ts";
import type { MaskedNeuron } from "../../src/model/mask.ts";
import { scoresUnderMasks } from "../../src/model/masked_scores.ts";
import { neuronCount, neuronOf } from "../../src/model/neurons.ts";
import type { EncodedPair } from "../../src/model/pair_tokenizer.ts";
import { components } from "../spaces.ts";
import { backends, loaderOf, withModel } from "../backends.ts";
import { bertLinears, encodedOf, goldenModel, loadWithWeights, readTensors } from "./models.ts";

const { folder, pairs } = await goldenModel("l2-w36-h3-f50-labels2");
const families = [
  "debertav2-w36-labels2",
  "modernbert-w36-labels1",
  "t5-w32",
];

/** A unit of every component of both layers, with a constant of its own. */
const constants: readonly (Neuron & { readonly shift: number })[] = [0, 1].flatMap((layer) =>
  components.map((component, c) => ({ layer, component, unit: 3 * c + layer, shift: c - 2.5 }))
);

/** The checkpoint whose units have weight rows of zeros and the constants as biases. */
async function withConstants() {
  const tensors = await readTensors(folder);
  for (const { layer, component, unit, shift } of constants) {
    const linear = `bert.encoder.layer.${layer}.${bertLinears[component]}`;
    const weight = tensors.get(`${linear}.weight`)!;
    const inputs = weight.shape[1];
    weight.data.fill(0, unit * inputs, (unit + 1) * inputs);
    tensors.get(`${linear}.bias`)!.data[unit] = shift;
  }
  return loadWithWeights(folder, tensors);
}

/** A product with 0 is 0 in any arithmetic; sums may round in another order. */
const same = { cpu: 1e-14, simd: 2e-6, gpu: 2e-6 };

const donorOf = (encoded: EncodedPair, t = 1): Donor => ({
  path: { encoded, baseline: new Int32Array(encoded.ids.length) },
  t,
});

for (const backend of backends) {
  const { kind, ignore } = backend;
  Deno.test({
    name: `scores of units set to constants are those of the checkpoint so set, ${kind}`,
    ignore,
    fn: () =>
      withModel(folder, { backend }, async (encoder) => {
        const ops = await backend.open();
        const expected = await score(await openCrossEncoder(await withConstants(), ops), pairs);
        ops.close();
        const plain = await score(encoder, pairs);
        const masks = neuronMasks(encoder.ops, encoder.config, [constants]);
        const of = pairs.map(() => 0);
        const alone = await scoreUnder(encoder, pairs, { masks: { masks, of } });
        freeMasks(encoder.ops, masks);
        const encoded = pairs.map(encodedOf);
        const upper = constants.filter(({ layer }) => layer === 1);
        const sets = [constants, [], upper];
        const together = await scoresUnderMasks(encoder, encoded, sets);
        expected.forEach(({ logits }, i) => {
          logits.forEach((logit, c) => {
            assertLess(Math.abs(alone[i].logits[c] - logit), same[kind]);
            assertLess(Math.abs(together[0][i].logits[c] - logit), same[kind]);
          });
          assert(Math.abs(plain[i].logits[0] - logits[0]) > 1e-3); // and the constants mattered
          assert(together[2][i].logits[0] !== together[0][i].logits[0]);
        });
        assertEquals(together[1], await scoresUnderMasks(encoder, encoded, [[]]).then(([s]) => s));
      }),
  });

  Deno.test({
    name: `units taken from another pair are those of its own run, line by line, ${kind}`,
    ignore,
    fn: () =>
      withModel(folder, { backend }, async (encoder) => {
        const [own, other] = [encodedOf(pairs[4]), encodedOf(pairs[1])];
        assert(own.ids.length !== other.ids.length);
        for (const component of components) {
          for (const layer of [0, 1]) {
            const neuron: MaskedNeuron = { layer, component, unit: 7, shift: "donor" };
            const [found] = await scoresUnderMasks(encoder, [own], [[neuron]], {
              donors: [donorOf(other)],
            });
            const expected = await byHand(own, other, neuron);
            found[0].logits.forEach((logit, c) =>
              assertLess(Math.abs(logit - expected[c]), 5 * same[kind], `${layer}.${component}`)
            );
          }
        }
      }),
  });
}

/**
 * The logits of a pair with one unit overwritten by what it was in the other pair's run, without masks:
 * the linear's output is watched in one run and written to in the next.
 */
async function byHand(own: EncodedPair, other: EncodedPair, { layer, component, unit }: Neuron) {
  const ops = cpuOps();
  const encoder = await openCrossEncoder(loaderOf(folder), ops);
  const step = encoder.graph.steps.find((one) =>
    one.kind === "linear" && one.site?.layer === layer && one.site.component === component
  );
  if (step?.kind !== "linear") throw new Error("no such linear");
  const linear = encoder.weights.linears.get(step.linear)!;
  type Numbers = { readonly data: Float64Array; readonly rows: number; readonly width: number };
  let seen: number[] = [];
  const run = async (pair: EncodedPair, change: (out: Numbers) => void): Promise<number[]> => {
    const watched: CrossEncoder = {
      ...encoder,
      ops: {
        ...ops,
        linear(out, x, weights, options = {}) {
          if (weights !== linear) return ops.linear(out, x, weights, options);
          ops.linear(out, x, weights);
          change(out as unknown as Numbers);
          if (options.activated) ops.activate(options.activated, out, { name: "gelu" });
        },
      },
    };
    const [[{ logits }]] = await scoresUnderMasks(watched, [pair], [[]]);
    return [...logits];
  };
  await run(other, ({ data, rows, width }) => {
    seen = Array.from({ length: rows }, (_, m) => data[m * width + unit]);
  });
  return await run(own, ({ data, rows, width }) => {
    for (let m = 0; m < rows; m++) {
      const part = rows === 1 ? 0 : m / (rows - 1);
      data[m * width + unit] = seen[Math.round(part * (seen.length - 1))];
    }
  });
}

for (const name of families) {
  Deno.test(`units taken from the pair itself change nothing, also in tables of positions, ${name}`, async () => {
    const ops = cpuOps();
    const encoder = await openCrossEncoder(loaderOf(`tests/golden/families/models/${name}`), ops);
    const encoded = ["old bridge", "a cold river in the north"].map((passage) =>
      encoder.tokenizer.encode("river", passage)
    );
    const all = Array.from(
      { length: neuronCount(encoder.config) },
      (_, id): MaskedNeuron => ({ ...neuronOf(encoder.config, id), shift: "donor" }),
    );
    const some = all.filter(({ unit }) => unit % 3 === 0);
    const [none, found, zeroed] = await scoresUnderMasks(
      encoder,
      encoded,
      [[], some, some.map(({ shift: _, ...neuron }) => neuron)],
      { donors: encoded.map((one) => donorOf(one)) },
    );
    none.forEach(({ logits }, i) => {
      logits.forEach((logit, c) => assertAlmostEquals(found[i].logits[c], logit, 1e-13));
      assert(Math.abs(zeroed[i].logits[0] - logits[0]) > 1e-6);
    });
  });
}

Deno.test("relativeLine() goes from the first line to the last, and repeats or skips between", () => {
  const lines = (of: number, among: number) =>
    Array.from({ length: of }, (_, i) => relativeLine(i, of, among));
  assertEquals(lines(4, 4), [0, 1, 2, 3]);
  assertEquals(lines(3, 7), [0, 3, 6]);
  assertEquals(lines(5, 3), [0, 1, 1, 2, 2]);
  assertEquals(lines(1, 9), [0]);
});

Deno.test("neuronMasks() refuses a shift that is no number, and scores without donors fail", async () => {
  const encoder = await openCrossEncoder(loaderOf(folder), cpuOps());
  const neuron = { layer: 0, component: "key", unit: 1 };
  assertThrows(
    () => neuronMasks(encoder.ops, encoder.config, [[{ ...neuron, shift: NaN }]]),
    RangeError,
    "Cannot mask neuron 0.key.1: expected a finite shift, got NaN",
  );
  await assertRejects(
    () => scoresUnderMasks(encoder, [encodedOf(pairs[0])], [[{ ...neuron, shift: "donor" }]]),
    RangeError,
    "Cannot take units from donors: expected donors, got none",
  );
});
