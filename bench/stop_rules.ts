/**
 * Stop rules of the adaptive rule beside one another, on what bench/stop_traces.ts wrote:
 *
 *     deno run -A bench/stop_rules.ts TRACES.jsonl ...
 *
 * A table a file: evaluations a pair (mean, 95th percentile, most), and the relative L2 error of the
 * conductances (mean, worst). Pairs that a rule would refine beyond the noted rounds count in `beyond`,
 * with the evaluations and no error of the last.
 */

import type { StopTrace } from "./stop_traces.ts";

type Round = StopTrace["rounds"][number];

/** Rules that compare a measure with parts of TV(F). */
function tolerances(parts: readonly number[], name: string, measure: (round: Round) => number) {
  return Object.fromEntries(parts.map((part) => [
    `${name} <= ${part} TV`,
    (round: Round) => measure(round) <= part * round.variation,
  ]));
}

/** Stop rules by name. */
const rules: Readonly<Record<string, (round: Round) => boolean>> = {
  "gap <= .05 max(|dF|, TV/100)": ({ gap, difference, variation }) =>
    gap <= 0.05 * Math.max(Math.abs(difference), variation / 100),
  "gap <= .05 max(|dF|, TV/4)": ({ gap, difference, variation }) =>
    gap <= 0.05 * Math.max(Math.abs(difference), variation / 4),
  "gap <= .05 TV": ({ gap, variation }) => gap <= 0.05 * variation,
  ...tolerances([0.05, 0.08, 0.1, 0.12, 0.15, 0.2], "sum of defects", ({ defects }) => defects),
  ...tolerances([0.02, 0.025, 0.03, 0.04, 0.05], "√(Σ defects²)", ({ combined }) => combined),
  ...tolerances(
    [0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1],
    "uncertainty",
    ({ uncertainty }) => uncertainty,
  ),
};

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const percentile = (values: readonly number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(part * values.length) - 1];

/** The table of one list of pairs. */
export function stopTable(traces: readonly StopTrace[]): string {
  const lines = [
    "| stop | mean | 95 % | most | error mean | worst | beyond |",
    "|---|---|---|---|---|---|---|",
  ];
  for (const [name, stops] of Object.entries(rules)) {
    const ends = traces.map(({ rounds }) => rounds.find(stops) ?? rounds.at(-1)!);
    const points = ends.map((end) => end.points);
    const errors = ends.flatMap(({ error }) => error === undefined ? [] : [error]);
    lines.push(
      `| ${name} | ${mean(points).toFixed(1)} | ${percentile(points, 0.95)} | ${
        Math.max(...points)
      } | ${mean(errors).toFixed(4)} | ${Math.max(...errors).toFixed(3)} | ${
        ends.length - errors.length
      } |`,
    );
  }
  const right = traces.flatMap((trace) => trace.right ?? []);
  if (right.length > 0) {
    lines.push(
      `| the paper's steps | | | | ${mean(right).toFixed(4)} | ${
        Math.max(...right).toFixed(3)
      } | |`,
    );
  }
  return lines.join("\n");
}

if (import.meta.main) {
  for (const file of Deno.args) {
    const traces = (await Deno.readTextFile(file)).trim().split("\n")
      .map((line) => JSON.parse(line) as StopTrace);
    if (traces.length === 0) continue;
    const [{ list, target }] = traces;
    console.log(`${list}, ${target}, ${traces.length} pairs (${file.split("/").at(-1)})\n`);
    console.log(`${stopTable(traces)}\n`);
  }
}
