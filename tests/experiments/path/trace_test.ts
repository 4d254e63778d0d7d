import { assertAlmostEquals, assertEquals } from "@std/assert";
import { attribute } from "../../../src/attribution/attribute.ts";
import { rule } from "../../../src/attribution/rule.ts";
import { segmentShares } from "../../../src/experiments/path/segment_shares.ts";
import { tracePath } from "../../../src/experiments/path/trace.ts";
import { firstId, parseNeuron } from "../../../src/model/neurons.ts";
import { unitsOf } from "../../../src/model/neurons.ts";
import { golden, pairs, withFixture } from "../fixture.ts";
import { components } from "../../spaces.ts";

/** Both are float64; exp and the order of sums differ. */
const FLOAT64 = 1e-9;

function assertClose(found: readonly number[], wanted: readonly number[]) {
  assertEquals(found.length, wanted.length);
  found.forEach((value, i) => assertAlmostEquals(value, wanted[i], FLOAT64));
}

Deno.test("tracePath() gives PyTorch's F, activations, gradients and conductances along a path", async () => {
  await withFixture(async (encoder) => {
    const neurons = golden.neurons.map((name: string) => ({
      ...parseNeuron(encoder.config, name),
      role: "chosen",
    }));
    const trace = await tracePath(encoder, pairs[0], neurons, { t: golden.trace.t });
    assertClose(trace.F, golden.trace.F);
    for (const { neuron, activation, gradient, conductance } of trace.neurons) {
      const wanted = golden.trace.neurons[neuron];
      assertClose(activation, wanted.activation);
      assertClose(gradient, wanted.gradient);
      assertClose(conductance, wanted.conductance);
    }
  });
});

Deno.test("segmentShares() splits PyTorch's conductances by segment, meaned over pairs", async () => {
  await withFixture(async (encoder) => {
    const schemes = [{ scheme: "P[x]", pairs: pairs.slice(0, 2) }];
    const [share] = await segmentShares(encoder, schemes, {
      rule: rule("trapezoid", { steps: 8 }),
    });
    const [first, second] = golden.segments;
    assertClose(
      share.tokens,
      first.tokens.map((count: number, s: number) => (count + second.tokens[s]) / 2),
    );
    share.values.forEach((layer, l) =>
      layer.forEach((bySegment, c) => {
        const key = `${l}.${components[c]}`;
        const mean = (kind: "signed" | "absolute") =>
          first[kind][key].map((value: number, s: number) => (value + second[kind][key][s]) / 2);
        assertClose(bySegment, mean("signed"));
        assertClose(share.absolute[l][c], mean("absolute"));
      })
    );
  });
});

Deno.test("segmentShares() adds up to the conductances that schemes are made of, by any rule", async () => {
  await withFixture(async (encoder) => {
    for (const quadrature of [rule("adaptive"), rule("right", { steps: 6 })]) {
      const [pair] = pairs;
      const [share] = await segmentShares(encoder, [{ scheme: "P[x]", pairs: [pair] }], {
        rule: quadrature,
      });
      const options = { rule: quadrature };
      const [found] = await Array.fromAsync(attribute(encoder, [pair], options));
      share.values.forEach((layer, l) =>
        layer.forEach((bySegment, c) => {
          const id = firstId(encoder.config, l, components[c]);
          const units = found.conductance.subarray(id, id + unitsOf(encoder.config, components[c]));
          const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
          assertAlmostEquals(sum(bySegment), sum(units), FLOAT64);
        })
      );
      const times = quadrature.kind === "adaptive" ? 2 : 1; // once to find the points
      assertEquals(share.evaluations, times * found.points.length);
    }
  });
});
