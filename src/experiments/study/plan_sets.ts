/** The neuron sets of a study: how each is made of its schemes. */

import type { SetsOfRow } from "../ablation/ablation.ts";
import { ablationSets } from "../ablation/ablation_sets.ts";
import type { Schemes } from "../schemes/scheme_folder.ts";
import { parseExpression } from "../sets/expression.ts";
import { type NeuronSetPlan, resolve } from "../sets/resolve.ts";
import { scopeOf, type SetAtLevel, type Study } from "./study.ts";

/** The sets of Table 4. */
export function setsOfTable(study: Study, schemes: Schemes): SetsOfRow[] {
  const [{ space }] = schemes.values();
  const of = new Map([...schemes].map(([name, { mean }]) => [name, mean]));
  return ablationSets(scopeOf(study), { space, of }, { ...study.ablation!, seed: study.seed });
}

/** How sets are made, where a study's selection makes them otherwise than the paper: nothing else. */
export function otherPlans(study: Study, sets: readonly Pick<SetAtLevel, "expression">[]) {
  const plans = sets.map((one) => planOf(study, one));
  const usual = sets.map((one) => planOf({ ...study, selection: undefined }, one));
  return JSON.stringify(plans) === JSON.stringify(usual) ? {} : { plans };
}

/** How a set of the study is made of its schemes. */
export function planOf(
  study: Study,
  { expression }: Pick<SetAtLevel, "expression">,
): NeuronSetPlan {
  return resolve(parseExpression(expression), expression, scopeOf(study));
}
