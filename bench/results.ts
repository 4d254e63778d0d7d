/** Results of `deno bench --json`, kept small, and compared with earlier ones by ratios. */

import { CALIBRATION } from "./calibration.ts";

/** One benchmark's best time. */
export interface Result {
  readonly group: string;
  readonly name: string;
  /** Best time of an iteration in nanoseconds. */
  readonly ns: number;
  /** From the GFLOP or GB that its name tells. */
  readonly GFLOPs?: number;
  readonly GBs?: number;
}

/** A run's results, with how they were made. */
export interface Results {
  /** The command. */
  readonly made: string;
  /** What Deno says of itself and of the processor. */
  readonly runtime: string;
  readonly cpu: string;
  readonly threads: number;
  readonly device: string;
  /** In the order of the run; every group has its {@linkcode CALIBRATION}. */
  readonly results: readonly Result[];
}

/** One line of a comparison. */
export interface Compared {
  readonly group: string;
  readonly name: string;
  /** Time now against time before, each divided by its group's calibration: above 1 is slower. */
  readonly ratio: number;
  readonly now: Result;
  readonly before: Result;
}

/** A comparison of two runs. */
export interface Comparison {
  readonly lines: readonly Compared[];
  /** Time of all calibrations now against before: how much slower this machine, or minute, is. */
  readonly machine: number;
  /** Geometric mean of the ratios. */
  readonly mean: number;
  /** Benchmarks of one run only, as `group: name`. */
  readonly added: readonly string[];
  readonly gone: readonly string[];
}

/** The part of `deno bench --json` that is read. */
interface BenchJson {
  readonly benches: readonly {
    readonly group: string | null;
    readonly name: string;
    readonly results: readonly {
      readonly ok?: { readonly min: number };
      readonly failed?: unknown;
    }[];
  }[];
}

/**
 * The best time of every benchmark.
 *
 * @throws {Error} where one failed.
 */
export function readBench(json: BenchJson): Result[] {
  return json.benches.map(({ group, name, results }) => {
    const times = results.flatMap(({ ok }) => ok ? [ok.min] : []);
    if (times.length === 0) throw new Error(`Cannot read the benchmark "${name}": it failed`);
    const ns = Math.min(...times);
    const [, amount, unit] = /\(([\d.e+-]+) (GFLOP|GB)\)$/.exec(name) ?? [];
    const rate = Number((Number(amount) / ns * 1e9).toPrecision(4));
    return {
      group: group ?? "",
      name: name.replace(/ \([^()]*\)$/, (end) => unit ? "" : end),
      ns: Math.round(ns),
      ...unit === "GFLOP" && { GFLOPs: rate },
      ...unit === "GB" && { GBs: rate },
    };
  });
}

/** Compares runs benchmark by benchmark. */
export function compareResults(now: readonly Result[], before: readonly Result[]): Comparison {
  const key = ({ group, name }: Result) => `${group}: ${name}`;
  const old = new Map(before.map((result) => [key(result), result]));
  const kept = now.filter((result) => old.has(key(result)));
  const lines = kept.filter(({ name }) => name !== CALIBRATION).map((result): Compared => {
    const earlier = old.get(key(result))!;
    return {
      group: result.group,
      name: result.name,
      ratio: result.ns / earlier.ns / (unitOf(now, result.group) / unitOf(before, result.group)),
      now: result,
      before: earlier,
    };
  });
  const machine = kept.filter(({ name }) => name === CALIBRATION)
    .map((result) => result.ns / old.get(key(result))!.ns);
  const names = new Set(now.map(key));
  return {
    lines,
    machine: geometricMean(machine),
    mean: geometricMean(lines.map(({ ratio }) => ratio)),
    added: now.map(key).filter((name) => !old.has(name)),
    gone: before.map(key).filter((name) => !names.has(name)),
  };
}

/** The time of a group's calibration. */
function unitOf(results: readonly Result[], group: string): number {
  const found = results.find((result) => result.group === group && result.name === CALIBRATION);
  if (!found) {
    throw new RangeError(`Cannot compare group "${group}": expected a ${CALIBRATION}, found none`);
  }
  return found.ns;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** The comparison as lines of text; ratios beyond `factor`, either way, are marked. */
export function comparisonText(comparison: Comparison, factor: number): string {
  const rate = ({ GFLOPs, GBs, ns }: Result) =>
    GFLOPs !== undefined
      ? `${GFLOPs.toFixed(1)} GFLOP/s`
      : GBs !== undefined
      ? `${GBs.toFixed(1)} GB/s`
      : `${(ns / 1e6).toFixed(1)} ms`;
  const lines = comparison.lines.map(({ group, name, ratio, now, before }) => {
    const mark = ratio > factor ? "  SLOWER" : ratio < 1 / factor ? "  faster" : "";
    return `${`${group}: ${name}`.padEnd(56)} ${rate(now).padStart(15)} ${
      rate(before).padStart(15)
    } ${ratio.toFixed(2).padStart(6)}${mark}`;
  });
  return [
    `${"benchmark".padEnd(56)} ${"now".padStart(15)} ${"baseline".padStart(15)}  ratio`,
    ...lines,
    `calibration took ${
      comparison.machine.toFixed(2)
    } of the baseline's time; geometric mean of ${lines.length} ratios ${
      comparison.mean.toFixed(2)
    }`,
    ...comparison.added.map((name) => `not in the baseline: ${name}`),
    ...comparison.gone.map((name) => `only in the baseline: ${name}`),
  ].join("\n");
}

/** Benchmarks slower than the baseline's by more than `factor`. */
export function regressions({ lines }: Comparison, factor: number): readonly Compared[] {
  return lines.filter(({ ratio }) => ratio > factor);
}

/** JSON with a line a result. */
export function formatResults({ results, ...made }: Results): string {
  const head = JSON.stringify(made, null, 2).replace(/\n}$/, "");
  const line = (result: Result) =>
    Object.entries(result).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`).join(", ");
  const lines = results.map((result) => `    { ${line(result)} }`);
  return `${head},\n  "results": [\n${lines.join(",\n")}\n  ]\n}\n`;
}
