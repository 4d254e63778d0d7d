/**
 * Runs the benchmarks of kernels and pairs, saves their results, and prints them as ratios to a
 * baseline, each divided by a calibration of the same run and group:
 *
 *     deno task bench                          # on one thread, against bench/baseline.json
 *     deno task bench --save bench/baseline.json
 *
 * Options: --save FILE (bench/latest.json), --baseline FILE, --factor X (1.3: ends with status 1 where
 * a ratio is above), --from FILE (compares saved results, runs nothing), and files to run instead of
 * kernels_bench.ts and pair_bench.ts. DEVICE and THREADS go to the benchmarks; one thread unless given,
 * so that machines with other numbers of cores compare.
 */

import { parseArgs } from "node:util";
import {
  compareResults,
  comparisonText,
  formatResults,
  readBench,
  regressions,
  type Results,
} from "./results.ts";

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    save: { type: "string", default: "bench/latest.json" },
    baseline: { type: "string", default: "bench/baseline.json" },
    factor: { type: "string", default: "1.3" },
    from: { type: "string" },
  },
});
const factor = Number(options.factor);
if (!(factor > 1)) throw new RangeError(`--factor must be above 1; found ${options.factor}`);

async function run(): Promise<Results> {
  const threads = Deno.env.get("THREADS") ?? "1";
  const device = Deno.env.get("DEVICE") ?? "simd";
  const files = positionals.length > 0
    ? positionals
    : ["bench/kernels_bench.ts", "bench/pair_bench.ts"];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["bench", "-A", "--no-check", "--json", ...files],
    env: { THREADS: threads, DEVICE: device },
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the benchmarks failed");
  const json = JSON.parse(new TextDecoder().decode(stdout));
  const results: Results = {
    made: `THREADS=${threads} DEVICE=${device} deno run -A bench/compare.ts ${files.join(" ")}`,
    runtime: json.runtime,
    cpu: json.cpu,
    threads: Number(threads),
    device,
    results: readBench(json),
  };
  await Deno.writeTextFile(options.save, formatResults(results));
  console.log(`saved ${options.save}`);
  return results;
}

const read = async (file: string): Promise<Results> => JSON.parse(await Deno.readTextFile(file));
const now = options.from ? await read(options.from) : await run();
if (options.from || options.save !== options.baseline) {
  const before = await read(options.baseline);
  for (const key of ["threads", "device", "cpu", "runtime"] as const) {
    if (now[key] !== before[key]) {
      console.log(`${key} differs: ${now[key]}, baseline ${before[key]}`);
    }
  }
  const comparison = compareResults(now.results, before.results);
  console.log(comparisonText(comparison, factor));
  const slower = regressions(comparison, factor);
  if (slower.length > 0) {
    console.log(`${slower.length} slower than the baseline by more than ${factor}`);
    Deno.exitCode = 1;
  }
}
