/** Attention heads as units, against transformers' own attention probabilities and autograd in float64. */

import { assert, assertEquals, assertLess } from "@std/assert";
import {
  attribute,
  type AttributeOptions,
  openCrossEncoder,
  openSafetensors,
  rule,
  score,
} from "../../internal.ts";
import { spaceOfKinds } from "../../src/model/asked.ts";
import { isHeads } from "../../src/model/heads.ts";
import { scoresUnderMasks } from "../../src/model/masked_scores.ts";
import { parseNeurons } from "../../src/model/neurons.ts";
import { backends, loaderOf, root, tiledBackend } from "../backends.ts";
import { conductanceOf, relativeDistance } from "./golden.ts";

interface HeadCase {
  readonly case: string;
  readonly rule: "trapezoid" | "right";
  readonly steps: number;
  readonly target: AttributeOptions["target"];
  readonly baseline: AttributeOptions["baseline"];
  readonly label: 0 | 1;
  readonly query: string;
  readonly passage: string;
  readonly F_baseline: number;
  readonly F_input: number;
}

interface HeadGolden {
  readonly model: string;
  readonly template?: string;
  readonly cases: readonly HeadCase[];
  readonly masked: {
    readonly heads: readonly string[];
    readonly pairs: readonly { readonly query: string; readonly passage: string }[];
    readonly logits: readonly (readonly number[])[];
    readonly zeroed: readonly (readonly number[])[];
    readonly renormalised: readonly (readonly number[])[];
  };
}

const folder = new URL("tests/golden/heads/", root);
const names = Array.from(Deno.readDirSync(folder), ({ name }) => name)
  .filter((name) => name.endsWith(".json")).map((name) => name.replace(/\.json$/, "")).sort();
assert(names.length >= 9);

for (const backend of [...backends, { ...tiledBackend, ignore: backends[2].ignore, tiled: true }]) {
  const kind = "tiled" in backend ? "gpu, tiled" : backend.kind;
  for (const name of names) {
    Deno.test({
      name: `heads of ${name} are transformers', ${kind}`,
      ignore: backend.ignore,
      async fn() {
        const golden: HeadGolden = JSON.parse(
          await Deno.readTextFile(new URL(`${name}.json`, folder)),
        );
        const file = await openSafetensors(loaderOf(folder), `${name}.safetensors`);
        const ops = await backend.open();
        const model = await openCrossEncoder(loaderOf(`tests/golden/${golden.model}`), ops, {
          template: golden.template,
        });
        const space = spaceOfKinds(model.config, ["heads"]);
        for (const { query, passage, ...one } of golden.cases) {
          const label = one.label === 1 ? "relevant" as const : "non-relevant" as const;
          const options = {
            ...{ target: one.target, baseline: one.baseline, units: ["heads" as const] },
            rule: rule(one.rule, { steps: one.steps }),
          };
          const [found] = await Array.fromAsync(
            attribute(model, [{ query, passage, label }], options),
          );
          assertLess(Math.abs(found.F.input - one.F_input), backend.tolerance);
          const wanted = await conductanceOf(file, `${one.case}/`, space);
          const distance = relativeDistance(found.conductance, wanted);
          assertLess(distance, backend.tolerance, `case ${one.case}`);
        }
        const { pairs, heads, logits, zeroed } = golden.masked;
        const near = (
          scores: readonly { readonly logits: readonly number[] }[],
          wanted: typeof logits,
        ) =>
          scores.forEach((one, i) => {
            one.logits.forEach((value, c) => {
              assertLess(Math.abs(value - wanted[i][c]), backend.tolerance);
            });
          });
        near(await score(model, pairs), logits);
        const masked = await score(model, pairs, { without: heads });
        near(masked, zeroed);
        const encoded = pairs.map(({ query, passage }) => model.tokenizer.encode(query, passage));
        const neurons = heads.flatMap((head) => parseNeurons(model.config, head));
        assert(neurons.every(({ component }) => isHeads(component)));
        const [none, shared] = await scoresUnderMasks(model, encoded, [[], neurons]);
        near(none, logits);
        shared.forEach((one, i) => assertEquals(one, masked[i]));
        ops.close();
      },
    });
  }
}
