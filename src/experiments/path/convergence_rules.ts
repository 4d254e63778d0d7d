/** Which rules are compared, and what they cost. */

import { type Rule, rule } from "../../attribution/rule.ts";
import type { ConvergenceRow } from "../results/results_convergence.ts";

/** Steps of uniform rules that are compared unless others are asked for. */
export const convergenceSteps: readonly number[] = [5, 10, 20, 50, 100, 200];

/** Tolerances of the adaptive rule that are compared unless others are asked for. */
export const convergenceTolerances: readonly number[] = [0.2, 0.1, 0.04, 0.02, 0.01];

/** The adaptive rule's tolerance that the reference starts from; float32 closes gaps to .001. */
export const convergenceReference = 2e-3;

/** Parts that the reference cuts every interval of the adaptive rule into. */
export const CUTS = 2;

/** Attributions of a pair before those by the rules: the reference's points, and the reference. */
export const FIRST_RULE = 2;

/** Rules in the order in which they are compared. */
export function rulesOf(
  { steps, tolerances, inUse }:
    & Required<Pick<RuleChoice, "steps" | "tolerances">>
    & Pick<RuleChoice, "inUse">,
): Rule[] {
  const ascending = [...new Set(steps)].sort((a, b) => a - b);
  const rules = [
    ...["right", "trapezoid"].flatMap((name) =>
      ascending.map((count) => rule(name, { steps: count }))
    ),
    ...[...new Set(tolerances)].sort((a, b) => b - a)
      .map((tolerance) => rule("adaptive", { tolerance })),
  ];
  return inUse && !rules.some((one) => isSame(one, inUse)) ? [...rules, inUse] : rules;
}

export function isSame(a: Rule, b: Rule): boolean {
  return JSON.stringify(nameOf(a)) === JSON.stringify(nameOf(b));
}

export function nameOf(one: Rule): Pick<ConvergenceRow, "rule" | "steps" | "tolerance"> {
  return {
    rule: one.name,
    steps: one.kind === "fixed" ? one.steps : null,
    tolerance: one.kind === "adaptive" ? one.tolerance : null,
  };
}

/** Which rules are compared; defaults for what is not given. */
export interface RuleChoice {
  /** Steps of `right` and `trapezoid`; {@linkcode convergenceSteps} unless given. */
  readonly steps?: readonly number[];
  /** Tolerances of `adaptive`; {@linkcode convergenceTolerances} unless given. */
  readonly tolerances?: readonly number[];
  /**
   * All are compared with the trapezoid rule on the adaptive rule's points at this tolerance and
   * one more in every interval; .002 unless given.
   */
  readonly reference?: number;
  /** The rule that schemes are made with: it is compared too. */
  readonly inUse?: Rule;
}

/** Attributions that a pair takes: by every rule, and two of the reference. */
export function convergenceAttributions({
  steps = convergenceSteps,
  tolerances = convergenceTolerances,
  inUse,
}: RuleChoice): number {
  return FIRST_RULE + rulesOf({ steps, tolerances, inUse }).length;
}

/** Evaluations that a pair takes by all rules, about: the adaptive rule's are a guess. */
export function convergenceCost({
  steps = convergenceSteps,
  tolerances = convergenceTolerances,
  reference = convergenceReference,
  inUse,
}: RuleChoice): number {
  const adaptive = (tolerance: number) => Math.round(Math.max(5, 4 / Math.sqrt(tolerance)));
  return rulesOf({ steps, tolerances, inUse }).reduce(
    (sum, one) => sum + (one.kind === "fixed" ? one.points.length : adaptive(one.tolerance)),
    (1 + CUTS) * adaptive(reference),
  );
}

/** The trapezoid rule on `points` and others that cut each interval into equal parts. */
export function refined(points: readonly number[], parts: number): Rule {
  const all = points.flatMap((end, i) => {
    const start = points[i - 1];
    if (start === undefined) return [end];
    return Array.from({ length: parts }, (_, k) => start + (end - start) * (k + 1) / parts);
  });
  const steps = all.length - 1;
  return { kind: "fixed", name: "refined", steps, points: all, pairing: { left: 0.5, right: 0.5 } };
}
