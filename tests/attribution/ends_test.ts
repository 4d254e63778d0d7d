/** F at the ends of a path and along it, whatever the rule. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { attribute, attributeIndexed, rule, sumPairs } from "../../internal.ts";
import { backends, withModel } from "../backends.ts";
import { goldenModel } from "../model/models.ts";

Deno.test("attribute() gives F at baseline and input by every rule, and at each of its points", async () => {
  const { folder } = await goldenModel("l2-w36-h3-f50-labels2");
  const [backend] = backends; // float64
  await withModel(folder, { backend }, async (encoder) => {
    const pairs = [{
      ...{ query: "copper pan", passage: "polish it with a lemon", label: "relevant" as const },
    }];
    const found = async (name: string, steps?: number) => {
      const [one] = await Array.fromAsync(
        attribute(encoder, pairs, { rule: rule(name, { steps }) }),
      );
      return one;
    };
    const [adaptive, right, middle] = [
      await found("adaptive"),
      await found("right", 4),
      await found("captum:middle", 4), // evaluates neither end by itself
    ];
    for (const { F, points, evaluations } of [adaptive, right, middle]) {
      assertAlmostEquals(F.baseline, right.F.along[0], 1e-12);
      assertAlmostEquals(F.input, right.F.along[4], 1e-12);
      assertEquals(F.along.length, points.length);
      assertEquals(evaluations, points.length + [0, 1].filter((t) => !points.includes(t)).length);
    }
    const quarters = [0, .25, .5, .75, 1];
    assertEquals(right.points, quarters);
    // the adaptive rule begins with the same points
    quarters.forEach((t, i) =>
      assertAlmostEquals(adaptive.F.along[adaptive.points.indexOf(t)], right.F.along[i], 1e-12)
    );
  });
});

Deno.test("sumPairs() counts evaluations, and those that were done again", async () => {
  const { folder } = await goldenModel("l2-w36-h3-f50-labels2");
  const [backend] = backends;
  await withModel(folder, { backend }, async (encoder) => {
    const pairs = ["a lemon", "the old harbour"].map((passage, index) => ({
      ...{ query: "copper pan", passage, label: "relevant" as const, index },
    }));
    const records = attributeIndexed(encoder, pairs, { rule: rule("right", { steps: 4 }) });
    async function* repeating() {
      for await (const record of records) yield { ...record, repeated: 3 };
    }
    const { evaluations, repeated, sums } = await sumPairs(repeating(), {
      ...{ space: encoder.config, pairs },
    });
    assertEquals([evaluations, repeated, sums.pairs], [5, 6, 2]);
  });
});
