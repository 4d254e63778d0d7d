/** Intervals over queries hold what they say, on new queries that are simulated from the fixture's. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { buildScheme } from "../../../src/attribution/schemes/build_scheme.ts";
import { sizeAtLevel, topNeuronIds } from "../../../src/attribution/neuron_sets.ts";
import { rule } from "../../../src/attribution/rule.ts";
import { simdOps } from "../../../src/compute/simd/simd_ops.ts";
import { deviationsOf, estimateOf } from "../../../src/experiments/schemes/estimate.ts";
import { drawMeans, standardError } from "../../../src/experiments/schemes/query_bootstrap.ts";
import type { Schemes } from "../../../src/experiments/schemes/scheme_folder.ts";
import { labelledPairs } from "../../../src/formats/labelled_pairs.ts";
import { openCollection } from "../../../src/formats/collection.ts";
import { openFolder } from "../../../src/deno/folder.ts";
import { seededRandom } from "../../../src/ir/random.ts";
import { openCrossEncoder } from "../../../src/model/cross_encoder.ts";
import type { NeuronSpace } from "../../../src/model/neurons.ts";
import { normalNumbers } from "../../normal_numbers.ts";
import { load, root } from "../fixture.ts";
import { newQuery, type QueryModel, queryModel, schemeOfQueries } from "../simulated.ts";

/** Queries of a simulated scheme, as many as the fixture's collections have. */
const QUERIES = 30;
const SAMPLES = 120;
const DRAWS = 50;
const LEVELS = [0.01, 0.02, 0.05, 0.1];

/** Non-relevant pairs of a collection, one vector a query; few steps, for the spread is what counts. */
async function modelOf(
  name: string,
): Promise<{ readonly model: QueryModel; readonly space: NeuronSpace }> {
  const ops = await simdOps({ threads: 2 });
  try {
    const encoder = await openCrossEncoder(load, ops);
    const folder = new URL(`fixtures/collections/${name}`, root).pathname;
    const { pairs } = await labelledPairs(await openCollection(openFolder(folder), {}), {
      ...{ label: "non-relevant", relevantFrom: 2, nonRelevantUpto: 0, maxPairs: 60, seed: 0 },
    });
    const texts = pairs.map(({ query, passage }) => ({
      ...{ query: query.text, passage: passage.text, label: "non-relevant" as const },
    }));
    const { sums } = await buildScheme(encoder, texts, { rule: rule("right", { steps: 6 }) });
    const vectors = [...sums.byQuery!.values()].map(({ sum, pairs }) => sum.map((x) => x / pairs));
    assertEquals(vectors.length, QUERIES);
    return { model: queryModel(vectors), space: encoder.config };
  } finally {
    ops.close();
  }
}

const part = (hits: number) => hits / SAMPLES;

Deno.test("drawMeans() and standardError() give intervals that hold 95 % of simulated new queries' means, within 5 points", async () => {
  const [c, a] = [await modelOf("cooking"), await modelOf("astronomy")];
  const { space } = c;
  const normal = normalNumbers(seededRandom(11));
  const sample = ({ model }: typeof c) =>
    schemeOfQueries(space, Array.from({ length: QUERIES }, () => newQuery(model, normal)));
  const sizes = LEVELS.map((level) => sizeAtLevel(space, level));
  const shared = (x: Float64Array, y: Float64Array) =>
    sizes.map((size) =>
      new Set(topNeuronIds(x, size)).intersection(new Set(topNeuronIds(y, size))).size
    );
  const strongest = [...topNeuronIds(c.model.mean, sizes[0]).sort()];

  const samples: Schemes[] = Array.from(
    { length: SAMPLES },
    () => new Map([["N_c", sample(c)], ["N_a", sample(a)]] as const),
  );
  const counts = samples.map((schemes) =>
    shared(schemes.get("N_c")!.mean, schemes.get("N_a")!.mean)
  );
  // what is true: the mean over many new samples of as many queries
  const truth = LEVELS.map((_, at) => counts.reduce((sum, one) => sum + one[at], 0) / SAMPLES);

  const covered = LEVELS.map(() => 0);
  let [errors, means] = [0, 0];
  samples.forEach((schemes, s) => {
    const drawn = drawMeans(schemes, { draws: DRAWS, seed: s })
      .map(({ of }) => [shared(of.get("N_c")!, of.get("N_a")!)]);
    const [deviations] = deviationsOf(drawn);
    LEVELS.forEach((_, at) => {
      const { interval } = estimateOf(counts[s][at], deviations[at], QUERIES - 1);
      if (interval.low <= truth[at] && truth[at] <= interval.high) covered[at]++;
    });
    const scheme = schemes.get("N_c")!;
    for (const id of strongest) {
      const { error, over } = standardError(scheme, id)!;
      assertEquals(over, "queries");
      const { interval: { low, high } } = estimateOf(scheme.mean[id], error, QUERIES - 1);
      if (low <= c.model.mean[id] && c.model.mean[id] <= high) errors++;
      means++;
    }
  });
  const coverage = covered.reduce((sum, hits) => sum + part(hits) / LEVELS.length, 0);
  assertAlmostEquals(coverage, 0.95, 0.05, `${covered.map(part)}`);
  assertAlmostEquals(errors / means, 0.95, 0.05, "standard errors");
  truth.forEach((count, at) => { // sets that have something in common, and something not
    assert(count > 0.1 * sizes[at] && count < 0.9 * sizes[at], `${truth}`);
  });
});
