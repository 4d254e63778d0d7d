/** The steps of a study, made. */

import {
  certaintyOf,
  type CountingStep,
  fewestQueries,
  type FirstStep,
  locate,
  locationTsv,
  type MadeSchemes,
  membership,
  membersTsv,
  type ModelStep,
  overlapStudy,
  overlapTsv,
  planOf,
  schemesOf,
  schemesOfStudy,
  type StepPlan,
  surestFirst,
} from "../../../internal.ts";
import { makeAblation } from "./ablation.ts";
import type { StudyContext } from "./context.ts";
import { makeCuts } from "./cuts.ts";
import { makeConvergence } from "./convergence.ts";
import { makeDescription } from "./describe.ts";
import { makeFaithfulness } from "./faithfulness.ts";
import { copyScheme } from "./imported_scheme.ts";
import { makeMeans } from "./means.ts";
import { makeRankings } from "./rankings.ts";
import { makeScheme, makeSide, makeTriples } from "./scheme.ts";
import type { StepFile, StepOutput, StepPlace } from "./steps.ts";
import { json, makeBaselines, makeSegments, makeTraces } from "./work.ts";

/** Makes a step that needs no scheme. */
export async function makeFirst(
  context: StudyContext,
  step: FirstStep,
  place: StepPlace,
): Promise<StepOutput> {
  switch (step.kind) {
    case "baselines":
      return await makeBaselines(context, step, place);
    case "scheme":
      return await makeScheme(context, step.scheme, place);
    case "triples":
      return await makeTriples(context, step.one, place);
    case "side":
      return await makeSide(context, step);
    case "imported scheme":
      return await copyScheme(context, step.scheme);
  }
}

/** Makes a step that works on schemes. */
export async function makeLater(
  context: StudyContext,
  step: CountingStep | ModelStep,
  { schemes, place }: Pick<MadeSchemes, "schemes"> & { readonly place: StepPlace },
): Promise<StepOutput> {
  const { study } = context;
  const { seed } = study;
  switch (step.kind) {
    case "overlaps": {
      const { strength } = study.selection ?? {};
      const found = overlapStudy(step.curves, schemes, { ...study.overlaps!, seed, strength });
      return { files: dataFiles(step, json(found), overlapTsv(found)) };
    }
    case "location": {
      const { set, draws } = step;
      const found = locate(planOf(study, set), schemes, { ...set, draws, seed });
      return { files: dataFiles(step, json(found), locationTsv(found)) };
    }
    case "certainty": {
      const { set, draws } = step;
      const plan = planOf(study, set);
      const members = membership(plan, schemes, { ...set, draws, seed });
      const [{ space }] = schemes.values();
      const found = certaintyOf(members, {
        ...{ ...set, draws, file: tsvOf(step) },
        queries: fewestQueries(schemes, schemesOf(plan)),
      });
      return { files: dataFiles(step, json(found), membersTsv(space, surestFirst(members))) };
    }
    case "traces":
      return await makeTraces(context, { schemes, one: step.one }, place);
    case "convergence":
      return await makeConvergence(context, { schemes, one: step.one }, place);
    case "faithfulness":
      return await makeFaithfulness(context, step.one, place);
    case "rankings":
      return await makeRankings(context, { ...step, schemes }, place);
    case "describe":
      return await makeDescription(context, { schemes, one: step.one }, place);
    case "segments":
      return await makeSegments(context, schemesOfStudy(study.collections), place);
    case "means":
      return await makeMeans(context, step, place);
    case "cuts":
      return await makeCuts(context, step, place);
    case "ablation":
      return await makeAblation(context, step, place);
  }
}

const tsvOf = ({ file }: StepPlan) => file.replace(/json$/, "tsv");

/** A step's records, and the same for spreadsheets. */
function dataFiles(step: StepPlan, records: string, table: string): readonly StepFile[] {
  return [{ path: step.file, content: records }, { path: tsvOf(step), content: table }];
}
