/** Paths of bi-encoders: what moves, completeness, tokens, and that memory and company change nothing. */

import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import {
  agreements,
  attribute,
  type AttributeOptions,
  type CrossEncoder,
  type LabelledPair,
  movingTexts,
  neuronName,
  neuronOf,
  type PairAttribution,
  parseTextPairs,
  predictedLabel,
  rule,
  score,
  tracePath,
} from "../../internal.ts";
import { attributePair, attributeTokens } from "../../src/attribution/attribute_pair.ts";
import { buildScheme } from "../../src/attribution/schemes/build_scheme.ts";
import { openPairPath } from "../../src/attribution/pair_path.ts";
import { segmentShares } from "../../src/experiments/path/segment_shares.ts";
import { firstId } from "../../src/model/neurons.ts";
import { backends, root, withModel } from "../backends.ts";
import { assertSame, run } from "./fixture_runs.ts";

const folder = "tests/golden/encoders/models";
const [cls, mean] = ["bert-w30-cls-dot", "bert-w36-mean"].map((name) => `${folder}/${name}`);
const [cpu] = backends;
const pairs: readonly LabelledPair[] = parseTextPairs(
  await Deno.readTextFile(new URL(`${mean}/pairs.tsv`, root)),
  { name: "pairs.tsv", labelled: true },
);
const [, pair] = pairs;

for (const model of [cls, mean]) {
  for (const path of movingTexts) {
    Deno.test(`attribute() is complete at every cut of both texts, path ${path}, ${model}`, () =>
      withModel(model, { backend: cpu }, async (encoder) => {
        const options: AttributeOptions = {
          ...{ rule: rule("trapezoid", { steps: 200 }), path },
          baseline: "zero",
        };
        for await (const { completeness, F } of attribute(encoder, [pair], options)) {
          assertEquals(completeness.cuts.length, 1 + 2 * encoder.config.layers);
          assert(Math.abs(F.input - F.baseline) > 1e-3);
          assertLess(completeness.relative, 1e-2); // the rule's own error, of the order of steps^-2
        }
      }));
  }
}

/** Conductances of a layer's component, token by token: [tokens, units]. */
async function byToken(encoder: CrossEncoder, options: Pick<AttributeOptions, "path">) {
  const found = await attributePair(encoder, pair, options);
  const { points } = found;
  return { ...found, ...await attributeTokens(encoder, pair, { ...options, points }) };
}

for (const path of ["passage", "query"] as const) {
  Deno.test(`attribute() with path ${path} leaves the other text at the input`, () =>
    withModel(mean, { backend: cpu }, async (encoder) => {
      const { second } = encoder.tokenizer.encode(pair.query, pair.passage);
      const { layers, tokens } = await byToken(encoder, { path });
      const { units } = encoder.config.components[2];
      for (const { value } of layers) {
        tokens.forEach((_, i) => {
          const moved = value.subarray(i * units, (i + 1) * units).some((one) => one !== 0);
          assertEquals(moved, (path === "query") === (i < second!));
        });
      }
    }));
}

for (const model of [cls, mean]) {
  Deno.test(`attributeTokens() and openPairPath() split a pair over the tokens of both texts, ${model}`, () =>
    withModel(model, { backend: cpu }, async (encoder) => {
      const { config } = encoder;
      const { second } = encoder.tokenizer.encode(pair.query, pair.passage);
      const { conductance, points, F, layers, tokens } = await byToken(encoder, {});
      const path = await openPairPath(encoder, pair, { points });
      assertEquals(path.F.map((one) => one.toFixed(9)), F.along.map((one) => one.toFixed(9)));
      for (let layer = 0; layer < config.layers; layer++) {
        for (const { name, units } of config.components) {
          const split = layers[layer][name];
          const followed = await path.component(layer, name);
          const first = firstId(config, layer, name);
          for (let unit = 0; unit < units; unit++) {
            const sum = tokens.reduce((all, _, i) => all + split[i * units + unit], 0);
            assertLess(Math.abs(sum - conductance[first + unit]), 1e-12); // rounding
            assertLess(Math.abs(followed.cumulative.at(unit - units)! - sum), 1e-12);
          }
          assertLess(
            Math.max(...split.map((one, i) => Math.abs(one - followed.byToken[i]))),
            1e-12,
          );
          const present = tokens.flatMap((_, i) =>
            split.subarray(i * units, (i + 1) * units).some((one) => one !== 0) ? [i] : []
          );
          const atCls = model === cls && layer === config.layers - 1 && !/key|value/.test(name);
          if (atCls) assertEquals(present, [0, second]);
          else assertEquals(present.length, tokens.length);
        }
      }
      path.close();
      const [{ values }] = await segmentShares(encoder, [{ scheme: "P", pairs: [pair] }], {
        rule: rule("trapezoid", { steps: 9 }),
      });
      const [last] = values.slice(-1);
      const ofQuery = config.components.findIndex(({ name }) => name === "query");
      if (model === cls) { // the passage's [CLS] counts for what stands between the texts
        const [first, query, between, passage, end] = last[ofQuery];
        assertEquals([query, passage, end], [0, 0, 0]);
        assert(first !== 0 && between !== 0);
      }
    }));

  Deno.test(`attribute() depends neither on memory nor on company, ${model}`, async () => {
    for (const quadrature of [rule("trapezoid", { steps: 9 }), rule("adaptive")]) {
      let whole: PairAttribution[] = [];
      await withModel(model, { backend: cpu }, async (encoder) => {
        whole = await run(encoder, { rule: quadrature, pairs });
        assertSame(await run(encoder, { rule: quadrature, pairs, pairsPerBatch: 1 }), whole);
        const turned = await run(encoder, { rule: quadrature, pairs: pairs.toReversed() });
        const last = pairs.length - 1;
        assertSame(turned.map((one) => ({ ...one, index: last - one.index })).toReversed(), whole);
      });
      // room for some points, and for two of the longest pair, so that the adaptive rule sets it aside
      const least = model === cls ? 1792 : 1536;
      for (const kibibytes of [4096, 2048, least]) {
        await withModel(model, { backend: cpu, memoryBytes: kibibytes * 1024 }, async (encoder) => {
          const saved = await run(encoder, { rule: quadrature, pairs });
          assertSame(saved, whole);
          const again = await run(encoder, { rule: quadrature, pairs, hostBytes: 0 });
          assertSame(again, whole);
          const repeated = again.reduce((sum, one) => sum + one.repeated, 0);
          if (kibibytes === least && quadrature.kind === "adaptive") assert(repeated > 0);
        });
      }
    }
  });
}

Deno.test("tracePath() follows a neuron of both texts from baseline to input", () =>
  withModel(cls, { backend: cpu }, async (encoder) => {
    const t = Array.from({ length: 10 }, (_, k) => k / 9);
    const fixed = rule("trapezoid", { steps: 9 });
    for (const path of movingTexts) {
      const { conductance, F } = await attributePair(encoder, pair, { rule: fixed, path });
      for (const name of ["0.value.3", "1.query.5", "1.key.2"]) {
        const id = conductance.findIndex((_, id) =>
          neuronName(neuronOf(encoder.config, id)) === name
        );
        const neuron = { ...neuronOf(encoder.config, id), role: "" };
        const trace = await tracePath(encoder, pair, [neuron], { t, path });
        assertLess(Math.abs(trace.neurons[0].conductance.at(-1)! - conductance[id]), 1e-12);
        assertLess(Math.abs(trace.F[0] - F.baseline), 1e-12);
      }
    }
  }));

Deno.test("pathPair() refuses paths that are not of the model, or along which nothing moves", async () => {
  const attempts = (encoder: CrossEncoder, options: AttributeOptions) => () =>
    Array.fromAsync(attribute(encoder, [pair], options));
  await withModel(mean, { backend: cpu }, async (encoder) => {
    await assertRejects(
      attempts(encoder, { path: "passage", baseline: "zero-query" }),
      RangeError,
      "Cannot use baseline zero-query with path passage: expected one that changes the passage",
    );
    for (const target of ["probability", "log-probability"] as const) {
      await assertRejects(
        attempts(encoder, { target }),
        TypeError,
        `Cannot use target ${target} with a bi-encoder: expected logit, its similarity, which has no probability`,
      );
    }
    await assertRejects(
      attempts(encoder, { towards: "1.query.3" }),
      TypeError,
      "Cannot attribute a bi-encoder towards 1.query.3: expected its similarity",
    );
    await assertRejects(
      () =>
        Array.fromAsync(
          attribute(encoder, [{ ...pair, other: "snow" }], { target: "pairwise" }),
        ),
      TypeError,
      "Cannot use target pairwise with a bi-encoder",
    );
    const [{ F }] = await Array.fromAsync(attribute(encoder, [pair], { target: "margin" }));
    assertEquals(F.input, (await score(encoder, [pair]))[0].logits[0]);
  });
  await withModel("fixtures/tiny-cross-encoder", { backend: cpu }, async (encoder) => {
    for (const path of ["passage", "query"] as const) {
      await assertRejects(
        attempts(encoder, { path }),
        TypeError,
        `Cannot use path ${path} with this model: expected both, as it reads query and passage together`,
      );
    }
    const fixed = rule("trapezoid", { steps: 2 });
    const [plain] = await Array.fromAsync(attribute(encoder, [pair], { rule: fixed }));
    const [both] = await Array.fromAsync(attribute(encoder, [pair], { rule: fixed, path: "both" }));
    assertSame([both], [plain]);
  });
});

Deno.test("agreements() compare a similarity with a threshold, and need one", async () => {
  await withModel(mean, { backend: cpu }, async (encoder) => {
    const scores = await score(encoder, pairs);
    const threshold = scores[1].logits[0]; // exactly that of a pair: above means more
    const found = await agreements(encoder, pairs, { threshold });
    assertEquals(
      found,
      pairs.map(({ label }, i) => (scores[i].logits[0] > threshold) === (label === "relevant")),
    );
    assertEquals(found[1], false);
    assertEquals(predictedLabel(scores[1], threshold), "non-relevant");
    await assertRejects(
      () => agreements(encoder, pairs),
      TypeError,
      "Cannot tell which pairs a bi-encoder agrees with: expected a threshold (--threshold X)",
    );
    const options = {
      rule: rule("trapezoid", { steps: 2 }),
      path: "query",
      agreement: true,
    } as const;
    const { kept, metadata } = await buildScheme(encoder, pairs, { ...options, threshold });
    assertEquals(kept, found.flatMap((agrees, i) => agrees ? [i] : []));
    const { path, similarity, agreement } = metadata;
    assertEquals(
      { path, similarity, agreement, threshold: metadata.threshold },
      { path: "query", similarity: "cosine", agreement: "on", threshold: String(threshold) },
    );
    assertEquals((await buildScheme(encoder, pairs, { rule: options.rule })).metadata.path, "both");
  });
  await withModel("fixtures/tiny-cross-encoder", { backend: cpu }, async (encoder) => {
    await assertRejects(
      () => agreements(encoder, pairs, { threshold: 0.5 }),
      TypeError,
      "Cannot use threshold 0.5 with this model: expected none, as its logits say which pairs are relevant",
    );
  });
});
