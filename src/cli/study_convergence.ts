/** The step of a study that asks how many points of the path suffice. */

import {
  convergenceCost,
  convergencePairsTable,
  convergenceStudy,
  convergenceTable,
  type CrossEncoder,
  type EncodeOptions,
  type LabelledPair,
  marginOf,
  score,
  type StudyCollection,
} from "../../mod.ts";
import { startProgress } from "./progress.ts";
import type { StudyContext } from "./study_context.ts";
import type { StepOutput } from "./study_steps.ts";
import { attributionOf, json, pairsOf } from "./study_work.ts";

/** Rules against a fine one, on pairs of every label of a collection. */
export async function makeConvergence(
  context: StudyContext,
  one: StudyCollection,
): Promise<StepOutput> {
  const { study, quiet } = context;
  const { pairs: most, steps, tolerances, reference, level } = study.convergence!;
  const { rule: _, ...attribution } = attributionOf(context);
  const taken: LabelledPair[] = [];
  for (const label of one.labels) {
    taken.push(...(await pairsOf(context, one, { label, most })).pairs);
  }
  const encoder = await context.encoder();
  const pairs = study.attribution.agreement ? await agreeing(encoder, taken, attribution) : taken;
  if (pairs.length === 0) {
    throw new RangeError(
      `Cannot compare rules on ${one.folder}: the model agrees with the label of none of ${taken.length} pairs`,
    );
  }
  const all = pairs.length * convergenceCost({ steps, tolerances, reference });
  const progress = startProgress(all, { things: "evaluations", quiet });
  let evaluations = 0;
  const found = await convergenceStudy(encoder, pairs, {
    ...attribution,
    ...{ collection: one.abbreviation, steps, tolerances, reference, level },
    onEvaluations: (done) => progress.update(evaluations = done),
  });
  progress.end();
  return {
    files: [
      { path: "data/convergence.json", content: json(found) },
      { path: "data/convergence.tsv", content: convergenceTable(found) },
      { path: "data/convergence-pairs.tsv", content: convergencePairsTable(found) },
    ],
    evaluations,
    forwards: study.attribution.agreement ? taken.length : 0,
  };
}

/** The pairs that the model classifies as they are labelled. */
export async function agreeing(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  options: EncodeOptions,
): Promise<LabelledPair[]> {
  const scores = await score(encoder, pairs, options);
  return pairs.filter(({ label }, i) => (marginOf(scores[i].logits) > 0 ? 1 : 0) === label);
}
