/** Means over pairs, floors and ranks below the layers that are drawn anew. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { rule } from "../../../internal.ts";
import { attributionsByRule } from "../../../src/experiments/faithfulness/attributions.ts";
import { rankingFloors } from "../../../src/experiments/faithfulness/floors.ts";
import { randomisedLayers } from "../../../src/experiments/faithfulness/randomisation.ts";
import { pearson } from "../../../src/ir/correlation.ts";
import { ranks } from "../../../src/ir/rank_correlation.ts";
import { backends, withModel } from "../../backends.ts";
import { goldenModel } from "../../model/models.ts";
import { randomVector, space } from "../schemes.ts";

Deno.test("attributionsByRule() gives each rule its conductances, and their mean over pairs", async () => {
  const { folder } = await goldenModel("l2-w36-h3-f50-labels2");
  const [backend] = backends;
  await withModel(folder, { backend }, async (encoder) => {
    const pairs = ["a lemon", "the old harbour"].map((passage) => ({
      ...{ query: "copper pan", passage, label: "relevant" as const },
    }));
    const rules = [rule("right", { steps: 1 }), rule("left", { steps: 2 })];
    const found = await attributionsByRule(encoder, pairs, { rules });
    for (const { conductance: [a, b], mean } of found) {
      mean.forEach((value, id) => assertAlmostEquals(value, (a[id] + b[id]) / 2, 1e-12));
    }
    assert(found[0].mean.some((value, id) => value !== found[1].mean[id]));
  });
});

Deno.test("rankingFloors() has no deviation of a single draw", () => {
  const lists = [{ query: "q", documents: ["a", "b", "c"] }];
  const qrels = new Map([["q", new Map([["a", 1]])]]);
  const of = (draws: number) => rankingFloors(lists, qrels, { draws }).deviation;
  assertEquals(of(1), null);
  assert(of(20)! > 0);
});

Deno.test("randomisedLayers() correlates below alone all layers that were kept", () => {
  const [mean, drawn] = [randomVector(1), randomVector(2)];
  const kept = mean.length / space.layers; // neurons of the first layer
  const since = [1, 0].map((from) => ({ from, mean: drawn, evaluations: 1 }));
  const [top, all] = randomisedLayers(space, mean, since);
  const spearman = (count: number) =>
    pearson(ranks(mean.subarray(0, count)), ranks(drawn.subarray(0, count)));
  assertAlmostEquals(top.below!, spearman(kept), 1e-12);
  assertAlmostEquals(top.spearman!, spearman(mean.length), 1e-12);
  assertEquals([all.below, all.layers, top.layers], [null, 2, 1]);
});
