/** Bi-encoders and ColBERT against transformers in float64: tokens, similarities, masks, conductance. */

import { assert, assertEquals, assertLess } from "@std/assert";
import {
  attribute,
  neuronMasks,
  openCrossEncoder,
  openSafetensors,
  parseNeuron,
  rule,
  scoreUnder,
} from "../../internal.ts";
import { scoresUnderMasks } from "../../src/model/masked_scores.ts";
import { backends, loaderOf, root } from "../backends.ts";
import { conductanceOf, type GoldenCase, relativeDistance } from "./golden.ts";

const folder = "tests/golden/encoders";

interface Forward {
  readonly similarity: "cosine" | "dot" | "max-sim";
  readonly pairs: readonly {
    readonly query: string;
    readonly passage: string;
    readonly tokens: readonly string[];
    readonly ids: readonly number[];
    readonly segments: readonly number[];
    readonly second: number;
    readonly unseen?: number;
    readonly counted?: readonly number[];
    readonly logits: readonly number[];
  }[];
  readonly masked: {
    readonly neurons: readonly string[];
    readonly logits: readonly (readonly number[])[];
  };
}

interface EncoderCase extends GoldenCase {
  readonly path: "both" | "passage" | "query";
  readonly masked: boolean;
}

const json = async (path: string) =>
  JSON.parse(await Deno.readTextFile(new URL(`${folder}/${path}`, root)));
const names = Array.from(Deno.readDirSync(new URL(`${folder}/models`, root)), ({ name }) => name)
  .sort();
assertEquals(names.length, 9);

for (const backend of backends) {
  for (const name of names) {
    Deno.test({
      name:
        `${name} is transformers' in tokens, similarities, masks and conductance, ${backend.kind}`,
      ignore: backend.ignore,
      async fn() {
        const ops = await backend.open();
        const forward: Forward = await json(`forward/${name}.json`);
        const encoder = await openCrossEncoder(loaderOf(`${folder}/models/${name}`), ops);
        const { tokenizer, config } = encoder;
        assertEquals(config.similarity, forward.similarity);
        const encoded = forward.pairs.map(({ query, passage }) => tokenizer.encode(query, passage));
        forward.pairs.forEach(({ tokens, ids, segments, second, unseen, counted }, i) => {
          assertEquals(encoded[i].tokens, tokens);
          assertEquals([...encoded[i].ids], ids);
          assertEquals([...encoded[i].segments], segments);
          assertEquals([...encoded[i].types], ids.map(() => 0));
          assertEquals(encoded[i].second, second);
          assertEquals(encoded[i].unseen, unseen);
          assertEquals(encoded[i].counted && [...encoded[i].counted], counted);
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
        // several sets that begin in one layer run together: each as it does alone
        const last = config.layers - 1;
        const sets = [0, 1, 2].map((unit) =>
          ["query", "ff_output"].map((component) => (
            { layer: last, component, unit }
          ))
        );
        const bySet = await scoresUnderMasks(encoder, encoded, sets);
        for (const [set, found] of bySet.entries()) {
          const masks = { masks: neuronMasks(ops, config, [sets[set]]), of };
          assertEquals(found, await scoreUnder(encoder, forward.pairs, { masks }));
          assert(found.every(({ logits: [value] }, i) => value !== plain[i].logits[0]));
        }
        // the same by what prefixes share
        const [none, shared] = await scoresUnderMasks(encoder, encoded, [[], neurons]);
        forward.pairs.forEach(({ logits }, i) => {
          near(plain[i].logits, logits);
          assertEquals(plain[i].probability, NaN);
          near(masked[i].logits, forward.masked.logits[i]);
          assertEquals(none[i], plain[i]);
          assertEquals(shared[i], masked[i]);
        });
        const { cases }: { cases: readonly EncoderCase[] } = await json(`conductance/${name}.json`);
        const file = await openSafetensors(
          loaderOf(`${folder}/conductance`),
          `${name}.safetensors`,
        );
        assertEquals(new Set(cases.map(({ path }) => path)).size, 3);
        for (const one of cases) {
          const { query, passage } = forward.pairs[one.pair];
          const label = one.label === 1 ? "relevant" : "non-relevant";
          const [found] = await Array.fromAsync(attribute(encoder, [{ query, passage, label }], {
            rule: rule(one.rule, { steps: one.steps }),
            target: one.target,
            baseline: one.baseline,
            path: one.path,
            without: one.masked ? forward.masked.neurons : [],
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
