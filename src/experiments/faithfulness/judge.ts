/** Whether attributions of pairs are faithful, from the pairs to the figures. */

import type { LabelledPair } from "../../attribution/attribution.ts";
import { type Rule, rule } from "../../attribution/rule.ts";
import { encoderOf, type Model } from "../../model/cross_encoder.ts";
import type { FaithfulnessStudy } from "../results/results_faithfulness.ts";
import { attributionsByRule, type JudgedOptions } from "./attributions.ts";
import { faithfulnessStudy } from "./faithfulness.ts";
import { randomisedAttributions, randomisedLayers } from "./randomisation.ts";
import { patchedValues } from "./patching.ts";
import { type PatchingPlanOptions, planPatching } from "./patching_plan.ts";

/** Options of {@linkcode faithfulness}. */
export interface FaithfulnessOptions extends JudgedOptions, PatchingPlanOptions {
  /** The rules that are compared, the first of which ranks the units; `adaptive` unless given. */
  readonly rules?: readonly Rule[];
  /** Whether layers are drawn anew as well, one more after the other; not unless given. */
  readonly randomise?: boolean;
}

/** The name of a rule, with its steps or tolerance. */
export function ruleName(rule: Rule): string {
  return `${rule.name} ${rule.kind === "adaptive" ? rule.tolerance : rule.steps}`;
}

/**
 * Judges attributions of pairs by what units do when they are set to their values in the baseline's run:
 * agreement with exact patching, deletion and insertion, what the strongest units leave out
 * (docs/faithfulness.md).
 */
export async function faithfulness(
  model: Model,
  pairs: readonly LabelledPair[],
  {
    rules = [rule("adaptive")],
    units,
    level = .01,
    orders,
    seed = 0,
    randomise = false,
    ...options
  }: FaithfulnessOptions = {},
): Promise<FaithfulnessStudy> {
  if (pairs.length === 0) {
    throw new RangeError("Cannot judge attributions: expected pairs, got none");
  }
  const encoder = encoderOf(model);
  const { target = "logit", baseline = "pad" } = options;
  const attributions = await attributionsByRule(encoder, pairs, { ...options, rules });
  const means = attributions.map(({ mean }) => mean);
  const plan = planPatching(encoder.config, means, { units, level, orders, seed });
  const values = await patchedValues(encoder, pairs, plan.sets, options);
  const study = faithfulnessStudy({
    ...{ space: encoder.config, plan, attributions, values },
    rules: rules.map(ruleName),
    about: { target, baseline, level, seed },
  });
  if (!randomise) return study;
  const drawn = [];
  for (let from = encoder.config.layers - 1; from >= 0; from--) {
    const changed = { ...options, rule: rules[0], from, seed };
    drawn.push(await randomisedAttributions(encoder, pairs, changed));
  }
  return { ...study, randomised: randomisedLayers(encoder.config, means[0], drawn) };
}
