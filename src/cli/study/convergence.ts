/** The step of a study that asks how many points of the path suffice. */

import {
  convergenceAttributions,
  convergencePairsTsv,
  convergenceStudy,
  convergenceTsv,
  type LabelledPair,
  type Schemes,
  type StudyCollection,
} from "../../../internal.ts";
import { choosePairs } from "../run/choose_pairs.ts";
import { resumable } from "../run/resumable.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { agreementOf, attributionOf, json, sourceOf, stepInPieces } from "./work.ts";

/** Rules against a fine one, on pairs of every label of a collection. */
export async function makeConvergence(
  context: StudyContext,
  { one, schemes }: { readonly one: StudyCollection; readonly schemes: Schemes },
  place: StepPlace,
): Promise<StepOutput> {
  const { study } = context;
  const { steps, tolerances, reference, level } = study.convergence!;
  const { rule: inUse, ...attribution } = attributionOf(context);
  const { pairs, forwards } = await choose(context, one);
  let evaluations = 0;
  const options = {
    ...attribution,
    ...{ collection: one.abbreviation, steps, tolerances, reference, level, inUse },
    schemes: {
      relevant: schemes.get(`P_${one.abbreviation}`),
      "non-relevant": schemes.get(`N_${one.abbreviation}`),
    },
    onEvaluations: (done: number) => void (evaluations = done),
  };
  const found = await stepInPieces(context, place, {
    of: pairs.length * convergenceAttributions({ steps, tolerances, inUse }),
    things: "attributions",
    work: (encoder, chunks) => convergenceStudy(encoder, pairs, { ...options, ...chunks }),
  });
  return {
    files: [
      { path: "data/convergence.json", content: json(found) },
      { path: "data/convergence.tsv", content: convergenceTsv(found) },
      { path: "data/convergence-pairs.tsv", content: convergencePairsTsv(found) },
    ],
    evaluations,
    forwards,
  };
}

/** Pairs of every label: the first of those that schemes are made of. */
async function choose(
  context: StudyContext,
  one: StudyCollection,
): Promise<{ readonly pairs: readonly LabelledPair[]; readonly forwards: number }> {
  const { quiet, study: { convergence } } = context;
  const devices = await context.devices();
  const pairs: LabelledPair[] = [];
  let forwards = 0;
  for (const label of one.labels) {
    const most = Math.min(convergence!.pairs, one.maxPairs);
    const { kept, asked } = await choosePairs(await sourceOf(context, one, { label, most }), {
      agreement: agreementOf(context, devices.encoder.config),
      encoding: attributionOf(context),
      ask: (work) => resumable({ devices, identity: {}, restart: false, quiet, ...work }),
    });
    pairs.push(...kept);
    forwards += asked;
  }
  if (pairs.length > 0) return { pairs, forwards };
  throw new RangeError(
    `Cannot compare rules on ${one.folder}: the model agrees with the label of none of ${forwards} pairs`,
  );
}
