/** Universes as studies that are run: they share model, collections and kept steps. */

import type { MadeStep, SetsOfRow, Study, StudyInputs } from "../../../internal.ts";
import type { StudyContext } from "../study/context.ts";
import { openSteps, sharedLayout } from "../study/steps.ts";
import type { ShardOfSteps } from "./shard.ts";

/** Gives a study's context, in which nothing is made yet; its steps are told of unless `quiet`. */
export type ContextOf = (study: Study, told?: { readonly quiet: boolean }) => StudyContext;

/** Contexts of studies that share what `base` opens and what its folder keeps; `take`: a shard's. */
export function universeContexts(
  base: StudyContext,
  take: ShardOfSteps["take"] = (steps) => steps,
): ContextOf {
  const { output, computer } = base;
  const layout = sharedLayout(output);
  const known = new Map<string, MadeStep>();
  const identities = new Map<string, Promise<unknown>>();
  const tableSets = tableSetsOnce();
  return (study, { quiet } = base) => ({
    ...base,
    ...{ study, quiet, tableSets },
    identity(one) {
      const found = identities.get(one.folder) ?? base.identity(one);
      identities.set(one.folder, found);
      return found;
    },
    common: { ...base.common, seed: study.seed },
    steps: take(openSteps(layout, { quiet, computer, known })),
  });
}

/** Makes the sets of a table once, those of equal neurons as one array: universes share most of theirs. */
function tableSetsOnce(): StudyInputs["tableSets"] {
  const tables = new Map<string, readonly SetsOfRow[]>();
  const known = new Map<string, Uint32Array>();
  const once = (ids: Uint32Array) => {
    const key = ids.join();
    const found = known.get(key) ?? ids;
    known.set(key, found);
    return found;
  };
  return ({ collections, sets, selection, ablation, seed }, hashes, make) => {
    const { lists: _, rankBy: __, perRelevant: ___, maxLength: ____, ...table } = ablation!;
    const labels = collections.map(({ abbreviation, labels }) => [abbreviation, labels]);
    const key = JSON.stringify([labels, sets, selection, table, seed, hashes]);
    const found = tables.get(key) ??
      make().map((row) => ({ ...row, sets: row.sets.map(once) }));
    tables.set(key, found);
    return found;
  };
}
