/** The ablated sets of a study as recipes: what makes them, known before any scheme is. */

import { controlledRow } from "../ablation/ablation_rows.ts";
import { planOf } from "../study/plan_sets.ts";
import type { Study } from "../study/study.ts";

/**
 * A text for every set that Table 4 ablates. Equal texts mean equal sets; different texts may mean equal sets
 * too. The unpruned model, which has no set, is not among them.
 */
export function setRecipes(study: Study): string[] {
  const { seed, ablation } = study;
  if (!ablation) return [];
  const { rows, levels, controls, repetitions, otherRepetitions, methods, matching } = ablation;
  const papers = controlledRow(rows);
  const plan = (expression: string) => planOf(study, { expression });
  const sets = levels.flatMap((level) => [
    ...rows.map((expression) => ["set", level, plan(expression)]),
    ...controls.flatMap((expression) =>
      Array.from(
        { length: expression === papers ? repetitions : otherRepetitions },
        (_, r) => ["random", level, plan(expression), matching ?? "component", seed + r],
      )
    ),
  ]);
  return (methods ?? ["zero"]).flatMap((method) =>
    sets.map((set) => JSON.stringify([method, ...set]))
  );
}
