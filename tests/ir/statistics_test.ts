// Statistics of means, clusters and random sets against scipy's and numpy's (golden/make_statistics.py).

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { clusteredMean, clustersOf, drawClusters } from "../../src/ir/clusters.ts";
import { addDistributions, hypergeometric, tails } from "../../src/ir/hypergeometric.ts";
import { meanInterval } from "../../src/ir/mean_interval.ts";
import { seededRandom, seedFor } from "../../src/ir/random.ts";
import { pairedTTest } from "../../src/ir/significance.ts";
import { centralT } from "../../src/ir/student_t.ts";

const golden = JSON.parse(
  await Deno.readTextFile(new URL("golden/statistics.json", import.meta.url)),
);

/** Relative: bisection ends at neighbours, the tail it inverts is good to 1e-10. */
const CLOSE = 1e-9;

Deno.test("centralT() gives scipy's t.ppf", () => {
  for (const [level, degrees, wanted] of golden.centralT) {
    assertAlmostEquals(centralT(level, degrees), wanted, CLOSE * wanted, `${level} ${degrees}`);
  }
  assertThrows(() => centralT(0.95, 0), RangeError, "got 0.95 and 0");
  assertThrows(() => centralT(95, 3), RangeError, "got 95 and 3");
});

Deno.test("meanInterval() gives scipy's, and holds 0 where the t-test's p is above .05", () => {
  const { values } = golden.meanInterval;
  for (
    const [level, wanted] of [[0.95, golden.meanInterval["95"]], [0.9, golden.meanInterval["90"]]]
  ) {
    meanInterval(values, { level }).forEach((end, i) => assertAlmostEquals(end, wanted[i], 1e-12));
  }
  // twenty losses, four above 0: a percentile bootstrap cannot reach below 0, the t interval does
  const losses = [...Array(16).fill(0), 0.5, 0.3, 0.1, 0.9];
  assert(meanInterval(losses)[0] < 0);
  assert(pairedTTest(losses, losses.map(() => 0)).p > 0.05);
  assertThrows(() => meanInterval([1]), RangeError, "got 1");
});

Deno.test("clusteredMean() gives the sandwich estimate, and the plain error where clusters are single", () => {
  const { values, clusters, mean, error } = golden.clusteredMean;
  const found = clusteredMean(clustersOf(values, clusters));
  assertAlmostEquals(found.mean, mean, 1e-15);
  assertAlmostEquals(found.error, error, 1e-15);
  assertEquals(found.clusters, 5);
  const single = clusteredMean(clustersOf([1, 2, 4], ["x", "y", "z"]));
  assertAlmostEquals(single.error, Math.sqrt(7 / 3 / 3), 1e-15); // numpy: std([1, 2, 4], ddof=1) / √3
});

Deno.test("drawClusters() draws one fewer than there are, so that drawn means vary as the mean does", () => {
  const values = [3, 1, 4, 1, 5];
  const [random, draws] = [seededRandom(1), 40_000];
  let [sum, squares] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const times = drawClusters(values.length, random);
    assertEquals(times.reduce((a, b) => a + b), 4);
    const mean = times.reduce((total, n, i) => total + n * values[i], 0) / 4;
    sum += mean;
    squares += mean * mean;
  }
  const deviation = Math.sqrt(squares / draws - (sum / draws) ** 2);
  const { error } = clusteredMean(values.map((value) => ({ sum: value, count: 1 })));
  assertAlmostEquals(deviation / error, 1, 0.02); // √(5/4) = 1.118 were five drawn
});

Deno.test("hypergeometric() and its sums give scipy's distribution, far tails included", () => {
  for (const [units, a, b, k, below, above] of golden.hypergeometric) {
    const found = tails(hypergeometric(units, a, b), k);
    assertAlmostEquals(found.below, below, 1e-10);
    assertAlmostEquals(found.above, above, 1e-10);
  }
  const sum = golden.sum.cells
    .map(([units, a, b]: number[]) => hypergeometric(units, a, b))
    .reduce(addDistributions);
  for (const [k, below, above] of golden.sum.tails) {
    assertAlmostEquals(tails(sum, k).below, below, 1e-10);
    assertAlmostEquals(tails(sum, k).above, above, 1e-10);
  }
});

Deno.test("seedFor() gives another seed for another name or seed, and always the same", () => {
  const seeds = [[0, "q1"], [0, "q2"], [1, "q1"], [10, "q1"]] as const;
  const found = seeds.map(([seed, text]) => seedFor(seed, text));
  assertEquals(new Set(found).size, seeds.length);
  assert(found.every(Number.isSafeInteger));
  assertEquals(seedFor(0, "q1"), found[0]);
});
