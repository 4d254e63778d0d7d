/**
 * Randomisation of layers: an attribution that says something of the trained weights must change when they
 * are drawn anew, from the top down. Adebayo et al. 2018, arXiv:1810.03292.
 */

import type { LabelledPair } from "../../attribution/attribution.ts";
import type { Rule } from "../../attribution/rule.ts";
import { pearson } from "../../ir/correlation.ts";
import { ranks } from "../../ir/rank_correlation.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import { type NeuronSpace, partsOf } from "../../model/neurons.ts";
import { reinitialised } from "../../model/reinitialised.ts";
import type { ChunkOptions } from "../ablation/chunks.ts";
import type { RandomisedLayers } from "../results/results_faithfulness.ts";
import { attributionsByRule, type JudgedOptions, type RuleAttributions } from "./attributions.ts";

/** Attributions of the model with layers `from` and above drawn anew. */
export interface RandomisedAttributions extends Pick<RuleAttributions, "mean" | "evaluations"> {
  /** The lowest of these layers. */
  readonly from: number;
}

/** Attributes pairs by the model with layers `from` and above drawn anew. */
export async function randomisedAttributions(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  { rule, from, seed, ...options }: JudgedOptions & ChunkOptions & {
    readonly rule: Rule;
    readonly from: number;
    readonly seed: number;
  },
): Promise<RandomisedAttributions> {
  const drawn = reinitialised(encoder, { from, seed });
  try {
    const [{ mean, evaluations }] = await attributionsByRule(drawn.encoder, pairs, {
      ...options,
      rules: [rule],
    });
    return { from, mean, evaluations };
  } finally {
    drawn.free();
  }
}

/** How far the ranks of attributions stay what they were, given those with layers drawn anew. */
export function randomisedLayers(
  space: NeuronSpace,
  mean: Float64Array,
  drawn: readonly RandomisedAttributions[],
): RandomisedLayers[] {
  const below = (from: number) =>
    partsOf(space).filter(({ layer }) => layer < from)
      .reduce((end, { first, units }) => Math.max(end, first + units), 0);
  const rankCorrelation = (a: Float64Array, b: Float64Array) => {
    const found = a.length === 0 ? NaN : pearson(ranks(a), ranks(b));
    return Number.isFinite(found) ? found : null;
  };
  return drawn.map((one): RandomisedLayers => {
    const end = below(one.from); // ids go up with layers
    return {
      layers: space.layers - one.from,
      ...{ from: one.from, evaluations: one.evaluations },
      spearman: rankCorrelation(mean, one.mean),
      absolute: rankCorrelation(mean.map(Math.abs), one.mean.map(Math.abs)),
      below: rankCorrelation(mean.subarray(0, end), one.mean.subarray(0, end)),
    };
  });
}
