/** The adaptive rule against converged references of the trained fixture. */

import { assert, assertEquals } from "@std/assert";
import { attribute, openSafetensors, parseTextPairs, rule, simdOps } from "../../internal.ts";
import { type Backend, loaderOf, root, withModel } from "../backends.ts";
import { conductanceOf, relativeDistance } from "./golden.ts";

const backend: Pick<Backend, "open"> = { open: () => simdOps({ threads: 2 }) };
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

for (const target of ["logit", "probability"] as const) {
  Deno.test(`adaptive() beats the paper's 100 steps with less than a third of them, F = ${target}`, () =>
    withModel("fixtures/tiny-cross-encoder", { backend }, async (encoder) => {
      const text = await Deno.readTextFile(new URL("fixtures/pairs.tsv", root));
      const all = parseTextPairs(text, { name: "pairs.tsv", labelled: true });
      const load = loaderOf("tests/golden/reference");
      const references = await Promise.all(
        Array.from({ length: 24 }, async (_, line) => {
          const file = await openSafetensors(load, `${line}.safetensors`);
          return await conductanceOf(file, `${target}/`, encoder.config);
        }),
      );
      const judge = async (name: string) => {
        const pairs = all.slice(0, references.length);
        const found = await Array.fromAsync(
          attribute(encoder, pairs, { rule: rule(name), target }),
        );
        const errors = found.map((one) => relativeDistance(one.conductance, references[one.index]));
        return {
          mean: mean(errors),
          worst: Math.max(...errors),
          evaluations: mean(found.map((one) => one.evaluations)),
          most: Math.max(...found.map((one) => one.evaluations)),
        };
      };
      const right = await judge("right");
      const adaptive = await judge("adaptive");
      const figures = JSON.stringify({ right, adaptive });
      console.log(figures);
      assertEquals(right.evaluations, 101, figures); // the baseline's point included
      assert(adaptive.mean < right.mean && adaptive.worst < right.worst, figures);
      assert(adaptive.evaluations < 100 / 3, figures);
      assert(adaptive.most <= 2 * adaptive.evaluations, figures); // no pair takes the time of many
    }));
}
