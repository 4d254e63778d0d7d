/** How many points of the path suffice: rules against a much finer one (C15). */

import {
  attribute,
  type AttributeOptions,
  type LabelledPair,
  type PairAttribution,
} from "../attribution/attribute.ts";
import { sizeAtLevel } from "../attribution/neuron_sets.ts";
import { type Rule, rule } from "../attribution/rule.ts";
import { ranks, spearman } from "../ir/rank_correlation.ts";
import type { CrossEncoder } from "../model/cross_encoder.ts";
import type {
  ConvergenceRow,
  ConvergenceStudy,
  PairConvergence,
  SchemeConvergence,
  Spread,
} from "./results_convergence.ts";
import { topIds } from "./top.ts";

/** Steps of uniform rules that are compared unless others are asked for. */
export const convergenceSteps: readonly number[] = [5, 10, 20, 50, 100, 200];

/** Tolerances of the adaptive rule that are compared unless others are asked for. */
export const convergenceTolerances: readonly number[] = [0.2, 0.1, 0.05, 0.02, 0.01];

/** The adaptive rule's tolerance that the reference starts from; float32 closes gaps to .001. */
export const convergenceReference = 2e-3;

/** Parts that the reference cuts every interval of the adaptive rule into. */
const CUTS = 4;

/** Options of {@linkcode convergenceStudy}. */
export interface ConvergenceOptions extends Omit<AttributeOptions, "rule"> {
  /** The collection, or the file of the pairs. */
  readonly collection: string;
  /** Steps of `right` and `trapezoid`; {@linkcode convergenceSteps} unless given. */
  readonly steps?: readonly number[];
  /** Tolerances of `adaptive`; {@linkcode convergenceTolerances} unless given. */
  readonly tolerances?: readonly number[];
  /**
   * All are compared with the trapezoid rule on the adaptive rule's points at this tolerance and
   * three more in every interval; .002 unless given.
   */
  readonly reference?: number;
  /** The part of all neurons whose sets are compared; .01 unless given. */
  readonly level?: number;
  /** Called after every attribution with the number of evaluations so far. */
  readonly onEvaluations?: (done: number) => void;
}

/** Rules in the order in which they are compared. */
function rulesOf(
  { steps, tolerances }: Required<Pick<RuleChoice, "steps" | "tolerances">>,
): Rule[] {
  const ascending = [...new Set(steps)].sort((a, b) => a - b);
  return [
    ...["right", "trapezoid"].flatMap((name) =>
      ascending.map((count) => rule(name, { steps: count }))
    ),
    ...[...new Set(tolerances)].sort((a, b) => b - a)
      .map((tolerance) => rule("adaptive", { tolerance })),
  ];
}

/** Which rules are compared. */
export type RuleChoice = Pick<ConvergenceOptions, "steps" | "tolerances" | "reference">;

/** Evaluations that a pair takes by all rules, about: the adaptive rule's are a guess. */
export function convergenceCost({
  steps = convergenceSteps,
  tolerances = convergenceTolerances,
  reference = convergenceReference,
}: RuleChoice): number {
  const adaptive = (tolerance: number) => Math.round(Math.max(5, 5.5 / Math.sqrt(tolerance)));
  return rulesOf({ steps, tolerances }).reduce(
    (sum, one) => sum + (one.kind === "fixed" ? one.points.length : adaptive(one.tolerance)),
    (1 + CUTS) * adaptive(reference),
  );
}

/**
 * Attributes pairs by the paper's rule, the trapezoid rule and the adaptive rule, and compares each
 * with a much finer rule. On trained models that must not be a uniform one: jumps of a hundredth of
 * the path leave even 800 steps with errors of some per cent.
 *
 * @throws {RangeError} where there are no pairs, or the reference is not fine enough.
 */
export async function convergenceStudy(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  options: ConvergenceOptions,
): Promise<ConvergenceStudy> {
  const { collection, onEvaluations, ...rest } = options;
  const {
    steps = convergenceSteps,
    tolerances = convergenceTolerances,
    reference = convergenceReference,
    level = 0.01,
    ...attribution
  } = rest;
  if (pairs.length === 0) {
    throw new RangeError("Cannot compare rules: expected pairs, got none");
  }
  const least = Math.min(...tolerances, 1);
  if (!(reference > 0 && reference <= least / 2)) {
    throw new RangeError(
      `Cannot compare rules of tolerances from ${least}: expected a reference of at most ${
        least / 2
      }, got ${reference}`,
    );
  }
  const size = sizeAtLevel(encoder.config, level);
  const rules = rulesOf({ steps, tolerances });
  const ordered = pairs.toSorted((a, b) => b.label - a.label); // relevant ones first
  let done = 0;
  const run = async (quadrature: Rule, some = ordered) => {
    const found: PairAttribution[] = [];
    for await (const pair of attribute(encoder, some, { ...attribution, rule: quadrature })) {
      found[pair.index] = pair;
      onEvaluations?.(done += pair.evaluations);
    }
    return found;
  };
  const labels = ([[1, "P"], [0, "N"]] as const).flatMap(([label, letter]) => {
    const places = ordered.flatMap((pair, place) => pair.label === label ? [place] : []);
    return places.length === 0 ? [] : [{ places, scheme: `${letter}[${collection}]` }];
  });
  const coarse = await run(rule("adaptive", { tolerance: reference }));
  const fine: PairAttribution[] = [];
  for (const [place, { points }] of coarse.entries()) {
    fine.push(...await run(refined(points, CUTS), [ordered[place]]));
  }
  const wanted = fine.map((pair) => side(pair.conductance, size));
  const means = labels.map(({ places }) => side(meanOf(fine, places), size));
  const rows: ConvergenceRow[] = [];
  for (const quadrature of rules) {
    const found = await run(quadrature);
    const schemes = labels.map(({ scheme, places }, i): SchemeConvergence => {
      const { error, overlap } = compare(side(meanOf(found, places), size), means[i]);
      return { scheme, error, overlap };
    });
    const compared = found.map((pair, place): PairConvergence => ({
      evaluations: pair.evaluations,
      ...compare(side(pair.conductance, size), wanted[place]),
      completeness: finite(pair.completeness.relative),
    }));
    rows.push(rowOf(quadrature, schemes, compared));
  }
  // of the second order: a quarter of the interval leaves a sixteenth of the error
  const own = coarse.map((pair, place) => {
    const { error } = compare(side(pair.conductance, size), wanted[place]);
    return error === null ? null : error / (CUTS ** 2 - 1);
  });
  return {
    collection,
    target: attribution.target ?? "logit",
    baseline: attribution.baseline ?? "pad",
    level,
    size,
    pairs: {
      relevant: pairs.filter(({ label }) => label === 1).length,
      nonRelevant: pairs.filter(({ label }) => label === 0).length,
    },
    reference: {
      tolerance: reference,
      cuts: CUTS,
      evaluations: fine.reduce((sum, pair) => sum + pair.evaluations, 0) / fine.length,
      error: spread(own, "largest"),
      completeness: spread(fine.map((pair) => finite(pair.completeness.relative)), "largest"),
    },
    rows,
  };
}

/** The trapezoid rule on `points` and others that cut each interval into equal parts. */
function refined(points: readonly number[], parts: number): Rule {
  const all = points.flatMap((end, i) => {
    const start = points[i - 1];
    if (start === undefined) return [end];
    return Array.from({ length: parts }, (_, k) => start + (end - start) * (k + 1) / parts);
  });
  const steps = all.length - 1;
  return { kind: "fixed", name: "refined", steps, points: all, pairing: { left: 0.5, right: 0.5 } };
}

function rowOf(
  quadrature: Rule,
  schemes: readonly SchemeConvergence[],
  pairs: readonly PairConvergence[],
): ConvergenceRow {
  return {
    rule: quadrature.name,
    steps: quadrature.kind === "fixed" ? quadrature.steps : null,
    tolerance: quadrature.kind === "adaptive" ? quadrature.tolerance : null,
    evaluations: pairs.reduce((sum, pair) => sum + pair.evaluations, 0) / pairs.length,
    error: spread(pairs.map(({ error }) => error), "largest"),
    absoluteError: spread(pairs.map(({ absoluteError }) => absoluteError), "largest"),
    rank: spread(pairs.map(({ rank }) => rank), "least"),
    overlap: spread(pairs.map(({ overlap }) => overlap), "least"),
    completeness: spread(pairs.map(({ completeness }) => completeness), "largest"),
    schemes,
    pairs,
  };
}

/** Conductances with what they are compared by. */
interface Side {
  readonly values: Float64Array;
  readonly ranks: Float64Array;
  readonly top: ReadonlySet<number>;
}

function side(values: Float64Array, size: number): Side {
  return { values, ranks: ranks(values), top: new Set(topIds(values, size)) };
}

/** One vector against the reference's. */
function compare(
  found: Side,
  wanted: Side,
): Pick<PairConvergence, "error" | "absoluteError" | "rank" | "overlap"> {
  let [squares, of, sum, ofSum] = [0, 0, 0, 0];
  wanted.values.forEach((value, id) => {
    const difference = found.values[id] - value;
    squares += difference ** 2;
    of += value ** 2;
    sum += Math.abs(difference);
    ofSum += Math.abs(value);
  });
  return {
    error: finite(Math.sqrt(squares / of)),
    absoluteError: finite(sum / ofSum),
    rank: finite(spearman(found.ranks, wanted.ranks)),
    overlap: found.top.intersection(wanted.top).size / wanted.top.size,
  };
}

function meanOf(pairs: readonly PairAttribution[], places: readonly number[]): Float64Array {
  const total = new Float64Array(pairs[0].conductance.length);
  for (const place of places) {
    pairs[place].conductance.forEach((value, id) => total[id] += value / places.length);
  }
  return total;
}

function spread(values: readonly (number | null)[], worst: "largest" | "least"): Spread {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length) return { mean: null, worst: null };
  return {
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    worst: worst === "largest" ? Math.max(...known) : Math.min(...known),
  };
}

/** A number as JSON holds it. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
