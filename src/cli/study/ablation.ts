/** The step of a study that ablates: Table 4 on one validation collection. */

import { percent } from "../run/scheme_report.ts";
import {
  ablate,
  type AblationCandidate,
  ablationOf,
  atAttainable,
  type CollectionAblation,
  forwardsOf,
  listsOf,
  type ModelStep,
  queriesTsv,
  setsOfRows,
  type StudyValidation,
} from "../../../internal.ts";
import { ablationIdentity } from "../run/identity.ts";
import { write } from "../run/progress.ts";
import type { StudyContext } from "./context.ts";
import { readMeansOf } from "./means.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { json, stepInPieces } from "./work.ts";
import { chooseCandidates, encodeCandidates, type QueryCandidates } from "../options/candidates.ts";

/** The part of the queries at the best possible ranking beyond which a study warns. */
const MOST_AT_ATTAINABLE = 0.5;

/** A step that ablates. */
export type AblationStep = Extract<ModelStep, { readonly kind: "ablation" }>;

/** How many others than its relevant passages a query's candidates are, for each of these. */
const perRelevantOf = ({ study }: StudyContext, one: StudyValidation) =>
  one.perRelevant ?? listsOf(study).perRelevant;

/** A validation collection's candidates. */
export async function validationOf(
  context: StudyContext,
  one: StudyValidation,
): Promise<QueryCandidates> {
  const { study } = context;
  return await chooseCandidates(await context.collection(one), {
    ...one,
    ...await context.indexPlace(one.folder),
    run: one.candidates === undefined ? undefined : context.path(one.candidates),
    perRelevant: perRelevantOf(context, one),
    ...{ lists: study.ablation?.lists, seed: study.seed },
  });
}

/** The same, tokenized. */
export async function candidatesOf(
  context: StudyContext,
  one: StudyValidation,
): Promise<QueryCandidates & { readonly candidates: readonly AblationCandidate[] }> {
  const { study } = context;
  const { segments } = study.attribution;
  const { maxLength } = listsOf(study);
  const validation = await validationOf(context, one);
  const encoder = await context.encoder();
  const candidates = await encodeCandidates(encoder, validation, { maxLength, segments });
  return { ...validation, candidates };
}

/** Table 4 on one validation collection. */
export async function makeAblation(
  context: StudyContext,
  { one, sets, space }: Pick<AblationStep, "one" | "sets" | "space">,
  place: StepPlace,
): Promise<StepOutput> {
  const { quiet, study } = context;
  const { rankBy, methods, lists } = study.ablation!;
  const perRelevant = perRelevantOf(context, one);
  const { candidates, ...validation } = await candidatesOf(context, one);
  if (!quiet && validation.leftOut.length > 0) {
    console.error(`  no candidates for queries ${validation.leftOut.join(" ")}`);
  }
  const judged = {
    ...{ candidates, lists, relevantFrom: one.relevantFrom, qrels: validation.qrels },
  };
  const scores = context.scored?.(one, { candidates, sets });
  const replacements = {
    means: methods?.includes("mean") ? await readMeansOf(context) : undefined,
    resampling: { seed: study.seed },
  };
  const forwards = scores ? 0 : forwardsOf(candidates.length, setsOfRows(sets));
  const found = scores ? ablationOf(scores, judged, sets) : await stepInPieces<CollectionAblation>(
    context,
    place,
    {
      of: candidates.length,
      things: "candidates",
      identity: ablationIdentity(candidates, sets),
      work: (encoder, chunks) =>
        ablate(encoder, judged, sets, { rankBy, replacements, space, ...chunks }),
    },
  );
  const shortLists = validation.lists.filter(({ lacking = 0 }) => lacking > 0).length;
  const at = atAttainable(found);
  if (!quiet) {
    write(`  ${found.queries.length} queries, ${found.candidates} candidates\n`);
    if (shortLists > 0) {
      write(
        `  ${shortLists} lists have fewer than ${perRelevant} passages of BM25 for each relevant one\n`,
      );
    }
    if (at > MOST_AT_ATTAINABLE) {
      write(
        `  warning: ${percent(at)} of the queries are at the best nDCG@10 that their ` +
          "candidates allow: zeroing neurons can only lose there; take harder candidates\n",
      );
    }
  }
  return {
    files: [
      {
        path: `data/ablation-${one.abbreviation}.json`,
        content: json({ ...found, shortLists, withoutCandidates: validation.leftOut }),
      },
      { path: `data/ablation-${one.abbreviation}.tsv`, content: queriesTsv(found) },
    ],
    forwards,
  };
}
