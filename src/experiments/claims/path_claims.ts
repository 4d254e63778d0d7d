/** Checks of the claims about the path: baselines and numbers of steps (Table 1, §4.2). */

import type {
  BaselineStudy,
  ClaimTest,
  ConvergenceRow,
  ConvergenceStudy,
} from "../results/results.ts";
import { levelName } from "../sets/levels.ts";
import {
  decideAll,
  decideAny,
  type Finding,
  type Outcome,
  percent,
  sideOf,
  signOf,
  withInterval,
} from "./decide.ts";

/** The paper's rule. */
const paper = { rule: "right", steps: 100, tolerance: null };

/**
 * The fewest pairs of a label from which the error of a rule can be concluded: a single pair may
 * decide the mean of few.
 */
const FEWEST_PAIRS = 20;

/**
 * A rule has converged where the mean error of a pair is at most this, in per cent, and the share of
 * wrong neurons too.
 */
const CONVERGED = 5;

/** Whether padding everything is closer to what is neutral than the closest other baseline. */
export function baselineChoice(study: BaselineStudy): Finding {
  const { rows, padAhead, queries, pairs, neutral } = study;
  const zero = neutral === undefined ? "0" : `unrelated texts (${neutral.toFixed(3)})`;
  const test: ClaimTest = {
    name: `${padAhead.runnerUp} - pad`,
    value: padAhead.value,
    interval: padAhead.interval,
    unit: "",
    p: padAhead.p,
    outcome: padAhead.p === null ? "undecided" : signOf(padAhead.value, padAhead.p),
  };
  return {
    verdict: decideAny([test]),
    finding: `\`pad\` is closer to ${zero} than the runner-up, \`${padAhead.runnerUp}\`, by ${
      withInterval(test)
    }: ${
      rows.map(({ baseline, difference }) => `${baseline} ${difference.toFixed(3)}`).join(", ")
    }`,
    evidence: `${pairs} pairs of ${queries} queries`,
    tests: [test],
  };
}

/** How far the paper's 100 steps are from the reference. */
export function hundredSteps(study: ConvergenceStudy): Finding | undefined {
  return converged(study, paper);
}

/** The same of the rule that the schemes are made with; undefined where that is the paper's. */
export function ruleInUse(study: ConvergenceStudy): Finding | undefined {
  const { inUse } = study;
  if (!inUse || isRule(inUse, paper)) return undefined;
  return converged(study, inUse);
}

type RuleName = Pick<ConvergenceRow, "rule" | "steps" | "tolerance">;

function isRule(a: RuleName, b: RuleName): boolean {
  return a.rule === b.rule && a.steps === b.steps && a.tolerance === b.tolerance;
}

function converged(study: ConvergenceStudy, wanted: RuleName): Finding | undefined {
  const row = study.rows.find((one) => isRule(one, wanted));
  if (!row) return undefined;
  const errors = row.errors.map(({ scheme, pairs, mean, interval }): ClaimTest => {
    const all = interval && { low: Math.max(0, 100 * interval.low), high: 100 * interval.high };
    const side = all && pairs >= FEWEST_PAIRS ? sideOf(all, CONVERGED) : "around";
    return {
      name: `error of a pair of ${scheme}`,
      value: mean === null ? null : 100 * mean,
      ...{ interval: all, unit: "%", p: null },
      outcome: side === "below" ? "supports" : side === "above" ? "contradicts" : "undecided",
    };
  });
  const sets = row.schemes.map(({ scheme, ofScheme }, i): ClaimTest => {
    const enough = ofScheme && row.errors[i].pairs >= Math.min(FEWEST_PAIRS, ofScheme.pairs);
    const wrong = ofScheme && 100 * (1 - ofScheme.overlap);
    const outcome: Outcome = wrong === null || !enough
      ? "undecided"
      : wrong <= CONVERGED + 1e-9
      ? "supports"
      : "contradicts";
    return {
      name: `wrong neurons of ${scheme} at ${levelName(study.level)}`,
      ...{ value: wrong, interval: null, unit: "%", p: null, outcome },
    };
  });
  const tests = [...errors, ...sets];
  return {
    verdict: decideAll(tests),
    finding: `${
      row.errors.map(({ scheme, median }, i) =>
        `pairs of ${scheme} are off by ${withInterval(errors[i])} on average, ${
          median === null ? "no median" : `${percent(100 * median)} in the median`
        }`
      ).join("; ")
    }; ${
      row.schemes.map(({ scheme, ofScheme }) =>
        ofScheme === null
          ? `the set of ${scheme} is not known at its own size`
          : `of the strongest ${
            levelName(study.level)
          } of ${scheme}, with all its ${ofScheme.pairs} pairs, ${
            percent(100 * ofScheme.overlap)
          } are right`
      ).join("; ")
    }${cheaper(study.rows, row)}`,
    evidence: row.errors.map(({ scheme, pairs, queries }) =>
      `${pairs} pairs of ${queries} queries of ${scheme}`
    ).join(", "),
    tests,
  };
}

/** The rule with the fewest evaluations that errs no more. */
function cheaper(rows: readonly ConvergenceRow[], than: ConvergenceRow): string {
  const [best] = rows.filter(({ error, evaluations }) =>
    error.mean !== null && than.error.mean !== null && error.mean <= than.error.mean &&
    evaluations < than.evaluations
  ).toSorted((a, b) => a.evaluations - b.evaluations);
  if (!best) return "";
  const { rule, steps, tolerance, evaluations, error } = best;
  const name = steps === null ? `${rule} at tolerance ${tolerance}` : `${rule} with ${steps} steps`;
  return `; ${name} is off by ${percent(100 * error.mean!)} in ${
    evaluations.toFixed(1)
  } evaluations instead of ${than.evaluations.toFixed(1)}`;
}
