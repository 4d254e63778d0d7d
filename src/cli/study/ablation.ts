/** The step of a study that ablates: Table 4 on one validation collection. */

import {
  ablate,
  ablationSets,
  type CollectionAblation,
  forwardsOf,
  queriesTable,
  type Schemes,
  scopeOf,
  type SetsOfRow,
  setsOfRows,
  type StudyValidation,
} from "../../../internal.ts";
import { ablationIdentity } from "../run/identity.ts";
import { write } from "../run/progress.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { json, stepInPieces } from "./work.ts";
import { chooseCandidates, encodeCandidates } from "../options/candidates.ts";

/** The sets of Table 4. */
export function setsOfTable({ study }: StudyContext, schemes: Schemes): SetsOfRow[] {
  const [{ space }] = schemes.values();
  const of = new Map([...schemes].map(([name, { mean }]) => [name, mean]));
  const { rows, levels, controls, repetitions } = study.ablation!;
  const options = { rows, levels, controls, repetitions, seed: study.seed };
  return ablationSets(scopeOf(study), { space, of }, options);
}

/** Table 4 on one validation collection. */
export async function makeAblation(
  context: StudyContext,
  { one, sets }: { readonly one: StudyValidation; readonly sets: readonly SetsOfRow[] },
  place: StepPlace,
): Promise<StepOutput> {
  const { quiet, study } = context;
  const { perRelevant, rankBy, maxLength } = study.ablation!;
  const validation = await chooseCandidates(await context.collection(one), {
    ...one,
    ...await context.indexPlace(one.folder),
    run: one.candidates === undefined ? undefined : context.path(one.candidates),
    perRelevant,
    seed: study.seed,
  });
  if (!quiet && validation.leftOut.length > 0) {
    console.error(`  no candidates for queries ${validation.leftOut.join(" ")}`);
  }
  const { segments } = study.attribution;
  const { qrels } = validation;
  const encoder = await context.encoder();
  const candidates = await encodeCandidates(encoder, validation, { maxLength, segments });
  const forwards = forwardsOf(candidates.length, setsOfRows(sets));
  const found = await stepInPieces<CollectionAblation>(context, place, {
    of: candidates.length,
    things: "candidates",
    identity: ablationIdentity(candidates, sets),
    work: (encoder, chunks) => ablate(encoder, { candidates, qrels }, sets, { rankBy, ...chunks }),
  });
  if (!quiet) {
    write(`  ${found.queries.length} queries, ${found.candidates} candidates\n`);
  }
  return {
    files: [
      {
        path: `data/ablation-${one.abbreviation}.json`,
        content: json({ ...found, withoutCandidates: validation.leftOut }),
      },
      { path: `data/ablation-${one.abbreviation}.tsv`, content: queriesTable(found) },
    ],
    forwards,
  };
}
