/** What `deno task bench` reads, keeps and compares. */

import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  compareResults,
  comparisonText,
  formatResults,
  readBench,
  regressions,
  type Result,
} from "../../bench/results.ts";

const run = (calibration: number, times: Record<string, number>, group = "g"): Result[] =>
  Object.entries({ calibration, ...times }).map(([name, ns]) => ({ group, name, ns }));

Deno.test("readBench() takes the best time and the rate of the amount that a name tells", () => {
  const bench = (name: string, ...times: number[]) => ({
    group: "MiniLM",
    name,
    results: times.map((min) => ({ ok: { min } })),
  });
  const json = {
    benches: [
      bench("linear I x C (1.51 GFLOP)", 4e7, 3.02e7),
      bench("gelu (0.0157 GB)", 1e6),
      bench("pairs (of 100 tokens)", 7.4),
      { ...bench("calibration", 5), group: null },
    ],
  };
  assertEquals(readBench(json), [
    { group: "MiniLM", name: "linear I x C", ns: 30200000, GFLOPs: 50 },
    { group: "MiniLM", name: "gelu", ns: 1000000, GBs: 15.7 },
    { group: "MiniLM", name: "pairs (of 100 tokens)", ns: 7 },
    { group: "", name: "calibration", ns: 5 },
  ]);
});

Deno.test("readBench() refuses a benchmark that failed", () => {
  const json = { benches: [{ group: null, name: "broken", results: [{ failed: {} }] }] };
  assertThrows(() => readBench(json), Error, '"broken": it failed');
});

Deno.test("compareResults() divides by the calibration: a machine half as fast has ratio 1", () => {
  const before = run(100, { linear: 1000, attention: 500 });
  const slow = run(200, { linear: 2000, attention: 1000 });
  const { lines, machine, mean } = compareResults(slow, before);
  assertEquals(lines.map(({ ratio }) => ratio), [1, 1]);
  assertAlmostEquals(machine, 2);
  assertAlmostEquals(mean, 1);
});

Deno.test("compareResults() takes each group's own calibration", () => {
  const before = [...run(100, { linear: 1000 }, "a"), ...run(100, { linear: 1000 }, "b")];
  const now = [...run(100, { linear: 1500 }, "a"), ...run(150, { linear: 1500 }, "b")];
  assertEquals(compareResults(now, before).lines.map(({ ratio }) => ratio), [1.5, 1]);
});

Deno.test("compareResults() names benchmarks that one run lacks", () => {
  const { added, gone, lines } = compareResults(
    run(1, { linear: 1, fused: 1 }),
    run(1, { linear: 1, gelu: 1 }),
  );
  assertEquals([added, gone, lines.length], [["g: fused"], ["g: gelu"], 1]);
});

Deno.test("compareResults() refuses a group without calibration", () => {
  const lines = [{ group: "g", name: "linear", ns: 1 }];
  assertThrows(() => compareResults(lines, lines), RangeError, "expected a calibration");
});

Deno.test("regressions() are the ratios above the factor, and the table marks them", () => {
  const comparison = compareResults(
    run(10, { linear: 140, gelu: 120, attention: 50 }),
    run(10, { linear: 100, gelu: 100, attention: 100 }),
  );
  assertEquals(regressions(comparison, 1.3).map(({ name }) => name), ["linear"]);
  const [, linear, gelu, attention] = comparisonText(comparison, 1.3).split("\n");
  assertStringIncludes(linear, "1.40  SLOWER");
  assertEquals(gelu.trimEnd().endsWith("1.20"), true);
  assertStringIncludes(attention, "0.50  faster");
});

Deno.test("formatResults() writes a line a result that reads back", () => {
  const results = {
    made: "deno task bench",
    runtime: "Deno/2",
    cpu: "a processor",
    threads: 1,
    device: "simd",
    results: run(10, { linear: 100, gelu: 5 }),
  };
  const text = formatResults(results);
  assertEquals(JSON.parse(text), results);
  assertEquals(text.split("\n").filter((line) => line.includes('"ns"')).length, 3);
});
