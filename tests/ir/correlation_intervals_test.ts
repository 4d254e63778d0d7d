// Spearman's correlations and their intervals against scipy's (golden/make_correlations.py).

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fewestClusters, rankCorrelations } from "../../src/ir/correlation_intervals.ts";
import { ranks, spearman } from "../../src/ir/rank_correlation.ts";
import { seededRandom } from "../../src/ir/random.ts";

const golden = JSON.parse(
  await Deno.readTextFile(new URL("golden/correlations.json", import.meta.url)),
);
const xs: Float64Array[] = golden.xs.map((x: number[]) => Float64Array.from(x));
const ys: Float64Array[] = golden.ys.map((y: number[]) => Float64Array.from(y));
const clusters: string[] = golden.clusters;

/** Of an error: both bootstraps have 20 000 draws, each good to 1 / √40 000 = .5 %. */
const DRAWN = 0.025;

Deno.test("rankCorrelations() gives scipy's rho, and the errors of scipy's ranks of drawn clusters", () => {
  const found = rankCorrelations(xs, ys, { clusters, draws: 20_000, seed: 3 });
  type Golden = { readonly rho: number; readonly z: readonly number[]; readonly p: number };
  golden.found.forEach((row: Golden[], i: number) =>
    row.forEach((wanted, j) => {
      const { rho, low, high, p } = found[i][j];
      assertAlmostEquals(rho, wanted.rho, 1e-14);
      const half = (wanted.z[1] - wanted.z[0]) / 2;
      assertAlmostEquals(Math.atanh(low), wanted.z[0], DRAWN * half, `${i} ${j}`);
      assertAlmostEquals(Math.atanh(high), wanted.z[1], DRAWN * half, `${i} ${j}`);
      // d ln p = -(about t) d ln(error) for Student's t of few degrees
      assertAlmostEquals(Math.log(p), Math.log(wanted.p), 0.15, `${i} ${j}`);
    })
  );
});

Deno.test("rankCorrelations() takes no perfect separation for certainty: p is 2^(1-K) at least", () => {
  const clusters = Array.from({ length: 16 }, (_, i) => String(i % 8));
  const x = Float64Array.from(clusters, (_, i) => i);
  const y = Float64Array.from(clusters, (_, i) => i < 8 ? 0 : 1);
  const [[{ rho, p }]] = rankCorrelations([x], [y], { clusters });
  assertAlmostEquals(rho, 0.8677218312746245, 1e-14); // scipy.stats.spearmanr(range(16), [0] * 8 + [1] * 8)
  assertEquals(p, 2 ** -7);
});

Deno.test("rankCorrelations() leaves 0 out of the interval where p is below .05, of more than a few clusters", () => {
  for (const { low, high, p } of rankCorrelations(xs, ys, { clusters }).flat()) {
    assertEquals(low > 0 || high < 0, p < 0.05);
  }
});

Deno.test("rankCorrelations() leaves out draws in which a variable is constant: the error over all draws", () => {
  const clusters = ["a", "a", "b", "b", "c", "d", "e"];
  const x = Float64Array.of(3, 5, 1, 2, 4, 7, 6);
  const y = Float64Array.of(1, 1, 0, 0, 0, 0, 0); // constant where a is not drawn
  const names = [...new Set(clusters)];
  const z: number[] = [];
  for (let draw = 0; draw < 5 ** 4; draw++) {
    const places = [0, 1, 2, 3].map((i) => names[Math.floor(draw / 5 ** i) % 5])
      .flatMap((name) => clusters.flatMap((one, place) => one === name ? [place] : []));
    const of = (values: Float64Array) => ranks(Float64Array.from(places, (place) => values[place]));
    const rho = spearman(of(x), of(y));
    if (!Number.isNaN(rho)) z.push(Math.atanh(Math.max(-1 + 1e-12, Math.min(1 - 1e-12, rho))));
  }
  assert(z.length < 400);
  const mean = z.reduce((sum, value) => sum + value) / z.length;
  const error = Math.sqrt(z.reduce((sum, value) => sum + (value - mean) ** 2, 0) / z.length);
  const [[found]] = rankCorrelations([x], [y], { clusters, draws: 40_000 });
  const half = 2.7764451051977987 * error; // scipy.stats.t.ppf(.975, 4)
  // as a part: 40 000 draws leave .5 %, and heavy tails of z a little more
  assertAlmostEquals((Math.atanh(found.high) - Math.atanh(found.low)) / 2, half, 0.04 * half);
});

Deno.test("rankCorrelations() is NaN of a constant, tells no interval of few clusters, refuses lengths", () => {
  const flat = new Float64Array(clusters.length).fill(2);
  for (const one of rankCorrelations([flat, xs[0]], [flat], { clusters }).flat()) {
    assertEquals(one, { rho: NaN, low: NaN, high: NaN, p: NaN });
  }
  const few = clusters.map((_, i) => String(i % (fewestClusters - 1)));
  const [[one]] = rankCorrelations([xs[0]], [ys[0]], { clusters: few });
  assertAlmostEquals(one.rho, golden.found[0][0].rho, 1e-14);
  assertEquals([one.low, one.high, one.p], [NaN, NaN, NaN]);
  assertThrows(
    () => rankCorrelations([xs[0].slice(1)], [ys[0]], { clusters }),
    RangeError,
    `expected ${clusters.length} values of every variable, got ${clusters.length - 1}`,
  );
});

Deno.test("rankCorrelations() finds nothing in 95 % of unrelated samples, whatever pairs of a query share", () => {
  const random = seededRandom(9);
  const uniform = () => random() / 2 ** 32;
  const [queries, pairs, samples] = [20, 5, 400];
  const clusters = Array.from({ length: queries * pairs }, (_, i) => String(i % queries));
  let found = 0;
  for (let sample = 0; sample < samples; sample++) {
    const ofQuery = Array.from({ length: 2 * queries }, uniform);
    // both variables share most of their value within a query: pairs taken as independent find it
    const x = Float64Array.from(clusters, (k) => ofQuery[Number(k)] + 0.3 * uniform());
    const y = Float64Array.from(clusters, (k) => ofQuery[queries + Number(k)] + 0.3 * uniform());
    const [[{ p }]] = rankCorrelations([x], [y], { clusters, draws: 200, seed: sample });
    if (p < 0.05) found++;
  }
  // binomial(400, .05): 20, and 32 is 2.75 deviations above; pairs as the sample find half of them
  assert(found <= 32, `${found} of ${samples}`);
  assert(found >= 6, `${found} of ${samples}`);
});
