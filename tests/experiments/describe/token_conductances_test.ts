// What each token contributes: sums are attribute()'s conductances, and parts are attributeTokens()'.

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { attributePair, attributeTokens } from "../../../src/attribution/attribute_pair.ts";
import { pointsThatFit } from "../../../src/attribution/path/path_points.ts";
import { labelledPath } from "../../../src/attribution/path/labelled_path.ts";
import { rule } from "../../../src/attribution/rule.ts";
import { describeNeurons } from "../../../src/experiments/describe/describe.ts";
import { onTokens, tokenActivations } from "../../../src/experiments/describe/neuron_values.ts";
import { tokenConductances } from "../../../src/experiments/describe/token_conductances.ts";
import type { CrossEncoder } from "../../../src/model/cross_encoder.ts";
import { neuronId, parseNeuron, partsOf } from "../../../src/model/neurons.ts";
import { backends, withModel } from "../../backends.ts";
import { pairs, withFixture } from "../fixture.ts";

const names = ["0.query.3", "0.query.7", "1.value.3", "2.intermediate.100", "3.key.1", "3.query.0"];
const [pair] = pairs;
const rules = [
  rule("adaptive", { tolerance: 0.5 }),
  rule("right", { steps: 3 }),
  rule("captum:gausslegendre", { steps: 3 }),
];

/** The largest difference of tokens' sums from attribute()'s conductances. */
async function apart(encoder: CrossEncoder, by: typeof rules[number]): Promise<number> {
  const neurons = names.map((name) => parseNeuron(encoder.config, name));
  const found = await tokenConductances(encoder, pair, neurons, { rule: by });
  const one = await attributePair(encoder, pair, { rule: by });
  const { length } = encoder.tokenizer.encode(pair.query, pair.passage).ids;
  // the last layer's queries are [CLS]'s alone
  assertEquals(found.conductances.map(({ values }) => values.length), [
    ...Array(5).fill(length),
    1,
  ]);
  const points = by.kind === "fixed" ? by.points.length : one.points.length + one.evaluations;
  assertEquals(found.evaluations, points);
  const largest = Math.max(...one.conductance.map(Math.abs));
  return Math.max(...neurons.map((neuron, n) => {
    const sum = found.conductances[n].values.reduce((all, value) => all + value, 0);
    return Math.abs(sum - one.conductance[neuronId(encoder.config, neuron)]) / largest;
  }));
}

for (const backend of backends) {
  Deno.test({
    name: `tokenConductances() sum to attribute()'s conductances by every rule, ${backend.kind}`,
    ignore: backend.ignore,
    fn: () =>
      withModel("fixtures/tiny-cross-encoder", { backend }, async (encoder) => {
        for (const by of backend.kind === "cpu" ? rules : rules.slice(1, 2)) {
          const difference = await apart(encoder, by);
          assert(difference < (backend.kind === "cpu" ? 1e-12 : 1e-5), `${by.name}: ${difference}`);
        }
      }),
  });
}

Deno.test("tokenConductances() are attributeTokens()', in chunks of points too", () =>
  withFixture(async (encoder) => {
    const neurons = names.map((name) => parseNeuron(encoder.config, name));
    const { points } = await attributePair(encoder, pair, { rule: rules[0] });
    const { layers } = await attributeTokens(encoder, pair, { points });
    const { ops } = encoder;
    const small = { ...encoder, ops: { ...ops, limits: { ...ops.limits, memoryBytes: 3e6 } } };
    const most = pointsThatFit(small, labelledPath(small, pair, {}));
    const uniform = rule("trapezoid", { steps: 1 });
    const fixed = { ...uniform, points } as typeof uniform;
    assert(most < points.length, `${most} of ${points.length} points fit`);
    for (const [one, by] of [[encoder, rules[0]], [small, fixed]] as const) {
      const { conductances } = await tokenConductances(one, pair, neurons, { rule: by });
      neurons.forEach(({ layer, component, unit }, n) => {
        const { [component]: all } = layers[layer];
        const width = component === "intermediate" ? 256 : 128;
        conductances[n].values.forEach((value, token) =>
          assertAlmostEquals(value, all[token * width + unit], 1e-12)
        );
      });
    }
  }));

const models = [
  { name: "families/models/qwen3-w32-reranker", once: (tokens: number) => [tokens - 1] },
  { name: "encoders/models/bert-w30-cls-dot", once: (_: number, second = 0) => [0, second] },
];
for (const { name, once } of models) {
  Deno.test(`what ${name} has once a text is at the token that is taken for it`, () =>
    withModel(`tests/golden/${name}`, { backend: backends[0] }, async (encoder) => {
      const { layer: top, component, units } = partsOf(encoder.config).at(-1)!;
      const [query, passage] = ["copper pan", "polish it with salt"];
      const own = { query, passage, label: "relevant" as const };
      const neurons = [0, top].map((layer) => ({ layer, component, unit: 2 }));
      const by = rule("trapezoid", { steps: 3 });
      const { conductances } = await tokenConductances(encoder, own, neurons, { rule: by });
      const activations = await tokenActivations(encoder, own, neurons);
      const { points } = await attributePair(encoder, own, { rule: by });
      const { layers } = await attributeTokens(encoder, own, { points });
      const { ids, second } = encoder.tokenizer.encode(query, passage);
      for (const [n, { layer }] of neurons.entries()) {
        const found = onTokens(conductances[n], ids.length);
        found.forEach((value, token) => {
          const expected = layers[layer][component][token * units + 2];
          assertAlmostEquals(value ?? 0, expected, 1e-12);
        });
        const places = [...found.keys()].filter((token) => found[token] !== null);
        assertEquals(places, layer === 0 ? [...ids.keys()] : once(ids.length, second));
        assertEquals(activations[n].tokens, conductances[n].tokens);
      }
    }));
}

Deno.test("describeNeurons() gives tokens' conductances where they are asked for alone", () =>
  withFixture(async (encoder) => {
    const options = {
      ...{ rule: rule("right", { steps: 2 }), axioms: [], examples: 2, draws: 100 },
    };
    const chosen = [names[2], names[5]];
    const without = await describeNeurons(encoder, chosen, pairs.slice(0, 5), options);
    const found = await describeNeurons(encoder, chosen, pairs.slice(0, 5), {
      ...{ ...options, tokenConductance: true },
    });
    const shown = new Set(found.neurons.flatMap(({ examples }) => examples.map((one) => one.pair)));
    assertEquals(found.evaluations, without.evaluations + 3 * shown.size);
    for (const { examples } of found.neurons) {
      assertEquals(examples.length, 2);
      for (const { conductances = [], conductance, activations } of examples) {
        assertEquals(
          conductances.map((one) => one === null),
          activations.map((one) => one === null),
        );
        const sum = conductances.reduce<number>((all, value) => all + (value ?? 0), 0);
        assertAlmostEquals(sum, conductance, 1e-12);
      }
    }
    // nothing else is changed
    const stripped = found.neurons.map(({ examples, ...one }) => ({
      ...one,
      examples: examples.map(({ conductances: _, ...rest }) => rest),
    }));
    assertEquals(
      { ...found, neurons: stripped, evaluations: 0 },
      { ...without, evaluations: 0 },
    );
  }));
