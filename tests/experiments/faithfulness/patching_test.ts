/** Exact patching: equal to checkpoints whose units are really set, and to what masks say of it. */

import { assert, assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import {
  type Chunk,
  cpuOps,
  type CrossEncoder,
  type LabelledPair,
  neuronId,
  neuronName,
  neuronOf,
  openCrossEncoder,
  parseNeuron,
  patchedValues,
  planPatching,
  rule,
} from "../../../internal.ts";
import { targetValue } from "../../../src/attribution/target/target_value.ts";
import { targets } from "../../../src/compute/ops.ts";
import { faithfulness } from "../../../study.ts";
import { matchedOrder } from "../../../src/experiments/faithfulness/patching_plan.ts";
import { randomisedLayers } from "../../../src/experiments/faithfulness/randomisation.ts";
import { reinitialised } from "../../../src/model/reinitialised.ts";
import { sample, seededRandom } from "../../../src/ir/random.ts";
import { activationSums, givesTokens } from "../../../src/model/activation_sums.ts";
import { scoreEncoded } from "../../../src/model/cross_encoder.ts";
import { neuronCount, type NeuronSpace, partsOf } from "../../../src/model/neurons.ts";
import { backends, withModel } from "../../backends.ts";
import { bertLinears, loadWithWeights, readTensors } from "../../model/models.ts";
import { bertSpace } from "../../spaces.ts";

const pairs: readonly LabelledPair[] = [
  { query: "the river", passage: "an old bridge over the river", label: "relevant" },
  { query: "a jar", passage: "the copper pan", label: "non-relevant" },
];

/** A checkpoint without positions and types, so that all tokens of an input of [PAD] are alike. */
async function withoutPositions(folder: string, prefix: string) {
  const tensors = await readTensors(folder);
  for (const table of ["position_embeddings", "token_type_embeddings"]) {
    tensors.get(`${prefix}.embeddings.${table}.weight`)!.data.fill(0);
  }
  return tensors;
}

for (
  const [folder, prefix] of [
    ["tests/golden/models/l2-w36-h3-f50-labels2", "bert"],
    ["tests/golden/models/electra-w36-e20-labels1", "electra"],
  ] as const
) {
  Deno.test(`patchedValues() of one unit is F of the checkpoint whose unit is set, for 20 units, ${folder}`, async () => {
    const ops = cpuOps();
    const tensors = await withoutPositions(folder, prefix);
    const encoder = await openCrossEncoder(loadWithWeights(folder, tensors), ops);
    const { config, tokenizer } = encoder;
    const count = neuronCount(config);
    const ids = Array.from({ length: 20 }, (_, k) => Math.floor((k + .37) * count / 20));
    assertEquals(new Set(ids.map((id) => neuronOf(config, id).component)).size, 6);
    const sets = [new Uint32Array(0), ...ids.map((id) => Uint32Array.of(id))];
    const found = await patchedValues(encoder, pairs, sets, { target: "margin" });
    const ofTokens = givesTokens(encoder);
    for (const [p, { query, passage, label }] of pairs.entries()) {
      const own = tokenizer.encode(query, passage);
      const padding = { ...own, ids: own.ids.map(() => config.padding) };
      const [sums] = await activationSums(encoder, [padding]);
      let moved = 0;
      for (const [k, id] of ids.entries()) {
        const neuron = neuronOf(config, id);
        const linear = `${prefix}.encoder.layer.${neuron.layer}.${bertLinears[neuron.component]}`;
        const set = new Map(tensors);
        const { shape, data } = tensors.get(`${linear}.weight`)!;
        const weight = data.slice();
        weight.fill(0, neuron.unit * shape[1], (neuron.unit + 1) * shape[1]);
        set.set(`${linear}.weight`, { shape, data: weight });
        const bias = tensors.get(`${linear}.bias`)!;
        const biases = Float64Array.from(bias.data as Float32Array);
        biases[neuron.unit] = ofTokens[id] ? sums[id] / own.ids.length : sums[id];
        set.set(`${linear}.bias`, { shape: bias.shape, data: biases });
        const changed = await openCrossEncoder(loadWithWeights(folder, set), ops);
        const [{ logits }] = await scoreEncoded(changed, [own]);
        const expected = targetValue(logits, { label, target: "margin" });
        const value = found[p * sets.length + 1 + k];
        // a unit that is constant is so by a thousand roundings at most
        assertAlmostEquals(value, expected, 1e-12, neuronName(neuron));
        if (Math.abs(value - found[p * sets.length]) > 1e-9) moved++;
      }
      assert(moved > 10, "the units do nothing");
    }
  });
}

for (const backend of backends) {
  Deno.test({
    name:
      `patchedValues() of a pair do not depend on the pairs and sets beside it, ${backend.kind}`,
    ignore: backend.ignore,
    fn: () =>
      withModel("fixtures/tiny-cross-encoder", { backend }, async (encoder) => {
        const count = neuronCount(encoder.config);
        const half = Uint32Array.from({ length: count / 2 }, (_, i) => 2 * i);
        const sets = [new Uint32Array(0), half, Uint32Array.of(count - 1), Uint32Array.of(7)];
        const chunks: Chunk[] = [];
        const together = await patchedValues(encoder, pairs, sets, {
          onChunk: (chunk) => void chunks.push(chunk),
        });
        for (const [p, pair] of pairs.entries()) {
          for (const [s, set] of sets.entries()) {
            const [alone] = await patchedValues(encoder, [pair], [set]);
            assertEquals(together[p * sets.length + s], alone);
          }
        }
        assertEquals(await patchedValues(encoder, pairs, sets, { finished: chunks }), together);
        const values = [...together];
        assertEquals(new Set(values).size, values.length); // every set does something
        const zero = await patchedValues(encoder, pairs, sets, { baseline: "zero" });
        assertEquals([zero[0], zero[4]], [together[0], together[4]]);
        assert(zero[1] !== together[1]); // the baseline says what units are set to
      }),
  });
}

Deno.test("faithfulness() judges one gradient at the input and a fine rule by the same patches", () =>
  withModel("fixtures/tiny-cross-encoder", { backend: backends[1] }, async (encoder) => {
    const rules = [rule("right", { steps: 20 }), rule("right", { steps: 1 })];
    const options = { rules, units: 20, orders: 2, target: "margin" } as const;
    const study = await faithfulness(encoder, pairs, options);
    assertEquals([...new Set(study.agreement.map((one) => one.rule))], ["right 20", "right 1"]);
    assertEquals([study.pairs, study.units.length, study.target], [2, 20, "margin"]);
    const sets = study.units.map(({ neuron }) =>
      Uint32Array.of(neuronId(encoder.config, parseNeuron(encoder.config, neuron)))
    );
    const all = [new Uint32Array(0), ...sets];
    const values = await patchedValues(encoder, pairs, all, { target: "margin" });
    study.units.forEach(({ change }, u) => {
      const own = [0, all.length].map((at) => values[at] - values[at + 1 + u]);
      assertAlmostEquals(change, (own[0] + own[1]) / 2, 1e-12);
    });
    await assertRejects(() => faithfulness(encoder, []), RangeError, "expected pairs, got none");
  }));

Deno.test("targetValue() is what the operation objective computes", async () => {
  const ops = cpuOps();
  for (const logits of [[.7], [-3.5], [.3, 1.2], [4, -2]]) {
    for (const target of targets) {
      for (const label of ["relevant", "non-relevant"] as const) {
        const [value, slope] = [ops.empty(1, 1), ops.empty(1, logits.length)];
        const given = ops.floats(1, logits.length, Float64Array.from(logits));
        const one = ops.floats(1, 1, Float64Array.of(label === "relevant" ? 1 : 0));
        ops.objective(value, slope, given, one, target);
        const [expected] = await ops.read(value);
        assertAlmostEquals(targetValue(logits, { label, target }), expected, 1e-15);
      }
    }
  }
});

const space: NeuronSpace = bertSpace({ layers: 2, width: 12, inner: 20 });
const count = neuronCount(space);
const mean = Float64Array.from({ length: count }, (_, i) => Math.sin(7 * i) * (i % 5));

Deno.test("planPatching() draws half of the units from the set, and cuts orders into prefixes", () => {
  const plan = planPatching(space, [mean, mean.map((x) => -x)], {
    ...{ units: 40, level: .15, orders: 2, seed: 4 },
  });
  const { strongest, outside } = plan.units;
  assertEquals([strongest.length, outside.length, plan.inSet], [20, 20, Math.round(.15 * count)]);
  const weakest = Math.min(...[...strongest].map((id) => Math.abs(mean[id])));
  for (const id of outside) assert(Math.abs(mean[id]) <= weakest);
  assertEquals(new Set([...strongest, ...outside]).size, 40);
  assertEquals([plan.sets[0].length, plan.sets[1].length], [0, count]);
  for (const id of [...strongest, ...outside]) {
    assertEquals([...plan.sets[plan.setOfUnit(id)]], [id]);
  }
  assertEquals(plan.orders.map(({ kind, rule }) => `${kind} ${rule ?? ""}`), [
    ...["signed 0", "signed 1", "absolute 0", "absolute 1", "random ", "random "],
  ]);
  plan.orders.forEach(({ ids }, o) => {
    assertEquals(new Set(ids).size, count);
    plan.sizes.forEach((size, s) => {
      const [removed, kept] = (["removed", "kept"] as const)
        .map((what) => plan.sets[plan.setOfOrder(o, s, what)]);
      assertEquals([...removed], [...ids.slice(0, size)].sort((a, b) => a - b));
      assertEquals(removed.length + kept.length, count);
      assertEquals(new Set([...removed, ...kept]).size, count);
    });
  });
  const [signed, opposite, absolute] = plan.orders;
  assertEquals(mean[signed.ids[0]], Math.max(...mean));
  assertEquals(mean[opposite.ids[0]], Math.min(...mean));
  assertEquals(Math.abs(mean[absolute.ids[0]]), Math.max(...mean.map(Math.abs)));
  const few = planPatching(space, [mean], { units: 40, level: .01 });
  assertEquals([few.units.strongest.length, few.units.outside.length], [2, 38]);
  const again = planPatching(space, [mean], { units: 40, level: .01 });
  assertEquals(again.sets, few.sets);
  const other = planPatching(space, [mean], { units: 40, level: .01, seed: 1 });
  assert(other.units.outside.some((id, i) => id !== few.units.outside[i]));
});

Deno.test("matchedOrder() has a unit of the same layer and component at every place", () => {
  const ids = Uint32Array.from({ length: count }, (_, i) => (i * 37) % count);
  const order = matchedOrder(space, ids, 5);
  const partOf = (id: number) => partsOf(space).findLastIndex(({ first }) => first <= id);
  assertEquals([...order].map(partOf), [...ids].map(partOf));
  assertEquals(new Set(order).size, count);
  const same = order.filter((id, i) => id === ids[i]).length;
  assertLess(same, count / 2); // and it is another
  assert(matchedOrder(space, ids, 6).some((id, i) => id !== order[i]));
});

Deno.test("reinitialised() draws the linears of upper layers anew, and leaves the model as it was", () =>
  withModel("fixtures/tiny-cross-encoder", { backend: backends[0] }, async (encoder) => {
    const [pair] = pairs;
    const encoded = [encoder.tokenizer.encode(pair.query, pair.passage)];
    const [before] = await scoreEncoded(encoder, encoded);
    const activations = async (one: CrossEncoder) => (await activationSums(one, encoded))[0];
    const own = await activations(encoder);
    const layer = (values: Float64Array, l: number) =>
      values.subarray(l * 896, (l + 1) * 896).map((value) => value);
    const top = reinitialised(encoder, { from: 3, seed: 1 });
    const all = reinitialised(encoder, { from: 0, seed: 1 });
    const again = reinitialised(encoder, { from: 0, seed: 1 });
    const [ofTop, ofAll] = [await activations(top.encoder), await activations(all.encoder)];
    for (const l of [0, 1, 2]) assertEquals(layer(ofTop, l), layer(own, l));
    assert(layer(ofTop, 3).some((value, i) => value !== layer(own, 3)[i]));
    assert(layer(ofAll, 0).some((value, i) => value !== layer(own, 0)[i]));
    assertEquals(await activations(again.encoder), ofAll);
    const [step] = encoder.graph.steps.filter((one) => one.kind === "linear" && one.site);
    if (step.kind !== "linear") throw new Error("no linear");
    const numbers = await encoder.ops.read(all.encoder.weights.linears.get(step.linear)!.weight);
    const square = Array.from(numbers).reduce((sum, value) => sum + value * value, 0) /
      numbers.length;
    assertAlmostEquals(Math.sqrt(square), .02, 3e-4); // 128 · 128 numbers
    for (const drawn of [top, all, again]) drawn.free();
    assertEquals((await scoreEncoded(encoder, encoded))[0], before);
  }));

Deno.test("faithfulness() tells how attributions change as layers are drawn anew", () =>
  withModel("fixtures/tiny-cross-encoder", { backend: backends[1] }, async (encoder) => {
    const options = { rules: [rule("right", { steps: 10 })], units: 8, orders: 0 };
    const study = await faithfulness(encoder, pairs, { ...options, randomise: true });
    const found = study.randomised!;
    assertEquals(found.map(({ from, layers }) => [from, layers]), [[3, 1], [2, 2], [1, 3], [0, 4]]);
    assertEquals(found[3].below, null);
    assertEquals(found.map(({ evaluations }) => evaluations), [11, 11, 11, 11]); // points of 10 steps
    assert(found[0].spearman! > found[3].spearman!);
    assertLess(Math.abs(found[3].spearman!), .5);
    assertEquals((await faithfulness(encoder, pairs, options)).randomised, undefined);
  }));

Deno.test("randomisedLayers() is Spearman's correlation, of all units and of those below", () => {
  const flipped = mean.map((value, i) => i < count / 2 ? value : -value);
  const [top, all] = randomisedLayers(space, mean, [
    { from: 1, mean: flipped, evaluations: 11 },
    { from: 0, mean: mean.map((value) => -value), evaluations: 12 },
  ]);
  assertAlmostEquals(top.below!, 1, 1e-12);
  assertAlmostEquals(top.absolute!, 1, 1e-12);
  assert(Math.abs(top.spearman!) < .5);
  assertAlmostEquals(all.spearman!, -1, 1e-12);
  assertEquals([top.layers, all.layers, all.below], [1, 2, null]);
  assertEquals([top.evaluations, all.evaluations], [11, 12]);
});

Deno.test("patchedValues() goes through more sets than are in memory at once, each in its place", () =>
  withModel(
    "tests/golden/models/l2-w36-h3-f50-labels2",
    { backend: backends[0] },
    async (encoder) => {
      const neurons = neuronCount(encoder.config);
      const ids = Array.from({ length: neurons }, (_, id) => id);
      const drawn = Array.from(
        { length: 800 },
        (_, i) => Uint32Array.from(sample(ids, neurons / 2, seededRandom(i))).sort(),
      );
      const sets = [...drawn, ...drawn, ...drawn];
      assert(sets.length * neurons / 2 > 2 ** 19); // what is in memory at once
      const values = await patchedValues(encoder, pairs.slice(0, 1), sets);
      assertEquals(values.slice(800, 1600), values.slice(0, 800));
      assertEquals(values.slice(1600), values.slice(0, 800));
      const few = [drawn[799], drawn[100]];
      const alone = await patchedValues(encoder, pairs.slice(0, 1), few);
      assertEquals([...alone], [values[799], values[100]]);
      assert(alone[0] !== alone[1]);
    },
  ));
