/** How many points of the path suffice: rules against a much finer one (C15). */

import { classOf } from "../../ir/words.ts";
import {
  attribute,
  type AttributeOptions,
  type LabelledPair,
} from "../../attribution/attribute.ts";
import { sizeAtLevel } from "../../attribution/neuron_sets.ts";
import { type Rule, rule } from "../../attribution/rule.ts";
import { ranks, spearman } from "../../ir/rank_correlation.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import { neuronCount } from "../../model/neurons.ts";
import {
  type Attribution,
  attributionOf,
  attributionsInOrder,
  type Compared,
  finite,
} from "./convergence_chunks.ts";
import type { ChunkOptions } from "../ablation/chunks.ts";
import type {
  ConvergenceRow,
  ConvergenceStudy,
  PairConvergence,
  SchemeConvergence,
  Spread,
} from "../results/results_convergence.ts";
import { topIds } from "../sets/top.ts";

/** Steps of uniform rules that are compared unless others are asked for. */
export const convergenceSteps: readonly number[] = [5, 10, 20, 50, 100, 200];

/** Tolerances of the adaptive rule that are compared unless others are asked for. */
export const convergenceTolerances: readonly number[] = [0.2, 0.1, 0.05, 0.02, 0.01];

/** The adaptive rule's tolerance that the reference starts from; float32 closes gaps to .001. */
export const convergenceReference = 2e-3;

/** Parts that the reference cuts every interval of the adaptive rule into. */
const CUTS = 4;

/** Attributions of a pair before those by the rules: the reference's points, and the reference. */
const FIRST_RULE = 2;

/**
 * Options of {@linkcode convergenceStudy}; a chunk holds one attribution of one pair. Finished chunks
 * must come in the order in which they were given out, from the first on.
 */
export interface ConvergenceOptions extends Omit<AttributeOptions, "rule">, ChunkOptions {
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

/** Attributions that a pair takes: by every rule, and two of the reference. */
export function convergenceAttributions({
  steps = convergenceSteps,
  tolerances = convergenceTolerances,
}: RuleChoice): number {
  return FIRST_RULE + rulesOf({ steps, tolerances }).length;
}

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
  const { collection, onEvaluations, finished = [], onChunk: onChunk, ...rest } = options;
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
  const ordered = pairs.toSorted((a, b) => classOf(b.label) - classOf(a.label)); // relevant ones first
  const neurons = neuronCount(encoder.config);
  const of = ordered.length * (FIRST_RULE + rules.length);
  const next = attributionsInOrder({ of, neurons, finished, onChunk: onChunk, onEvaluations });
  const run = async (pair: LabelledPair, quadrature: Rule) => {
    const options = { ...attribution, rule: quadrature };
    return (await Array.fromAsync(attribute(encoder, [pair], options)))[0];
  };
  const fine: PairConvergence[] = []; // the reference; its errors are those of what it starts from
  const byRule = rules.map(() => ({
    schemes: [] as SchemeConvergence[],
    pairs: [] as PairConvergence[],
  }));
  for (const [label, letter] of [["relevant", "P"], ["non-relevant", "N"]] as const) {
    const some = ordered.filter((pair) => pair.label === label);
    if (some.length === 0) continue;
    const mean = () => new Float64Array(neurons);
    const add = (to: Float64Array, { conductance }: Attribution) =>
      conductance.forEach((value, id) => to[id] += value / some.length);
    const [fineMean, means] = [mean(), rules.map(mean)];
    for (const pair of some) {
      const start = await next(async () =>
        attributionOf(await run(pair, rule("adaptive", { tolerance: reference })))
      );
      let wanted: Side | undefined; // where something is left to be compared
      const finest = await next(async () => {
        const found = await run(pair, refined(start.points, CUTS));
        wanted = side(found.conductance, size);
        return attributionOf(found, compare(side(start.conductance, size), wanted));
      });
      fine.push(finest.numbers);
      add(fineMean, finest);
      for (const [r, quadrature] of rules.entries()) {
        const one = await next(async () => {
          const found = await run(pair, quadrature);
          wanted ??= side(finest.conductance, size);
          return attributionOf(found, compare(side(found.conductance, size), wanted));
        });
        byRule[r].pairs.push(one.numbers);
        add(means[r], one);
      }
    }
    const wanted = side(fineMean, size);
    for (const [r, { schemes }] of byRule.entries()) {
      const { error, overlap } = compare(side(means[r], size), wanted);
      schemes.push({ scheme: `${letter}[${collection}]`, error, overlap });
    }
  }
  return {
    collection,
    target: attribution.target ?? "logit",
    baseline: attribution.baseline ?? "pad",
    level,
    size,
    pairs: {
      relevant: pairs.filter(({ label }) => label === "relevant").length,
      nonRelevant: pairs.filter(({ label }) => label === "non-relevant").length,
    },
    reference: {
      tolerance: reference,
      cuts: CUTS,
      evaluations: fine.reduce((sum, pair) => sum + pair.evaluations, 0) / fine.length,
      // of the second order: a quarter of the interval leaves a sixteenth of the error
      error: spread(fine.map(({ error }) => error && error / (CUTS ** 2 - 1)), "largest"),
      completeness: spread(fine.map(({ completeness }) => completeness), "largest"),
    },
    rows: rules.map((one, r) => rowOf(one, byRule[r].schemes, byRule[r].pairs)),
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
function compare(found: Side, wanted: Side): Compared {
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

function spread(values: readonly (number | null)[], worst: "largest" | "least"): Spread {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length) return { mean: null, worst: null };
  return {
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    worst: worst === "largest" ? Math.max(...known) : Math.min(...known),
  };
}
