/** The steps of a study that ask whether its attributions are faithful. */

import { orderedExpressions, otherPlans } from "./plan_sets.ts";
import type { MadeSchemes, ModelStep, StudyInputs } from "./steps.ts";
import { listsOf, type Study, type StudyValidation } from "./study.ts";
import { collectionNamed, selectionOf } from "./study_schemes.ts";

/** What units of pairs do, then what their removal leaves of rankings, a step a validation collection. */
export async function faithfulnessSteps(
  study: Study,
  hashes: MadeSchemes["hashes"],
  { common, identity, identityOfFile }: Pick<
    StudyInputs,
    "common" | "identity" | "identityOfFile"
  >,
): Promise<ModelStep[]> {
  if (!study.faithfulness) return [];
  const { rankings = [], ...faithfulness } = study.faithfulness;
  const { collection, orders } = faithfulness;
  const one = collectionNamed(study, collection);
  const { baseline, path, segments } = study.attribution;
  const { perRelevant, maxLength } = listsOf(study);
  const expressions = orderedExpressions(study, collection).map((expression) => ({ expression }));
  const ranked = study.validation.filter(({ abbreviation }) => rankings.includes(abbreviation));
  const steps: ModelStep[] = [{
    kind: "faithfulness",
    one,
    name: "faithfulness",
    file: "data/faithfulness.json",
    inputs: {
      ...{ ...common, attribution: study.attribution, faithfulness },
      of: selectionOf(one),
      files: await identity(one),
    },
  }];
  for (const one of ranked) {
    const { name: _, group: __, ...selection } = one;
    steps.push({
      kind: "rankings",
      one,
      name: `rankings ${one.abbreviation}`,
      file: rankingsFile(one),
      inputs: {
        ...{ ...common, baseline, path, segments, perRelevant, maxLength, orders, of: selection },
        rankBy: rankByOf(study),
        lists: study.ablation?.lists === "passage" ? "passage" : undefined, // absent in one list
        files: await identity(one),
        run: one.candidates && await identityOfFile(one.candidates),
        schemes: [hashes[`P_${collection}`], hashes[`N_${collection}`]],
        ...otherPlans(study, expressions),
      },
    });
  }
  return steps;
}

/** What candidates are ranked by. */
export const rankByOf = ({ ablation }: Study) => ablation?.rankBy ?? "margin";

/** The file of deletion and insertion on one validation collection. */
export function rankingsFile({ abbreviation }: Pick<StudyValidation, "abbreviation">): string {
  return `data/rankings-${abbreviation}.json`;
}
