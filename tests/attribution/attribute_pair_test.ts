/** One pair by itself, and its conductances token by token. */

import { assert, assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import { attribute } from "../../src/attribution/attribute.ts";
import {
  attributePair,
  attributePairUnder,
  attributeTokens,
} from "../../src/attribution/attribute_pair.ts";
import { topNeurons } from "../../src/attribution/neuron_sets.ts";
import { rule } from "../../src/attribution/rule.ts";
import { byComponent } from "../../src/attribution/schemes/scheme_file.ts";
import { neuronMasks } from "../../src/model/mask.ts";
import { neuronId, parseNeuron } from "../../src/model/neurons.ts";
import { backends, withModel } from "../backends.ts";

const fixture = "fixtures/tiny-cross-encoder";
const pair = {
  query: "how to toast with the steak",
  passage: "Sugar knight From the blade and a steak her Drill in a cheese with the toast.",
  label: "relevant",
} as const;

for (const backend of backends) {
  const { kind, ignore } = backend;
  Deno.test({
    name: `attributeTokens() splits over tokens what attributePair() sums, ${kind}`,
    ignore,
    fn: () =>
      withModel(fixture, { backend, memoryBytes: 2 ** 23 }, async (model) => { // chunks of few points
        const one = await attributePair(model, pair, { baseline: "pad-query" });
        const options = { points: one.points, baseline: "pad-query" } as const;
        const { tokens, layers } = await attributeTokens(model, pair, options);
        assertEquals(tokens.map(({ piece }) => piece).slice(0, 3), ["[CLS]", "how", "to"]);
        assertEquals([tokens[0].segment, tokens[1].segment], ["[CLS]", "query"]);
        const largest = Math.max(...one.conductance.map(Math.abs));
        // sums of about 20 tokens in another order
        const tolerance = largest * (kind === "cpu" ? 1e-13 : 1e-5);
        let outsideCls = 0;
        for (
          const [component, { shape: [, units], data }] of byComponent(one.space, one.conductance)
        ) {
          for (const [l, layer] of layers.entries()) {
            for (let unit = 0; unit < units; unit++) {
              let sum = 0;
              for (let t = 0; t < tokens.length; t++) sum += layer[component][t * units + unit];
              const expected = (data as Float64Array)[l * units + unit];
              assertLess(Math.abs(sum - expected), tolerance, `${l}.${component}.${unit}`);
              if (l === layers.length - 1 && component === "intermediate") {
                for (let t = 1; t < tokens.length; t++) {
                  outsideCls += Math.abs(layer[component][t * units + unit]);
                }
              }
            }
          }
        }
        assertEquals(outsideCls, 0);
      }),
  });
}

Deno.test("attributePair() is attribute() of one pair, with its gap and the model's sizes", () =>
  withModel(fixture, { backend: backends[0] }, async (model) => {
    const options = { rule: rule("trapezoid", { steps: 4 }) };
    const one = await attributePair(model, pair, options);
    const [same] = await Array.fromAsync(attribute(model, [pair], options));
    assertEquals(one.conductance, same.conductance);
    assertEquals(one.gap, same.completeness.relative);
    const names = topNeurons(one, { count: 2 });
    const [first, second] = [...one.conductance.keys()]
      .sort((a, b) => one.conductance[b] - one.conductance[a]);
    const width = one.space.components.reduce((sum, { units }) => sum + units, 0);
    assertEquals(names.map((name) => Number(name.split(".")[0])), [
      Math.floor(first / width),
      Math.floor(second / width),
    ]);
    const all = one.conductance.length;
    assertEquals(topNeurons(one, { level: 0.01 }).length, Math.round(all / 100));
    assertEquals(topNeurons({ space: one.space, mean: one.conductance }, { count: 2 }), names);
    assertThrows(() => topNeurons(one, { count: 0 }), RangeError, "expected a positive integer");
    assertThrows(() => topNeurons(one, { level: 2 }), RangeError, "at most 100 %");
  }));

Deno.test("attributeTokens() refuses points that are no path", () =>
  withModel(fixture, { backend: backends[0] }, async (model) => {
    for (const points of [[], [0], [0, 0.5, 0.5, 1], [0.5, 0], [0, 1.5]]) {
      await assertRejects(() => attributeTokens(model, pair, { points }), RangeError, "ascending");
    }
    assert((await attributeTokens(model, pair, { points: [0, 1] })).layers.length > 0);
  }));

Deno.test("attributePair() without neurons gives them no conductance, and what their mask gives", () =>
  withModel(fixture, { backend: backends[0] }, async (model) => {
    const without = ["1.value.5", "2.intermediate.7"];
    const options = { rule: rule("trapezoid", { steps: 4 }) };
    const one = await attributePair(model, pair, { ...options, without });
    const neurons = without.map((name) => parseNeuron(model.config, name));
    for (const neuron of neurons) assertEquals(one.conductance[neuronId(one.space, neuron)], 0);
    const masks = neuronMasks(model.ops, model.config, [neurons]);
    const same = await attributePairUnder(model, pair, { ...options, masks });
    assertEquals(one.conductance, same.conductance);
    assert(one.F.input !== (await attributePair(model, pair, options)).F.input);
    await assertRejects(() => attributePair(model, pair, { without: ["9.x.1"] }), SyntaxError);
  }));
