/** The step of a study that measures rankings while units are removed or kept in order of strength. */

import {
  type LabelledPair,
  listsOf,
  type ModelStep,
  patchedValues,
  planRankings,
  rankByOf,
  rankingCurves,
  rankingCurvesTsv,
  type Schemes,
  strengthOrders,
} from "../../../internal.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import { textsOfCandidates } from "../options/candidates.ts";
import { validationOf } from "./ablation.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { json, stepInPieces } from "./work.ts";

/** Deletion and insertion in nDCG@10 on one validation collection. */
export async function makeRankings(
  context: StudyContext,
  { one, file, schemes }:
    & Pick<Extract<ModelStep, { readonly kind: "rankings" }>, "one" | "file">
    & {
      readonly schemes: Schemes;
    },
  place: StepPlace,
): Promise<StepOutput> {
  const { study, quiet } = context;
  const { collection, orders: random } = study.faithfulness!;
  const { baseline, path, segments } = study.attribution;
  const rankBy = rankByOf(study);
  const validation = await validationOf(context, one);
  const candidates = await textsOfCandidates(validation);
  const pairs = candidates.map(({ query, passage }): LabelledPair => (
    { query: query.text, passage: passage.text, label: "relevant" }
  ));
  const { config: space } = await context.encoder();
  const orders = strengthOrders(study, schemes, collection);
  const plan = planRankings(space, orders, { random, seed: study.seed });
  const forwards = (plan.sets.length + 1) * pairs.length; // and one of every baseline
  if (!quiet) {
    console.error(
      `  ${pairs.length} candidates, ${orders.length} orders and ${random} random ones of each: ${forwards} forward passes`,
    );
  }
  const values = await stepInPieces(context, place, {
    of: pairs.length,
    things: "candidates",
    identity: {
      candidates: String(pairs.length),
      candidates_sha256: sha256OfFields(pairs.flatMap(({ query, passage }) => [query, passage])),
    },
    work: (encoder, chunks) =>
      patchedValues(encoder, pairs, plan.sets, {
        ...{ target: rankBy, baseline, segments, ...chunks },
        maxLength: listsOf(study).maxLength,
        ...(path === undefined ? {} : { path }),
      }),
  });
  const found = rankingCurves({
    ...{ space, plan, values, seed: study.seed },
    candidates: {
      candidates: candidates.map(({ query, passage }) => ({
        query: query.id,
        document: passage.id,
      })),
      ...{ qrels: validation.qrels, lists: study.ablation?.lists, relevantFrom: one.relevantFrom },
    },
    about: { collection: one.abbreviation, rankBy, baseline },
  });
  return {
    files: [
      { path: file, content: json(found) },
      { path: file.replace(/json$/, "tsv"), content: rankingCurvesTsv(found) },
    ],
    forwards,
  };
}
