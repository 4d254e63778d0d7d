/** Paths of models that compare texts by more than one vector: completeness, tokens, memory, company, order. */

import { assert, assertEquals, assertLess } from "@std/assert";
import {
  attribute,
  type AttributeOptions,
  type LabelledPair,
  movingTexts,
  type PairAttribution,
  parseTextPairs,
  rule,
  score,
} from "../../internal.ts";
import { attributePair, attributeTokens } from "../../src/attribution/attribute_pair.ts";
import { firstId } from "../../src/model/neurons.ts";
import { backends, root, withModel } from "../backends.ts";
import { assertSame, run } from "./fixture_runs.ts";

const folder = "tests/golden/encoders/models";
/** Each with the mebibytes in which a path of its longest pair needs several chunks. */
const models = [
  ["colbert-l1-w36", 0.5],
  ["colbert-pylate-w30", 1],
  ["colbert-modernbert-w36", 2.5],
  ["splade-l1-w36", 0.9],
  ["splade-st-w30", 1],
] as const;
const [cpu, simd] = backends;
const pairs: readonly LabelledPair[] = parseTextPairs(
  await Deno.readTextFile(new URL(`${folder}/colbert-l1-w36/pairs.tsv`, root)),
  { name: "pairs.tsv", labelled: true },
);
const [, pair] = pairs;

for (const [name, least] of models) {
  const model = `${folder}/${name}`;
  for (const path of movingTexts) {
    Deno.test(`attribute() is complete at every cut of both texts, path ${path}, ${name}`, () =>
      withModel(model, { backend: cpu }, async (encoder) => {
        const options: AttributeOptions = {
          ...{ rule: rule("trapezoid", { steps: 400 }), path, baseline: "pad-content" },
          ...(path === "query" ? { baseline: "pad-query" as const } : {}),
        };
        for await (const { completeness, F } of attribute(encoder, [pair], options)) {
          assertEquals(completeness.cuts.length, 1 + 2 * encoder.config.layers);
          assert(Math.abs(F.input - F.baseline) > 1e-2);
          // F has a kink wherever a maximum changes hands: an error of the order of 1 / steps, there alone
          assertLess(completeness.relative, 3e-2);
        }
      }));
  }

  Deno.test(`attributeTokens() splits a pair over the tokens of both texts, ${name}`, () =>
    withModel(model, { backend: cpu }, async (encoder) => {
      const { config } = encoder;
      const { conductance, points } = await attributePair(encoder, pair);
      const { layers, tokens } = await attributeTokens(encoder, pair, { points });
      for (let layer = 0; layer < config.layers; layer++) {
        for (const { name, units } of config.components) {
          for (let unit = 0; unit < units; unit++) {
            const split = layers[layer][name];
            const sum = tokens.reduce((all, _, i) => all + split[i * units + unit], 0);
            assertLess(Math.abs(sum - conductance[firstId(config, layer, name) + unit]), 1e-11); // rounding
          }
        }
      }
    }));

  for (const backend of [cpu, simd]) {
    Deno.test(`attribute() and score() depend neither on memory nor on company, ${name}, ${backend.kind}`, async () => {
      let whole: PairAttribution[] = [];
      const fixed = rule("trapezoid", { steps: 9 });
      await withModel(model, { backend }, async (encoder) => {
        whole = await run(encoder, { rule: fixed, pairs });
        assertSame(await run(encoder, { rule: fixed, pairs, pairsPerBatch: 1 }), whole);
        const turned = await run(encoder, { rule: fixed, pairs: pairs.toReversed() });
        const last = pairs.length - 1;
        assertSame(turned.map((one) => ({ ...one, index: last - one.index })).toReversed(), whole);
        const scores = await score(encoder, pairs);
        for (const [i, one] of pairs.entries()) {
          assertEquals(await score(encoder, [one]), [scores[i]]);
          const sign = one.label === "relevant" ? 1 : -1;
          // words along a path are x' + 1 (x - x') at its end, which rounds in float32
          const distance = Math.abs(sign * whole[i].F.input - scores[i].logits[0]);
          assertLess(distance, (backend === cpu ? 1e-13 : 1e-6) * Math.max(1, scores[i].logits[0]));
        }
      });
      const memoryBytes = least * 2 ** (backend === cpu ? 20 : 19);
      await withModel(model, { backend, memoryBytes }, async (encoder) => {
        assertSame(await run(encoder, { rule: fixed, pairs }), whole);
      });
    });
  }
}
