/**
 * Quadrature rules: which points of the path are evaluated, and which gradients multiply which changes
 * of activations.
 */

import type { EndpointWeights } from "../compute/ops.ts";

/** A rule whose points are known beforehand. */
export interface FixedRule {
  /** Tells the two kinds of rule apart. */
  readonly kind: "fixed";
  /** As {@linkcode rule} takes it. */
  readonly name: string;
  /** Steps asked for. */
  readonly steps: number;
  /** Points t, ascending. */
  readonly points: readonly number[];
  /** Which gradients meet a change. */
  readonly pairing: EndpointWeights;
}

/** The rule that halves intervals of which it is uncertain (docs/numerics.md). */
export interface AdaptiveRule {
  /** Tells the two kinds of rule apart. */
  readonly kind: "adaptive";
  /** As {@linkcode rule} takes it. */
  readonly name: "adaptive";
  /** Largest uncertainty of a pair, as a part of the total variation of F along its path. */
  readonly tolerance: number;
}

/** Any rule. */
export type Rule = FixedRule | AdaptiveRule;

/** Captum's methods; `captum:trapezoid` is short for `captum:riemann_trapezoid`, and so on. */
const captumMethods = [
  "gausslegendre",
  "riemann_left",
  "riemann_middle",
  "riemann_right",
  "riemann_trapezoid",
] as const;

/** The names of the rules. */
export const ruleNames: readonly string[] = [
  "adaptive",
  "trapezoid",
  "right",
  "left",
  ...captumMethods.map((method) => `captum:${method}`),
];

/** The adaptive rule's tolerance unless another is given. */
export const DEFAULT_TOLERANCE = 0.04;

/** Options of {@linkcode rule}. */
export interface RuleOptions {
  /** Intervals of a uniform rule, Captum's n_steps; 100 unless given. */
  readonly steps?: number;
  /** See {@linkcode AdaptiveRule.tolerance}; .04 unless given. */
  readonly tolerance?: number;
}

/**
 * The rule of a name:
 * `right` (the paper's: Σ (y_k - y_{k-1}) g_k, t_k = k/N), `left` (g_{k-1}), `trapezoid` (their mean),
 * `adaptive`, and `captum:<method>`, what Captum's LayerConductance computes: N + 1 nodes of the
 * method, its weights unused, Σ g(a_k) (y(a_{k+1}) - y(a_k)).
 *
 * @throws {RangeError} for an unknown name, a step count that is no positive integer, or a
 * tolerance that is not positive.
 */
export function rule(
  name: string,
  { steps = 100, tolerance = DEFAULT_TOLERANCE }: RuleOptions = {},
): Rule {
  if (!Number.isInteger(steps) || steps < 1 || steps > 100_000) {
    throw new RangeError(`Cannot use ${steps} steps: expected an integer from 1 to 100000`);
  }
  if (!(tolerance > 0 && tolerance < Infinity)) {
    throw new RangeError(`Cannot use tolerance ${tolerance}: expected a positive number`);
  }
  if (name === "adaptive") return { kind: "adaptive", name, tolerance };
  const uniform = Array.from({ length: steps + 1 }, (_, k) => k / steps);
  const left = { left: 1, right: 0 };
  if (name === "right") {
    return { kind: "fixed", name, steps, points: uniform, pairing: { left: 0, right: 1 } };
  }
  if (name === "left") return { kind: "fixed", name, steps, points: uniform, pairing: left };
  if (name === "trapezoid") {
    return { kind: "fixed", name, steps, points: uniform, pairing: { left: 0.5, right: 0.5 } };
  }
  const method = captumMethods.find((known) =>
    name === `captum:${known}` ||
    `${name.replace("captum:", "captum:riemann_")}` === `captum:${known}`
  );
  if (!method) {
    throw new RangeError(
      `Cannot use rule ${JSON.stringify(name)}: expected ${ruleNames.join(", ")}`,
    );
  }
  const points = captumNodes(method, steps + 1);
  return { kind: "fixed", name: `captum:${method}`, steps, points, pairing: left };
}

function captumNodes(method: typeof captumMethods[number], n: number): number[] {
  const spaced = (first: number, last: number) =>
    Array.from({ length: n }, (_, k) => first + (last - first) * k / (n - 1));
  switch (method) {
    case "gausslegendre":
      return gaussLegendreNodes(n).map((x) => (1 + x) / 2);
    case "riemann_left":
      return spaced(0, 1 - 1 / n);
    case "riemann_middle":
      return spaced(0.5 / n, 1 - 0.5 / n);
    case "riemann_right":
      return spaced(1 / n, 1);
    case "riemann_trapezoid":
      return spaced(0, 1);
  }
}

/** The roots of the Legendre polynomial P_n, ascending, by Newton's method from Tricomi's estimates. */
export function gaussLegendreNodes(n: number): number[] {
  return Array.from({ length: n }, (_, i) => {
    let x = -Math.cos(Math.PI * (i + 0.75) / (n + 0.5));
    for (let step = 0; step < 100; step++) {
      let [previous, value] = [1, x]; // P_0, P_1
      for (let k = 2; k <= n; k++) {
        [previous, value] = [value, ((2 * k - 1) * x * value - (k - 1) * previous) / k];
      }
      const slope = n * (x * value - previous) / (x * x - 1);
      const change = value / slope;
      x -= change;
      if (Math.abs(change) < 1e-16) break;
    }
    return x;
  });
}
