/** Conductance towards a unit against PyTorch in float64; what is below it; schemes of it. */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import {
  attribute,
  buildScheme,
  encodeScheme,
  type LabelledPair,
  neuronId,
  openCrossEncoder,
  openSafetensors,
  openScheme,
  type Part,
  partsNotBelow,
  rule,
} from "../../internal.ts";
import { attributePair } from "../../src/attribution/attribute_pair.ts";
import { topNeurons } from "../../src/attribution/neuron_sets.ts";
import { mergeSchemes } from "../../src/experiments/schemes/merge.ts";
import { evaluate } from "../../src/experiments/sets/evaluate.ts";
import { neuronCount, parseNeuron } from "../../src/model/neurons.ts";
import { backends, loaderOf, root, withModel } from "../backends.ts";
import { conductanceOf, relativeDistance } from "./golden.ts";

interface Case {
  readonly case: string;
  readonly query: string;
  readonly passage: string;
  readonly towards: string;
  readonly rule: string;
  readonly steps: number;
  readonly baseline: "pad" | "pad-content" | "zero-query";
  readonly without: readonly string[];
  readonly F_baseline: number;
  readonly F_input: number;
}

interface Golden {
  readonly model: string;
  readonly template?: string;
  readonly cases: readonly Case[];
}

const folder = "tests/golden/towards";
const names = Array.from(Deno.readDirSync(new URL(folder, root)), ({ name }) => name)
  .filter((name) => name.endsWith(".json")).map((name) => name.replace(".json", "")).sort();
assert(names.length >= 11);

async function golden(name: string): Promise<Golden> {
  return JSON.parse(await Deno.readTextFile(new URL(`${folder}/${name}.json`, root)));
}

for (const backend of backends) {
  for (const name of names) {
    Deno.test({
      name: `attribute() towards units is PyTorch's on ${name}, ${backend.kind}`,
      ignore: backend.ignore,
      async fn() {
        const { model, template, cases } = await golden(name);
        const ops = await backend.open();
        const encoder = await openCrossEncoder(loaderOf(`tests/golden/${model}`), ops, {
          ...(template ? { template } : {}),
        });
        const { config } = encoder;
        const file = await openSafetensors(loaderOf(folder), `${name}.safetensors`);
        for (const one of cases) {
          const about = `${one.towards} ${one.rule}`;
          const { query, passage, towards, baseline, without } = one;
          const [found] = await Array.fromAsync(
            attribute(encoder, [{ query, passage, label: "relevant" }], {
              ...{ towards, baseline, without, rule: rule(one.rule, { steps: one.steps }) },
            }),
          );
          const expected = await conductanceOf(file, `${one.case}/`, config);
          const isNaNs = (values: Float64Array) => Array.from(values, Number.isNaN);
          assertEquals(isNaNs(found.conductance), isNaNs(expected), about);
          const numbers = (values: Float64Array) => values.filter((value) => !Number.isNaN(value));
          const [a, b] = [found.conductance, expected].map(numbers);
          assert(b.length > 0, about);
          assertLess(relativeDistance(a, b), backend.tolerance, about);
          const scale = Math.max(1, Math.abs(one.F_input), Math.abs(one.F_baseline));
          assertAlmostEquals(found.F.baseline, one.F_baseline, backend.tolerance * scale, about);
          assertAlmostEquals(found.F.input, one.F_input, backend.tolerance * scale, about);
        }
        ops.close();
      },
    });
  }
}

const [cpu] = backends;
const l2 = "tests/golden/models/l2-w36-h3-f50-labels2";
const pairs: readonly LabelledPair[] = [
  { query: "what is the old bridge", passage: "The old stone bridge.", label: "relevant" },
  { query: "river", passage: "bank", label: "relevant" },
  { query: "cold water", passage: "Snow in winter: the street lights.", label: "relevant" },
];

for (const name of ["l12-w24-h2-f40-labels1", "t5v1_1-w30", "modernbert-w36-labels1"]) {
  Deno.test(`attribute() towards a unit of ${name} is complete at the cuts below it, and there alone`, async () => {
    const { model, template, cases: [{ query, passage, towards }] } = await golden(name);
    const ops = await cpu.open();
    const encoder = await openCrossEncoder(loaderOf(`tests/golden/${model}`), ops, {
      ...(template ? { template } : {}),
    });
    const layer = Number(towards.split(".")[0]);
    const isUp = towards.includes("intermediate") || towards.includes("gate");
    const wanted = encoder.graph.cuts.map(({ name }) => name).filter((name) =>
      name === "embedding" || name === "memory" || Number(name.split(".")[0]) < layer ||
      isUp && name === `${layer}.attention`
    );
    const pair: LabelledPair = { query, passage, label: "relevant" };
    const at = (steps: number) =>
      attributePair(encoder, pair, { towards, rule: rule("trapezoid", { steps }) });
    const [few, one] = [await at(100), await at(200)];
    assertEquals(one.completeness.cuts.map(({ cut }) => cut), wanted);
    // of second order: half the width leaves a quarter of every gap
    one.completeness.cuts.forEach(({ cut, gap }, i) => {
      const wider = few.completeness.cuts[i].gap;
      assertLess(Math.abs(gap), 0.02, cut);
      assertLess(Math.abs(4 * gap - wider), 0.15 * Math.abs(wider) + 1e-6, cut);
    });
    // the adaptive rule stops by those cuts
    const adaptive = await attributePair(encoder, pair, { towards });
    const present = (values: Float64Array) => values.filter((value) => !Number.isNaN(value));
    assertLess(
      relativeDistance(present(adaptive.conductance), present(one.conductance)),
      0.02, // its default tolerance
    );
    ops.close();
  });
}

Deno.test("attribute() towards a unit gives the same bits whatever the memory and the batch", () =>
  withModel(l2, { backend: cpu }, async (encoder) => {
    const options = { towards: "1.key.3@passage" };
    const together = await Array.fromAsync(attribute(encoder, pairs, options));
    for (const { index, conductance } of together) {
      const alone = await attributePair(encoder, pairs[index], options);
      assertEquals(alone.conductance, conductance);
    }
    // too little for a path's points, which are evaluated again
    await withModel(l2, { backend: cpu, memoryBytes: 600_000 }, async (small) => {
      let repeated = 0;
      for await (const one of attribute(small, pairs, { ...options, hostBytes: 0 })) {
        const same = together.find(({ index }) => index === one.index)!;
        assertEquals(one.conductance, same.conductance);
        repeated += one.repeated;
      }
      assert(repeated > 0);
    });
  }));

Deno.test("attribute() refuses units and segments that F cannot be, in one sentence", () =>
  withModel(l2, { backend: cpu }, async (encoder) => {
    const refused = (
      kind: new (...rest: string[]) => Error,
      towards: string,
      says: string,
      pair: LabelledPair = pairs[0],
    ) => assertRejects(() => attributePair(encoder, pair, { towards }), kind, says);
    await refused(RangeError, "2.query.3", "the model has 2 layers with 36 units in query");
    await refused(RangeError, "1.query.36", "the model has 2 layers with 36 units in query");
    await refused(SyntaxError, "1.query", "expected layer.component.unit");
    await refused(
      SyntaxError,
      "1.query.3@title",
      "expected one of cls, query, sep1, passage, sep2",
    );
    for (const component of ["query", "key", "value"]) {
      await refused(
        RangeError,
        `0.${component}.3`,
        `Cannot attribute towards 0.${component}.3: only the embeddings are below it`,
      );
    }
    await refused(
      RangeError,
      "1.intermediate.3@query",
      "reads it at the first token alone",
    );
    await refused(
      RangeError,
      "1.key.3@passage",
      'the pair has no token in segment passage, of query "river"',
      { query: "river", passage: "", label: "relevant" },
    );
    await assertRejects(
      () => attributePair(encoder, pairs[0], { towards: "1.key.3", target: "margin" }),
      RangeError,
      "Cannot attribute target margin towards 1.key.3: expected one of the two",
    );
  }));

Deno.test("attribute() refuses segments that a template lacks, and units that the input does not move", async () => {
  const refused = async (name: string, towards: string, says: string) => {
    const { model, template, cases: [{ query, passage }] } = await golden(name);
    const ops = await cpu.open();
    const encoder = await openCrossEncoder(loaderOf(`tests/golden/${model}`), ops, { template });
    const pair: LabelledPair = { query, passage, label: "relevant" };
    await assertRejects(() => attributePair(encoder, pair, { towards }), RangeError, says);
    ops.close();
  };
  for (const segment of ["cls", "sep1", "sep2"]) {
    await refused("qwen3-w32-reranker", `1.key.1@${segment}`, "segments query and passage, not");
  }
  await refused("t5-w32", "2.value.1", "its value does not depend on the input");
  await refused("t5-w32", "3.cross_query.1@query", "a decoder's token is of no segment");
});

const present = (values: Float64Array, absent: readonly Part[]) =>
  values.every((value, id) =>
    Number.isNaN(value) === absent.some(({ first, units }) => id >= first && id < first + units)
  );

Deno.test("buildScheme() towards a unit: NaN in mean and m2 of what is not below, through files and merges", () =>
  withModel(l2, { backend: cpu }, async (encoder) => {
    const { config } = encoder;
    const options = { towards: "1.value.4", rule: rule("trapezoid", { steps: 8 }), byQuery: true };
    const whole = await buildScheme(encoder, pairs, options);
    const absent = partsNotBelow(encoder, options.towards);
    assertEquals(
      absent.map(({ layer, component }) => `${layer}.${component}`),
      ["query", "key", "value", "attention_output", "intermediate", "ff_output"].map((c) =>
        `1.${c}`
      ),
    );
    assert(present(whole.mean, absent));
    assert(present(whole.m2, absent));
    assertEquals([whole.metadata.towards, whole.metadata.target], ["1.value.4", undefined]);
    const each = await Promise.all(pairs.map((pair) => attributePair(encoder, pair, options)));
    const id = neuronId(config, parseNeuron(config, "0.intermediate.9"));
    const mean = each.reduce((sum, { conductance }) => sum + conductance[id] / 3, 0);
    assertAlmostEquals(whole.mean[id], mean, 1e-12);

    const open = (bytes: Uint8Array) => openScheme(() => Promise.resolve(bytes), "x");
    const partOf = async (some: readonly LabelledPair[]) => {
      const bytes = encodeScheme(await buildScheme(encoder, some, options));
      return { name: String(some.length), scheme: await open(bytes) };
    };
    const parts = [await partOf(pairs.slice(0, 1)), await partOf(pairs.slice(1))];
    const merged = mergeSchemes(parts);
    assertEquals(merged.mean, whole.mean);
    assertEquals(merged.m2, whole.m2);
    assertEquals(merged.sums!.byQuery, whole.sums.byQuery);
    assertEquals(merged.metadata.towards, "1.value.4");
    const other = await buildScheme(encoder, pairs.slice(0, 1), {
      ...options,
      towards: "1.value.5",
    });
    assertThrows(
      () => mergeSchemes([parts[1], { name: "o", scheme: other }]),
      RangeError,
      "expected towards 1.value.4 in both, got 1.value.5",
    );

    // levels are parts of the neurons below, and none of the others is ever selected
    const below = neuronCount(config) / 2;
    const strongest = topNeurons(whole, { level: 0.1 });
    assertEquals(strongest.length, Math.round(0.1 * below));
    assert(strongest.every((name) => name.startsWith("0.")));
    assertEquals(topNeurons(whole, { count: 1e6 }).length, below);
    assertEquals(topNeurons(whole, { level: 1 }).length, below);
    const means = { space: config, of: new Map([["P_a" as const, whole.mean]]) };
    const top = evaluate({ kind: "top", vector: { kind: "scheme", name: "P_a" } }, means, 0.1);
    assertEquals(top.length, Math.round(0.1 * below));
    assert(top.every((id) => id < below));
  }));
