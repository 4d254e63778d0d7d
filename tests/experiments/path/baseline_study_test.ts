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
    assertEquals([study.choice, study.pairs], ["pad", 10]);
  });
});
