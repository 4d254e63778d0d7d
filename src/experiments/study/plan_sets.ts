/** The neuron sets of a study: how each is made of its schemes. */

import type { SetsOfRow } from "../ablation/ablation.ts";
import { ablationSets } from "../ablation/ablation_sets.ts";
import { meansOf, type Schemes } from "../schemes/scheme_folder.ts";
import { topNeuronIds } from "../../attribution/neuron_sets.ts";
import { neuronCount } from "../../model/neurons.ts";
import type { StrengthOrder } from "../faithfulness/ranking_curves.ts";
import { strengthOf } from "../sets/evaluate.ts";
import { parseExpression } from "../sets/expression.ts";
import { type NeuronSetPlan, resolve } from "../sets/resolve.ts";
import { scopeOf, type SetAtLevel, type Study } from "./study.ts";

/** The sets of Table 4. */
export function setsOfTable(study: Study, schemes: Schemes): SetsOfRow[] {
  const means = meansOf(schemes);
  return ablationSets(scopeOf(study), means, { ...study.ablation!, seed: study.seed });
}

/** How sets are made, where a study's selection makes them otherwise than the paper: nothing else. */
export function otherPlans(study: Study, sets: readonly Pick<SetAtLevel, "expression">[]) {
  const plans = sets.map((one) => planOf(study, one));
  const usual = sets.map((one) => planOf({ ...study, selection: undefined }, one));
  return JSON.stringify(plans) === JSON.stringify(usual) ? {} : { plans };
}

/** All neurons in the order of strength of the schemes of a collection, and of the fusion of both. */
export function strengthOrders(
  study: Study,
  schemes: Schemes,
  abbreviation: string,
): readonly StrengthOrder[] {
  const means = meansOf(schemes);
  return orderedExpressions(study, abbreviation).map((expression) => {
    const plan = planOf(study, { expression });
    if (plan.kind !== "top") throw new TypeError(`Expected an order of ${expression}, got a set`);
    return {
      of: expression,
      ids: topNeuronIds(strengthOf(plan, means), neuronCount(means.space)),
    };
  });
}

/** The expressions of {@linkcode strengthOrders}. */
export function orderedExpressions({ collections }: Study, abbreviation: string): string[] {
  const { labels } = collections.find((one) => one.abbreviation === abbreviation)!;
  const letters = labels.map((label) => label === "relevant" ? "P" : "N");
  return [...letters, ...(letters.length === 2 ? ["F"] : [])]
    .map((letter) => `${letter}[${abbreviation}]`);
}

/** How a set of the study is made of its schemes. */
export function planOf(
  study: Study,
  { expression }: Pick<SetAtLevel, "expression">,
): NeuronSetPlan {
  return resolve(parseExpression(expression), expression, scopeOf(study));
}
