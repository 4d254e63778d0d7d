/** ModernBERT, decoders, T5 and DeBERTa against transformers in float64: tokens, scores, masks, conductance. */

import { assert, assertEquals, assertLess } from "@std/assert";
import {
  attribute,
  type AttributeOptions,
  neuronMasks,
  openCrossEncoder,
  openSafetensors,
  parseNeuron,
  rule,
  scoreUnder,
} from "../../internal.ts";
import { scoresUnderMasks } from "../../src/model/masked_scores.ts";
import { attributePair, attributeTokens } from "../../src/attribution/attribute_pair.ts";
import { partsOf } from "../../src/model/neurons.ts";
import { backends, loaderOf, root } from "../backends.ts";
import { conductanceOf, type GoldenCase, relativeDistance } from "./golden.ts";

const folder = "tests/golden/families";

interface Pair {
  readonly query: string;
  readonly passage: string;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  readonly segments: readonly number[];
  readonly logits: readonly number[];
  readonly probability: number;
}

interface Forward {
  readonly template?: string | null;
  readonly pairs: readonly Pair[];
  readonly masked: {
    readonly neurons: readonly string[];
    readonly logits: readonly (readonly number[])[];
  };
}

const json = async (path: string) =>
  JSON.parse(await Deno.readTextFile(new URL(`${folder}/${path}`, root)));
const names = Array.from(Deno.readDirSync(new URL(`${folder}/models`, root)), ({ name }) => name)
  .sort();
assert(names.length >= 7);

for (const backend of backends) {
  for (const name of names) {
    Deno.test({
      name: `${name} is transformers' in tokens, scores, masks and conductance, ${backend.kind}`,
      ignore: backend.ignore,
      async fn() {
        const ops = await backend.open();
        const forward: Forward = await json(`forward/${name}.json`);
        const encoder = await openCrossEncoder(loaderOf(`${folder}/models/${name}`), ops, {
          ...(forward.template ? { template: forward.template } : {}),
        });
        const { tokenizer, config } = encoder;
        const encoded = forward.pairs.map(({ query, passage }) => tokenizer.encode(query, passage));
        forward.pairs.forEach(({ tokens, ids, segments }, i) => {
          assertEquals(encoded[i].tokens, tokens);
          assertEquals([...encoded[i].ids], ids);
          assertEquals([...encoded[i].segments], segments);
        });
        const near = (found: readonly number[], expected: readonly number[]) => {
          assertEquals(found.length, expected.length);
          found.forEach((value, i) => assertLess(Math.abs(value - expected[i]), backend.tolerance));
        };
        const neurons = forward.masked.neurons.map((one) => parseNeuron(config, one));
        const plain = await scoreUnder(encoder, forward.pairs);
        const masks = neuronMasks(ops, config, [neurons]);
        const of = forward.pairs.map(() => 0);
        const masked = await scoreUnder(encoder, forward.pairs, { masks: { masks, of } });
        // the same by what prefixes share
        const [none, shared] = await scoresUnderMasks(encoder, encoded, [[], neurons]);
        forward.pairs.forEach(({ logits, probability }, i) => {
          near(plain[i].logits, logits);
          near([plain[i].probability], [probability]);
          near(masked[i].logits, forward.masked.logits[i]);
          assertEquals(none[i], plain[i]);
          assertEquals(shared[i], masked[i]);
        });
        const { cases }: { cases: readonly GoldenCase[] } = await json(`conductance/${name}.json`);
        const file = await openSafetensors(
          loaderOf(`${folder}/conductance`),
          `${name}.safetensors`,
        );
        assert(cases.length >= 4);
        for (const one of cases) {
          const { query, passage } = forward.pairs[one.pair];
          const label = one.label === 1 ? "relevant" : "non-relevant";
          const [found] = await Array.fromAsync(attribute(encoder, [{ query, passage, label }], {
            rule: rule(one.rule, { steps: one.steps }),
            target: one.target,
            baseline: one.baseline,
          }));
          const expected = await conductanceOf(file, `${one.case}/`, config);
          const about = JSON.stringify(one);
          assertLess(relativeDistance(found.conductance, expected), backend.tolerance, about);
          near([found.F.baseline, found.F.input], [one.F_baseline, one.F_input]);
        }
        ops.close();
      },
    });
  }
}

for (const name of names) {
  Deno.test(`${name} is complete at every declared cut, cpu`, async () => {
    const ops = await backends[0].open();
    const forward: Forward = await json(`forward/${name}.json`);
    const encoder = await openCrossEncoder(loaderOf(`${folder}/models/${name}`), ops, {
      ...(forward.template ? { template: forward.template } : {}),
    });
    const pairs = forward.pairs.slice(0, 1).map(({ query, passage }) => (
      { query, passage, label: "relevant" as const }
    ));
    const options = { rule: rule("trapezoid", { steps: 200 }) };
    for await (const { completeness, F } of attribute(encoder, pairs, options)) {
      assert(completeness.cuts.length > encoder.config.layers);
      // the rule's own error, of the order of steps^-2
      assertLess(completeness.worst, 2e-3 * (1 + Math.abs(F.input - F.baseline)), name);
    }
  });
}

for (const name of ["qwen3-w32-labels1", "t5-w32", "modernbert-w36-labels1"]) {
  Deno.test(`attributeTokens() of ${name} sums up to the pair's conductance, at the token that is taken`, async () => {
    const ops = await backends[0].open();
    const forward: Forward = await json(`forward/${name}.json`);
    const encoder = await openCrossEncoder(loaderOf(`${folder}/models/${name}`), ops, {
      ...(forward.template ? { template: forward.template } : {}),
    });
    const { query, passage } = forward.pairs[0];
    const pair = { query, passage, label: "relevant" as const };
    const quadrature = rule("trapezoid", { steps: 3 });
    const one = await attributePair(encoder, pair, { rule: quadrature });
    const { tokens, layers } = await attributeTokens(encoder, pair, { points: one.points });
    const isDecoder = name !== "modernbert-w36-labels1";
    assertEquals(tokens.some(({ segment }) => segment === "template"), isDecoder);
    const last = encoder.config.layers - 1;
    for (const { layer, component, units, first } of partsOf(encoder.config)) {
      const byToken = layers[layer][component];
      const sums = Float64Array.from(
        { length: units },
        (_, unit) => tokens.reduce((sum, _, token) => sum + byToken[token * units + unit], 0),
      );
      const expected = one.conductance.subarray(first, first + units);
      sums.forEach((sum, unit) => assertLess(Math.abs(sum - expected[unit]), 1e-12));
      if (layer !== last || component !== "ff_output") continue;
      const own = tokens.flatMap((_, token) =>
        byToken.subarray(token * units, (token + 1) * units).some((value) => value !== 0)
          ? [token]
          : []
      );
      assertEquals(own, [isDecoder ? tokens.length - 1 : 0]);
    }
  });

  Deno.test(`attribute() of ${name} does not depend on company, order or chunks, to the bit`, async () => {
    const forward: Forward = await json(`forward/${name}.json`);
    const pairs = forward.pairs.map(({ query, passage }) => (
      { query, passage, label: "non-relevant" as const }
    ));
    const results = async (options: AttributeOptions, memoryBytes?: number, order = pairs) => {
      const ops = await backends[1].open({ memoryBytes });
      const encoder = await openCrossEncoder(loaderOf(`${folder}/models/${name}`), ops, {
        ...(forward.template ? { template: forward.template } : {}),
      });
      const found = await Array.fromAsync(attribute(encoder, order, options));
      ops.close();
      return new Map(found.map((one) => [order[one.index].passage, one.conductance]));
    };
    for (const own of [rule("adaptive", { tolerance: 0.1 }), rule("right", { steps: 9 })]) {
      const together = await results({ rule: own });
      assertEquals(await results({ rule: own }), together);
      assertEquals(await results({ rule: own, pairsPerBatch: 1 }), together);
      assertEquals(await results({ rule: own }, 2 ** 20 * 3), together);
      assertEquals(await results({ rule: own }, undefined, pairs.toReversed()), together);
    }
  });
}
