/** The step of a study that cuts attention on one validation collection. */

import {
  checkCuts,
  cutsTsv,
  type ModelStep,
  parseCut,
  sweepCuts,
  windowsOf,
} from "../../../internal.ts";
import { candidatesIdentity } from "../run/identity.ts";
import { candidatesOf } from "./ablation.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { json, stepInPieces } from "./work.ts";

/** nDCG@10 and p(relevant) under every cut in every window of layers. */
export async function makeCuts(
  context: StudyContext,
  { one, file }: Extract<ModelStep, { readonly kind: "cuts" }>,
  place: StepPlace,
): Promise<StepOutput> {
  const { cuts: names, window, renormalise } = context.study.cuts!;
  const { config, tokenizer } = await context.encoder();
  const cuts = names.map(parseCut);
  checkCuts(cuts, tokenizer);
  const windows = windowsOf({ first: 0, last: config.layers - 1 }, window);
  const { candidates, qrels } = await candidatesOf(context, one);
  const found = await stepInPieces(context, place, {
    of: candidates.length,
    things: "candidates",
    identity: candidatesIdentity(candidates),
    work: (encoder, chunks) =>
      sweepCuts(encoder, { candidates, qrels, collection: one.abbreviation }, {
        ...{ cuts, windows, renormalise, ...chunks },
      }),
  });
  return {
    files: [
      { path: file, content: json(found) },
      { path: file.replace(/json$/, "tsv"), content: cutsTsv([found]) },
    ],
    forwards: candidates.length * (1 + cuts.length * windows.length),
  };
}
