import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { cpuOps, openCrossEncoder, score } from "../../../internal.ts";
import { baselineStudy } from "../../../src/experiments/path/baseline_study.ts";
import { loaderOf } from "../../backends.ts";
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

Deno.test("baselineStudy() of a bi-encoder chooses the baseline closest to unrelated texts", async () => {
  const ops = cpuOps();
  const load = loaderOf("tests/golden/encoders/models/bert-w30-cls-dot");
  const encoder = await openCrossEncoder(load, ops);
  const few = pairs.slice(0, 4).map(({ query, passage }, i) => ({
    query: i === 1 ? pairs[0].query : query, // two pairs of one query
    passage,
  }));
  const similarities = async (texts: readonly (typeof few)[number][]) =>
    (await score(encoder, texts)).map(({ logits }) => logits[0]);
  const mean = (all: readonly number[]) => all.reduce((a, b) => a + b) / all.length;
  const study = await baselineStudy(encoder, few, { collection: "fixture" });
  const of = (name: string) => study.rows.find(({ baseline }) => baseline === name)!.difference;
  assertEquals(study.rows.map(({ baseline }) => baseline), [
    ...["original", "unrelated", "pad", "pad-query", "zero", "zero-query", "pad-content"],
  ]);
  assertAlmostEquals(of("original"), mean(await similarities(few)), FLOAT64);
  const shifted = [2, 2, 3, 0].map((other, i) => ({ ...few[i], passage: few[other].passage }));
  assertAlmostEquals(of("unrelated"), mean(await similarities(shifted)), FLOAT64);
  assertEquals([study.score, study.neutral], ["similarity", of("unrelated")]);
  const distance = (name: string) => Math.abs(of(name) - of("unrelated"));
  for (const { baseline } of study.rows.slice(2)) {
    assert(distance(study.choice) <= distance(baseline));
  }
  assertAlmostEquals(
    study.padAhead.value,
    distance(study.padAhead.runnerUp) - distance("pad"),
    FLOAT64,
  );
  // where the passage alone moves, the query stays what it is
  const passage = await baselineStudy(encoder, few, { collection: "fixture", path: "passage" });
  assertEquals(passage.rows.map(({ baseline }) => baseline), [
    ...["original", "unrelated", "pad", "zero", "pad-content"],
  ]);
  assertEquals(passage.rows[0], study.rows[0]);
  assert(passage.rows[2].difference !== of("pad"));
  await assertRejects(
    () => baselineStudy(encoder, few.slice(0, 2), { collection: "fixture" }),
    RangeError,
    "Cannot say what is neutral for a bi-encoder: expected pairs of two or more queries, got one",
  );
});
