/** What the data say of the claim that 100 steps are enough. */

import { type Finding, number, percent } from "./findings.ts";
import { levelName } from "../sets/levels.ts";
import type { ConvergenceRow, ConvergenceStudy } from "../results/results.ts";

/** The paper's rule. */
const paper = { rule: "right", steps: 100 };

/** How far the paper's 100 steps are from the reference. */
export function hundredSteps({ rows, level }: ConvergenceStudy): Finding | undefined {
  const row = rows.find((one) => one.rule === paper.rule && one.steps === paper.steps);
  if (!row || row.error.mean === null || row.error.worst === null) return undefined;
  const { schemes, error: { mean, worst } } = row;
  const close = mean <= 0.05;
  const alike = schemes.filter((one) => one.overlap >= 0.95).length;
  const all = close && alike === schemes.length;
  const sets = schemes.map((one) => `${one.scheme} has ${percent(100 * one.overlap)} right`);
  return {
    verdict: all ? "holds" : close || alike > 0 ? "mixed" : "fails",
    finding: `A pair's conductances are off by ${percent(100 * mean)} on average and by ${
      percent(100 * worst)
    } at worst; of its strongest ${levelName(level)} ${sets.join(", ")}${cheaper(rows, row)}`,
    numbers: [
      number("mean error of a pair", 100 * mean),
      number("worst error of a pair", 100 * worst),
      ...schemes.map((one) =>
        number(`strongest neurons of ${one.scheme} that agree`, 100 * one.overlap)
      ),
    ],
  };
}

/** The rule with the fewest evaluations that errs no more. */
function cheaper(rows: readonly ConvergenceRow[], than: ConvergenceRow): string {
  const [best] = rows.filter(({ error, evaluations }) =>
    error.mean !== null && error.mean <= than.error.mean! && evaluations < than.evaluations
  ).toSorted((a, b) => a.evaluations - b.evaluations);
  if (!best) return "";
  const { rule, steps, tolerance, evaluations, error } = best;
  const name = steps === null ? `${rule} at tolerance ${tolerance}` : `${rule} with ${steps} steps`;
  return `; ${name} is off by ${percent(100 * error.mean!)} in ${
    evaluations.toFixed(1)
  } evaluations instead of ${than.evaluations.toFixed(0)}`;
}
