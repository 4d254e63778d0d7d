/** Attention heads of models that encode query and passage apart, against autograd in float64. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { attribute, openCrossEncoder, openSafetensors, rule, score } from "../../internal.ts";
import { spaceOfKinds } from "../../src/model/asked.ts";
import { backends, loaderOf, root, tiledBackend } from "../backends.ts";
import { conductanceOf, relativeDistance } from "./golden.ts";

interface Golden {
  readonly pairs: readonly { readonly query: string; readonly passage: string }[];
  readonly cases: readonly {
    readonly case: string;
    readonly pair: number;
    readonly rule: "trapezoid" | "right";
    readonly steps: number;
    readonly baseline: "pad" | "pad-content";
    readonly F_input: number;
  }[];
  readonly masked: { readonly heads: readonly string[]; readonly scores: readonly number[] };
}

const folder = "tests/golden/encoders";
const names = ["bert-w36-mean", "colbert-l1-w36", "colbert-pylate-w30", "splade-l1-w36"];

const tiled = { ...tiledBackend, ignore: backends[2].ignore, kind: "gpu, tiled" };

for (const backend of [...backends, tiled]) {
  for (const name of names) {
    Deno.test({
      name: `heads of two texts, each by itself, are transformers', ${name}, ${backend.kind}`,
      ignore: backend.ignore,
      async fn() {
        const golden: Golden = JSON.parse(
          await Deno.readTextFile(new URL(`${folder}/heads/${name}.json`, root)),
        );
        const file = await openSafetensors(loaderOf(`${folder}/heads`), `${name}.safetensors`);
        const ops = await backend.open();
        const model = await openCrossEncoder(loaderOf(`${folder}/models/${name}`), ops);
        assertEquals(golden.cases.length, 2);
        for (const one of golden.cases) {
          const pair = { ...golden.pairs[one.pair], label: "relevant" as const };
          const [found] = await Array.fromAsync(attribute(model, [pair], {
            ...{ rule: rule(one.rule, { steps: one.steps }), baseline: one.baseline },
            units: ["heads"],
          }));
          const scale = Math.max(1, Math.abs(one.F_input));
          assertLess(Math.abs(found.F.input - one.F_input), backend.tolerance * scale);
          const space = spaceOfKinds(model.config, ["heads"]);
          const wanted = await conductanceOf(file, `${one.case}/`, space);
          const distance = relativeDistance(found.conductance, wanted);
          assertLess(distance, backend.tolerance, `case ${one.case}`);
        }
        const { heads, scores } = golden.masked;
        const plain = await score(model, golden.pairs);
        const masked = await score(model, golden.pairs, { without: heads });
        masked.forEach(({ logits: [value] }, i) => {
          const scale = Math.max(1, Math.abs(scores[i]));
          assertLess(Math.abs(value - scores[i]), backend.tolerance * scale);
        });
        assert(masked.some(({ logits: [value] }, i) => value !== plain[i].logits[0]));
        ops.close();
      },
    });
  }
}
