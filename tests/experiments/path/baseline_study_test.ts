import { assertAlmostEquals, assertEquals } from "@std/assert";
import { baselineStudy } from "../../../src/experiments/path/baseline_study.ts";
import { golden, pairs, withFixture } from "../fixture.ts";

/** Both are float64; exp and the order of sums differ. */
const FLOAT64 = 1e-9;

Deno.test("baselineStudy() gives PyTorch's mean differences, and chooses the one closest to 0", async () => {
  const relevant = pairs.filter(({ label }) => label === "relevant").slice(0, 10);
  await withFixture(async (encoder) => {
    const study = await baselineStudy(encoder, relevant, { collection: "fixture" });
    assertEquals(study.rows.map(({ baseline }) => baseline), [
      "original",
      "pad",
      "pad-query",
      "zero",
      "zero-query",
      "pad-content",
    ]);
    for (const { baseline, difference, standardError } of study.rows) {
      assertAlmostEquals(difference, golden.baselines[baseline].difference, FLOAT64);
      assertAlmostEquals(standardError, golden.baselines[baseline].standardError, FLOAT64);
    }
    assertEquals([study.choice, study.pairs, study.queries], ["pad", 10, 10]);
  });
});

Deno.test("baselineStudy() gives pad's lead over the runner-up, with queries as the sample", async () => {
  const relevant = pairs.filter(({ label }) => label === "relevant").slice(0, 9);
  const queries = ["a", "a", "a", "b", "b", "c", "d", "d", "e"];
  const named = relevant.map(({ passage }, i) => ({ query: queries[i], passage }));
  await withFixture(async (encoder) => {
    let values = new Float64Array(0);
    const study = await baselineStudy(encoder, named, {
      collection: "fixture",
      onChunk: (chunk) => void (values = Float64Array.from([...values, ...chunk.values])),
    });
    const by = (baseline: string) => {
      const row = study.rows.findIndex((one) => one.baseline === baseline);
      return queries.map((_, i) => values[i * study.rows.length + row]);
    };
    const mean = (all: readonly number[]) => all.reduce((a, b) => a + b) / all.length;
    const { runnerUp, value, interval } = study.padAhead;
    const others = study.rows.slice(2);
    assertEquals(
      Math.min(...others.map(({ difference }) => Math.abs(difference))),
      Math.abs(study.rows.find((one) => one.baseline === runnerUp)!.difference),
    );
    const [pad, next] = [by("pad"), by(runnerUp)];
    const lead = pad.map((_, i) => Math.sign(mean(next)) * next[i] - Math.sign(mean(pad)) * pad[i]);
    assertAlmostEquals(value, Math.abs(mean(next)) - Math.abs(mean(pad)), 1e-12);
    // the cluster-robust error by hand, five queries, t of 4 degrees
    const scores = [...new Set(queries)].map((query) =>
      lead.reduce((sum, one, i) => sum + (queries[i] === query ? one - mean(lead) : 0), 0)
    );
    const error = Math.sqrt(5 / 4 * scores.reduce((sum, one) => sum + one * one, 0)) / 9;
    assertAlmostEquals(interval!.high - value, 2.7764451051977987 * error, 1e-9); // scipy: t.ppf(.975, 4)
    assertEquals(study.queries, 5);
  });
});
