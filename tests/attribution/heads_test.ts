/** Attention heads as units, against transformers' own attention probabilities and autograd in float64. */

import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import {
  attribute,
  type AttributeOptions,
  buildScheme,
  openCrossEncoder,
  openSafetensors,
  rule,
  score,
} from "../../internal.ts";
import { attributePair, topNeurons } from "../../mod.ts";
import { spaceOfKinds } from "../../src/model/asked.ts";
import { isHeads, segmentNames } from "../../src/model/heads.ts";
import { scoresUnderMasks } from "../../src/model/masked_scores.ts";
import { layersOf, parseNeurons, partsOf } from "../../src/model/neurons.ts";
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
  readonly towards: readonly (HeadCase & { readonly towards: string })[];
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
        const cases = backend.kind === "cpu" ? golden.cases : golden.cases.slice(0, 1); // slow otherwise
        for (const { query, passage, ...one } of cases) {
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
          // linears by the segment of their tokens
          const both = {
            ...options,
            units: ["linears" as const, "heads" as const],
            bySegment: true,
          };
          const [all] = await Array.fromAsync(attribute(model, [{ query, passage, label }], both));
          const linears = await Array.fromAsync(
            attribute(model, [{ query, passage, label }], { ...options, units: ["linears"] }),
          );
          const parts = partsOf(spaceOfKinds(model.config, both.units));
          const ofLinears = parts.filter(({ component }) => !isHeads(component));
          const only = (values: Float64Array) =>
            Float64Array.from(
              ofLinears.flatMap(({ first, units }) => [...values.subarray(first, first + units)]),
            );
          assertEquals(only(all.conductance), linears[0].conductance);
          const ofHeads = parts.filter(({ component }) => isHeads(component));
          assertEquals(
            Float64Array.from(
              ofHeads.flatMap(({ first, units }) => [
                ...all.conductance.subarray(first, first + units),
              ]),
            ),
            found.conductance,
          );
          const [golds, sums] = [[], []] as number[][];
          for (const [i, segment] of segmentNames.entries()) {
            const tensors = new Map(
              await Promise.all(
                model.config.components.map(async ({ name }) =>
                  [name, await file.read(`${one.case}/${name}/${segment}`)] as const
                ),
              ),
            );
            for (const { layer, component, units } of ofLinears) {
              const line = layersOf(model.config, component).indexOf(layer);
              golds.push(...tensors.get(component)!.subarray(line * units, (line + 1) * units));
            }
            sums.push(...only(all.bySegment![i]));
          }
          assertLess(relativeDistance(sums, golds), backend.tolerance, `segments ${one.case}`);
        }
        for (const { query, passage, towards, ...one } of golden.towards) {
          const [found] = await Array.fromAsync(
            attribute(model, [{ query, passage, label: "relevant" }], {
              ...{ towards, units: ["linears", "heads"] },
              rule: rule("trapezoid", { steps: one.steps }),
            }),
          );
          assertLess(Math.abs(found.F.baseline - one.F_baseline), backend.tolerance);
          assertLess(Math.abs(found.F.input - one.F_input), backend.tolerance);
          const all = spaceOfKinds(model.config, ["linears", "heads"]);
          const wanted = await conductanceOf(file, `${one.case}/`, all);
          assertEquals(
            Array.from(found.conductance, Number.isNaN),
            Array.from(wanted, Number.isNaN),
            towards,
          );
          const numbers = (values: Float64Array) => values.filter((value) => !Number.isNaN(value));
          assertLess(
            relativeDistance(numbers(found.conductance), numbers(wanted)),
            backend.tolerance,
            towards,
          );
          if (backend.kind !== "simd") continue; // the fastest
          const [converged] = await Array.fromAsync(
            attribute(model, [{ query, passage, label: "relevant" }], {
              ...{ towards, rule: rule("trapezoid", { steps: 200 }) },
            }),
          );
          const { completeness: { worst }, F } = converged;
          const size = Math.max(...F.along) - Math.min(...F.along);
          assertLess(worst, 0.05 * size, `completeness of ${towards}`);
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
        const [again] = await scoresUnderMasks(model, encoded, [neurons], { renormalise: true });
        near(again, golden.masked.renormalised);
        const [none, shared] = await scoresUnderMasks(model, encoded, [[], neurons]);
        near(none, logits);
        shared.forEach((one, i) => assertEquals(one, masked[i]));
        ops.close();
      },
    });
  }
}

Deno.test("heads and segments do not depend on company, chunks and memory", async () => {
  const golden: HeadGolden = JSON.parse(
    await Deno.readTextFile(new URL("l2-w36-h3-f50-labels2.json", folder)),
  );
  const pairs = golden.cases.map(({ query, passage, label }) => ({
    ...{ query, passage },
    label: label === 1 ? "relevant" as const : "non-relevant" as const,
  }));
  for (const { ignore, open } of backends) {
    if (ignore) continue;
    for (const quadrature of [rule("adaptive"), rule("trapezoid", { steps: 25 })]) {
      const options = {
        units: ["heads" as const, "linears" as const],
        bySegment: true,
        rule: quadrature,
      };
      const run = async (list: typeof pairs, memoryBytes?: number) => {
        const ops = await open({ memoryBytes });
        const model = await openCrossEncoder(loaderOf(`tests/golden/${golden.model}`), ops);
        const found = await Array.fromAsync(attribute(model, list, options));
        ops.close();
        return found.sort((a, b) => a.index - b.index);
      };
      const together = await run(pairs);
      const inLittle = await run(pairs, 1 << 20);
      for (const [i, pair] of pairs.entries()) {
        const [alone] = await run([pair]);
        for (const one of [together[i], inLittle[i]]) {
          assertEquals(one.conductance, alone.conductance);
          assertEquals(one.bySegment, alone.bySegment);
        }
      }
    }
  }
});

Deno.test("heads that a model lacks, and masks of heads in attributions, are refused", async () => {
  const [{ open }] = backends;
  const ops = await open();
  const model = await openCrossEncoder(loaderOf("tests/golden/models/l2-w36-h3-f50-labels2"), ops);
  const pair = { query: "a", passage: "b" };
  const without = (name: string) => () => score(model, [pair], { without: [name] });
  await assertRejects(without("0.head.3"), RangeError, "the model has 3 heads in each of 2 layers");
  await assertRejects(without("2.head.0"), RangeError, "the model has 3 heads in each of 2 layers");
  await assertRejects(without("0.cross_head.0"), RangeError, "the model has no cross_heads");
  await assertRejects(
    without("0.head.0.query>answer"),
    SyntaxError,
    "expected two of cls, query, sep1, passage, sep2",
  );
  await assertRejects(without("0.heads.3"), SyntaxError, "Cannot parse neuron");
  const attributed = (options: AttributeOptions) => () =>
    Array.fromAsync(attribute(model, [{ ...pair, label: "relevant" }], options));
  await assertRejects(attributed({ without: ["0.head.1"] }), RangeError, "zeroed heads");
  const deberta = await openCrossEncoder(
    loaderOf("tests/golden/families/models/debertav2-w36-labels1"),
    ops,
  );
  await assertRejects(
    () =>
      Array.fromAsync(attribute(deberta, [{ ...pair, label: "relevant" }], {
        ...{ units: ["heads"], without: ["0.query.1"] },
      })),
    RangeError,
    "a model without relative positions",
  );
  await assertRejects(
    attributed({ units: ["heads"], towards: "0.head.0.query>passage" }),
    RangeError,
    "none of the model's heads is below it",
  );
  await assertRejects(
    attributed({ units: ["head" as "heads"] }),
    RangeError,
    'expected a list of "linears" and "heads"',
  );
  // names are those of the units that were asked for; segments and units that are absent go together
  const one = { ...pair, label: "relevant" as const };
  const own = await attributePair(model, one, { units: ["heads"] });
  assert(topNeurons(own, { count: 3 }).every((name) => /^\d\.head\.\d\.\w+>\w+$/.test(name)));
  const built = await buildScheme(model, [one], {
    ...{ towards: "1.intermediate.3", units: ["linears", "heads"], bySegment: true },
  });
  assert(built.bySegment!.some(({ mean }) => mean.some((value) => value !== 0)));
  const refused = [
    ["0.head.1", SyntaxError, "expected a pair of segments too, e.g. 0.head.1.cls>cls"],
    ["0.head.1.cls>query@query", SyntaxError, "no @ after a head"],
    ["1.head.1.query>cls", RangeError, "reads it at the first token alone"],
    ["2.head.1.query>cls", RangeError, "the model has 3 heads"],
  ] as const;
  for (const [towards, kind, sentence] of refused) {
    await assertRejects(attributed({ towards }), kind, sentence);
  }
  await assertRejects(
    attributed({ units: ["heads"], bySegment: true }),
    RangeError,
    "they are of pairs of segments",
  );
  ops.close();
});
