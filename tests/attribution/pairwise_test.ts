/** The pairwise objective against PyTorch in float64; completeness of both runs together; schemes of triples. */

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
  openCrossEncoder,
  openSafetensors,
  openScheme,
  rule,
  score,
} from "../../internal.ts";
import { type AttributedPair, attributePair } from "../../src/attribution/attribute_pair.ts";
import type { SchemeSums } from "../../src/attribution/schemes/scheme.ts";
import { mergeSchemes } from "../../src/experiments/schemes/merge.ts";
import { marginOf } from "../../src/model/cross_encoder.ts";
import { backends, loaderOf, root, withModel } from "../backends.ts";
import { conductanceOf, relativeDistance } from "./golden.ts";

interface Case {
  readonly case: string;
  readonly query: string;
  readonly passage: string;
  readonly other: string;
  readonly rule: string;
  readonly steps: number;
  readonly baseline: "pad" | "pad-content" | "zero-query" | "pad-query";
  readonly without: readonly string[];
  readonly F_baseline: number;
  readonly F_input: number;
}

interface Golden {
  readonly model: string;
  readonly template?: string;
  readonly cases: readonly Case[];
}

const folder = "tests/golden/pairwise";
const names = Array.from(Deno.readDirSync(new URL(folder, root)), ({ name }) => name)
  .filter((name) => name.endsWith(".json")).map((name) => name.replace(".json", "")).sort();
assert(names.length >= 8);

async function golden(name: string): Promise<Golden> {
  return JSON.parse(await Deno.readTextFile(new URL(`${folder}/${name}.json`, root)));
}

const target = "pairwise";

for (const backend of backends) {
  for (const name of names) {
    Deno.test({
      name: `attribute() of triples is PyTorch's on ${name}, ${backend.kind}`,
      ignore: backend.ignore,
      async fn() {
        const { model, template, cases } = await golden(name);
        const ops = await backend.open();
        const encoder = await openCrossEncoder(loaderOf(`tests/golden/${model}`), ops, {
          ...(template ? { template } : {}),
        });
        const file = await openSafetensors(loaderOf(folder), `${name}.safetensors`);
        for (const one of cases) {
          const { query, passage, other, baseline, without } = one;
          const about = `${one.case} ${one.rule}`;
          const [found] = await Array.fromAsync(
            attribute(encoder, [{ query, passage, other, label: "relevant" }], {
              ...{ target, baseline, without, rule: rule(one.rule, { steps: one.steps }) },
            }),
          );
          const sides = [[found.conductance, ""], [found.other!, "other/"]] as const;
          for (const [values, prefix] of sides) {
            const expected = await conductanceOf(file, `${one.case}/${prefix}`, encoder.config);
            assertLess(relativeDistance(values, expected), backend.tolerance, `${about} ${prefix}`);
          }
          assertAlmostEquals(found.F.baseline, one.F_baseline, backend.tolerance, about);
          assertAlmostEquals(found.F.input, one.F_input, backend.tolerance, about);
        }
        ops.close();
      },
    });
  }
}

const [cpu] = backends;
const l2 = "tests/golden/models/l2-w36-h3-f50-labels2";
const triples: readonly LabelledPair[] = [
  { query: "old bridge", passage: "The old stone bridge.", other: "bank", label: "relevant" },
  { query: "river", passage: "bank", other: "Snow in winter: the lights.", label: "relevant" },
  { query: "cold water", passage: "The fish swim under the water.", other: "a", label: "relevant" },
];

Deno.test("attribute() of triples: F is the logistic function of the margins' difference", () =>
  withModel(l2, { backend: cpu }, async (encoder) => {
    for (const triple of triples) {
      const { query, passage, other } = triple;
      const [one, two] = await score(encoder, [{ query, passage }, { query, passage: other! }]);
      const { F } = await attributePair(encoder, triple, {
        target,
        rule: rule("right", { steps: 1 }),
      });
      const difference = marginOf(one.logits) - marginOf(two.logits);
      assertAlmostEquals(F.input, 1 / (1 + Math.exp(-difference)), 1e-12);
    }
  }));

Deno.test("attribute() of triples: both runs together are complete at every cut", () =>
  withModel(l2, { backend: cpu }, async (encoder) => {
    const at = (steps: number) =>
      attributePair(encoder, triples[0], { target, rule: rule("trapezoid", { steps }) });
    const [few, one] = [await at(200), await at(400)];
    assertEquals(one.completeness.cuts.length, encoder.graph.cuts.length);
    // of second order: half the width leaves a quarter of every gap
    one.completeness.cuts.forEach(({ cut, gap }, i) => {
      const wider = few.completeness.cuts[i].gap;
      assertLess(Math.abs(gap), 1e-3, cut);
      assertLess(Math.abs(4 * gap - wider), 0.1 * Math.abs(wider) + 1e-8, cut);
    });
    const adaptive = await attributePair(encoder, triples[0], { target });
    assertLess(relativeDistance(adaptive.conductance, one.conductance), 0.02); // its tolerance
    assertLess(relativeDistance(adaptive.other!, one.other!), 0.02);
  }));

Deno.test("attribute() of triples turns its sides round with the passages", () =>
  withModel(l2, { backend: cpu }, async (encoder) => {
    // σ(-x) = 1 - σ(x): what either run gives is the other's, with the sign turned
    for (const { query, passage, other } of triples) {
      const options = { target, rule: rule("trapezoid", { steps: 8 }) } as const;
      const label = "relevant" as const;
      const one = await attributePair(encoder, { query, passage, other, label }, options);
      const turned = { query, passage: other!, other: passage, label };
      const two = await attributePair(encoder, turned, options);
      const negative = (values: Float64Array) => values.map((value) => -value);
      assertLess(relativeDistance(two.other!, negative(one.conductance)), 1e-12);
      assertLess(relativeDistance(two.conductance, negative(one.other!)), 1e-12);
      assertAlmostEquals(one.F.input + two.F.input, 1, 1e-12);
    }
  }));

Deno.test("attribute() of triples gives the same bits whatever the memory and the batch", () =>
  withModel(l2, { backend: cpu }, async (encoder) => {
    for (const quadrature of [rule("adaptive"), rule("right", { steps: 9 })]) {
      const options = { target, rule: quadrature } as const;
      const together = await Array.fromAsync(attribute(encoder, triples, options));
      for (const { index, conductance, other } of together) {
        const alone = await attributePair(encoder, triples[index], options);
        assertEquals([alone.conductance, alone.other], [conductance, other]);
      }
      await withModel(l2, { backend: cpu, memoryBytes: 1_200_000 }, async (small) => {
        let repeated = 0;
        for (const hostBytes of [0, 2 ** 30]) {
          for await (const one of attribute(small, triples, { ...options, hostBytes })) {
            const same = together.find(({ index }) => index === one.index)!;
            assertEquals([one.conductance, one.other], [same.conductance, same.other]);
            repeated += one.repeated;
          }
        }
        if (quadrature.kind === "adaptive") assert(repeated > 0);
      });
    }
  }));

Deno.test("buildScheme() of triples: exact means of both runs, the same bytes from merged files", () =>
  withModel(l2, { backend: cpu }, async (encoder) => {
    const options = { target, rule: rule("trapezoid", { steps: 6 }) } as const;
    const whole = await buildScheme(encoder, triples, options);
    const each = await Promise.all(triples.map((one) => attributePair(encoder, one, options)));
    const momentsOf = (of: (one: AttributedPair) => Float64Array, id: number) => {
      const values = each.map((one) => of(one)[id]);
      const mean = values.reduce((sum, value) => sum + value / values.length, 0);
      return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0)];
    };
    const sides = [
      [whole, (one: AttributedPair) => one.conductance],
      [whole.other!, (one: AttributedPair) => one.other!],
    ] as const;
    for (const [{ mean, m2 }, of] of sides) {
      for (let id = 0; id < mean.length; id += 7) {
        const wanted = momentsOf(of, id);
        assertAlmostEquals(mean[id], wanted[0], 1e-14);
        assertAlmostEquals(m2[id], wanted[1], 1e-14);
      }
    }
    assertEquals([whole.metadata.target, whole.metadata.label], ["pairwise", "relevant"]);

    const open = (bytes: Uint8Array) => openScheme(() => Promise.resolve(bytes), "x");
    const partOf = async (some: readonly LabelledPair[]) => ({
      name: some[0].query,
      scheme: await open(encodeScheme(await buildScheme(encoder, some, options))),
    });
    const parts = [await partOf(triples.slice(1)), await partOf(triples.slice(0, 1))];
    const merged = mergeSchemes(parts);
    assertEquals([merged.mean, merged.m2, merged.other], [whole.mean, whole.m2, whole.other]);
    const exact = ({ pairs, sum, squares, other, byQuery }: SchemeSums) => (
      { pairs, sum, squares, other, byQuery }
    );
    assertEquals(exact(merged.sums!), exact(whole.sums));
    const pair = { query: "river", passage: "bank", label: "relevant" } as const;
    const plain = await buildScheme(encoder, [pair], { ...options, target: "logit" });
    assertThrows(
      () => mergeSchemes([parts[0], { name: "plain", scheme: plain }]),
      RangeError,
      "expected target pairwise in both, got logit in plain",
    );
  }));

Deno.test("attribute() takes triples for target pairwise, and for nothing else", () =>
  withModel(l2, { backend: cpu }, async (encoder) => {
    const [{ other: _, ...pair }] = triples;
    await assertRejects(
      () => attributePair(encoder, pair, { target }),
      RangeError,
      'Cannot attribute query "old bridge" by target pairwise: expected a relevant and another passage',
    );
    await assertRejects(
      () => attributePair(encoder, { ...triples[0], label: "non-relevant" }, { target }),
      RangeError,
      "expected a relevant and another passage",
    );
    for (const options of [{}, { towards: "1.key.3" }]) {
      await assertRejects(
        () => attributePair(encoder, triples[0], options),
        RangeError,
        'Cannot attribute query "old bridge": expected target pairwise where two passages are given',
      );
    }
  }));
