/** How many points of the path suffice: rules compared with a much finer one. */

import { classOf } from "../../ir/words.ts";
import { attribute } from "../../attribution/attribute.ts";
import type { AttributeOptions, LabelledPair } from "../../attribution/attribution.ts";
import { sizeAtLevel, topNeuronIds } from "../../attribution/neuron_sets.ts";
import { type Rule, rule } from "../../attribution/rule.ts";
import type { Scheme } from "../../attribution/schemes/scheme.ts";
import { clusteredMean, clustersOf } from "../../ir/clusters.ts";
import { median } from "../../ir/median.ts";
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
  LabelError,
  PairConvergence,
  SchemeConvergence,
  Spread,
} from "../results/results_convergence.ts";
import { estimateOf } from "../schemes/estimate.ts";
import {
  convergenceReference,
  convergenceSteps,
  convergenceTolerances,
  CUTS,
  FIRST_RULE,
  isSame,
  nameOf,
  refined,
  type RuleChoice,
  rulesOf,
} from "./convergence_rules.ts";
import type { Label } from "../../ir/words.ts";

/**
 * Options of {@linkcode convergenceStudy}; a chunk holds one attribution of one pair. Finished chunks
 * must come in the order in which they were given out, from the first on.
 */
export interface ConvergenceOptions
  extends Omit<AttributeOptions, "rule">, RuleChoice, ChunkOptions {
  /** The collection, or the file of the pairs. */
  readonly collection: string;
  /** The schemes that the pairs are of, made with that rule. */
  readonly schemes?: Readonly<Partial<Record<Label, Pick<Scheme, "mean" | "pairs">>>>;
  /** The part of all neurons whose sets are compared; .01 unless given. */
  readonly level?: number;
  /** Called after every attribution with the number of evaluations so far. */
  readonly onEvaluations?: (done: number) => void;
}

/**
 * Attributes pairs by the paper's rule, the trapezoid rule and the adaptive rule, and compares each
 * with a much finer rule. On trained models the finer rule must not be a uniform one: where F jumps
 * within a hundredth of the path, even 800 uniform steps have errors of some per cent.
 *
 * @throws {RangeError} where there are no pairs, or the reference is not fine enough.
 */
export async function convergenceStudy(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  options: ConvergenceOptions,
): Promise<ConvergenceStudy> {
  const { collection, onEvaluations, finished = [], onChunk, inUse, schemes = {}, ...rest } =
    options;
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
  const rules = rulesOf({ steps, tolerances, inUse });
  const ordered = pairs.toSorted((a, b) => classOf(b.label) - classOf(a.label)); // relevant ones first
  const neurons = neuronCount(encoder.config);
  const of = ordered.length * (FIRST_RULE + rules.length);
  const next = attributionsInOrder({ of, neurons, finished, onChunk, onEvaluations });
  const run = async (pair: LabelledPair, quadrature: Rule) => {
    const options = { ...attribution, rule: quadrature };
    return (await Array.fromAsync(attribute(encoder, [pair], options)))[0];
  };
  const fine: PairConvergence[] = []; // the reference, with the errors of the rule that it refines
  const byRule = rules.map(() => ({
    schemes: [] as SchemeConvergence[],
    errors: [] as LabelError[],
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
    const whole = schemes[label];
    const own = rules.findIndex((one) => inUse && isSame(one, inUse));
    for (const [r, { schemes: found, pairs }] of byRule.entries()) {
      const { error, overlap } = compare(side(means[r], size), wanted);
      const ofScheme = whole && own >= 0
        ? {
          pairs: whole.pairs,
          overlap: sharedAtSize(whole.mean, size, { used: means[own], a: means[r], b: fineMean }),
        }
        : null;
      const scheme = `${letter}[${collection}]`;
      found.push({ scheme, error, overlap, ofScheme });
      const values = pairs.slice(-some.length).map((one) => one.error);
      byRule[r].errors.push(labelError(scheme, values, some.map(({ query }) => query)));
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
      // the rule is of the second order: a quarter of the interval leaves a sixteenth of the error
      error: spread(fine.map(({ error }) => error && error / (CUTS ** 2 - 1)), "largest"),
      completeness: spread(fine.map(({ completeness }) => completeness), "largest"),
    },
    rows: rules.map((one, r) => rowOf(one, byRule[r])),
    inUse: inUse ? nameOf(inUse) : null,
  };
}

/**
 * Part of the strongest neurons that two rules share, of a whole scheme: its mean by the rule in use,
 * plus what either rule differs from that on average over the compared pairs.
 */
function sharedAtSize(
  whole: Float64Array,
  size: number,
  { used, a, b }: Readonly<Record<"used" | "a" | "b", Float64Array>>,
): number {
  const top = (mean: Float64Array) =>
    new Set(topNeuronIds(whole.map((value, id) => value + mean[id] - used[id]), size));
  return top(a).intersection(top(b)).size / size;
}

/** The error of one label's pairs: queries are the sample. */
export function labelError(
  scheme: string,
  values: readonly (number | null)[],
  queries: readonly string[],
): LabelError {
  const known = values.filter((value) => value !== null);
  const { mean, error, clusters } = clusteredMean(clustersOf(known, queries));
  const complete = known.length === values.length;
  return {
    ...{ scheme, pairs: values.length, queries: new Set(queries).size },
    mean: complete ? mean : null,
    median: complete ? median(known) : null,
    interval: complete && clusters > 1 ? estimateOf(mean, error, clusters - 1).interval : null,
  };
}

function rowOf(
  quadrature: Rule,
  { pairs, ...byLabel }: Pick<ConvergenceRow, "schemes" | "errors" | "pairs">,
): ConvergenceRow {
  return {
    ...nameOf(quadrature),
    evaluations: pairs.reduce((sum, pair) => sum + pair.evaluations, 0) / pairs.length,
    error: spread(pairs.map(({ error }) => error), "largest"),
    absoluteError: spread(pairs.map(({ absoluteError }) => absoluteError), "largest"),
    rank: spread(pairs.map(({ rank }) => rank), "least"),
    overlap: spread(pairs.map(({ overlap }) => overlap), "least"),
    completeness: spread(pairs.map(({ completeness }) => completeness), "largest"),
    ...byLabel,
    pairs,
  };
}

/** Conductances, and what is compared of them. */
interface Side {
  readonly values: Float64Array;
  readonly ranks: Float64Array;
  readonly top: ReadonlySet<number>;
}

function side(values: Float64Array, size: number): Side {
  return { values, ranks: ranks(values), top: new Set(topNeuronIds(values, size)) };
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
  if (known.length < values.length) return { mean: null, median: null, worst: null };
  return {
    median: median(known),
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    worst: worst === "largest" ? Math.max(...known) : Math.min(...known),
  };
}
