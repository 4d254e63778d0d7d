/** What a study does, in order. */

import { overlapCurves } from "../overlap/overlap_curves.ts";
import { notDrawable } from "../schemes/query_bootstrap.ts";
import { schemesOf } from "../sets/resolve.ts";
import { fileName, setName } from "./file_name.ts";
import { faithfulnessSteps } from "./plan_faithfulness.ts";
import { otherPlans, planOf, setsOfTable } from "./plan_sets.ts";
import type { CountingStep, FirstStep, MadeSchemes, ModelStep, StudyInputs } from "./steps.ts";
import {
  listsOf,
  schemesOfStudy,
  type SetAtLevel,
  type Study,
  type StudyValidation,
} from "./study.ts";
import {
  collectionNamed,
  importedSchemes,
  schemeFile,
  selectionOf,
  shownName,
  triplesFile,
  withoutFiles,
} from "./study_schemes.ts";

/** Draws of queries for the intervals of places, where the study has no overlaps that say how many. */
const DRAWS = 200;

/** The steps that need no scheme: Table 1, and the schemes themselves. */
export async function firstSteps(study: Study, inputs: StudyInputs): Promise<FirstStep[]> {
  const { common } = inputs;
  const { target, rule, steps, tolerance, completenessLimit, byQuery, ...encoding } =
    study.attribution;
  const counted = "kept pairs"; // what maxPairs counts: what was made when it counted others is stale
  const wanted: FirstStep[] = [];
  if (study.baselines) {
    const { collection, pairs } = study.baselines;
    const one = collectionNamed(study, collection);
    wanted.push({
      kind: "baselines",
      one,
      most: pairs,
      name: "baselines",
      file: "data/baselines.json",
      inputs: {
        ...common,
        pairs,
        maxLength: encoding.maxLength,
        segments: encoding.segments,
        path: encoding.path, // absent where both texts move
        of: { ...selectionOf(one), maxPairs: pairs, labels: [] },
        files: await inputs.identity(one),
      },
    });
  }
  const imported = new Map(importedSchemes(study).map((one) => [one.name, one]));
  const quadrature = rule === "adaptive" ? { tolerance } : { steps };
  const attribution = { target, rule, ...quadrature, ...encoding };
  for (const scheme of schemesOfStudy(study.collections)) {
    const { name, label, of } = scheme;
    const step = { name: `scheme ${shownName(name)}`, file: schemeFile(name) };
    const made = imported.get(name);
    if (made) {
      const given = await inputs.digestOfFile(made.file);
      const depends = { ...common, label, attribution, given };
      wanted.push({ kind: "imported scheme", scheme: made, ...step, inputs: depends });
      continue;
    }
    const depends = {
      ...{ attribution, counted, completenessLimit, byQuery }, // the last two absent where not given
      of: { ...selectionOf(of), labels: [] },
      files: await inputs.identity(of),
    };
    if (target === "pairwise") {
      const file = triplesFile(of);
      if (!wanted.some((one) => one.file === file)) {
        const name = `triples ${of.abbreviation}`;
        wanted.push({ kind: "triples", one: of, name, file, inputs: { ...common, ...depends } });
      }
      const inputs = { ...common, side: label, ...depends };
      wanted.push({ kind: "side", scheme, triples: file, ...step, inputs });
      continue;
    }
    wanted.push({ kind: "scheme", scheme, ...step, inputs: { ...common, label, ...depends } });
  }
  return wanted;
}

/** The steps that only count: overlaps, places, and the certainty of members. */
export async function countingSteps(
  study: Study,
  { schemes, hashes }: MadeSchemes,
  { common }: StudyInputs,
): Promise<{
  readonly steps: readonly CountingStep[];
  /** Why sets have no certainty, a sentence each. */
  readonly leftOut: readonly string[];
}> {
  const wanted: CountingStep[] = [];
  const leftOut: string[] = [];
  const { overlaps, certainty, sets } = study;
  const curves = overlapCurves(study.collections, study.leftOut);
  if (overlaps && curves.length > 0) {
    wanted.push({
      kind: "overlaps",
      curves,
      name: "overlaps",
      file: "data/overlaps.json",
      inputs: {
        ...common,
        ...{ hashes, overlaps, curves },
        ...(study.selection?.strength === "absolute" && { strength: "absolute" }),
      },
    });
  }
  for (const one of study.locations) {
    const draws = overlaps?.schemeDraws ?? DRAWS;
    wanted.push({
      kind: "location",
      set: one,
      draws,
      name: `location ${setName(one)}`,
      file: await locationFile(one),
      inputs: { ...common, hashes, one, draws, sets, ...otherPlans(study, [one]) },
    });
  }
  for (const one of certainty?.of ?? []) {
    const { draws } = certainty!;
    const name = setName(one);
    const needed = schemesOf(planOf(study, one));
    const failed = notDrawable(new Map(needed.map((scheme) => [scheme, schemes.get(scheme)!])));
    if (failed) {
      const scheme = shownName(failed.name);
      leftOut.push(
        `certainty ${name}: left out, scheme ${scheme} cannot be drawn anew: ${failed.why}`,
      );
      continue;
    }
    wanted.push({
      kind: "certainty",
      set: one,
      draws,
      name: `certainty ${name}`,
      file: `data/certainty-${await fileName(name)}.json`,
      inputs: { ...common, hashes, one, draws, sets, ...otherPlans(study, [one]) },
    });
  }
  return { steps: wanted, leftOut };
}

/** The steps that run the model once the schemes are there. */
export async function modelSteps(
  study: Study,
  { schemes, hashes }: MadeSchemes,
  { common, identity, identityOfFile, digestOfFile, tableSets }: StudyInputs,
): Promise<ModelStep[]> {
  const wanted: ModelStep[] = [];
  const { target, baseline, maxLength, segments } = study.attribution;
  const path = { target, baseline, maxLength, segments, path: study.attribution.path };
  if (study.traces) {
    const one = collectionNamed(study, study.traces.collection);
    wanted.push({
      kind: "traces",
      one,
      name: "traces",
      file: "data/traces.json",
      inputs: {
        ...common,
        ...path,
        traces: study.traces,
        of: withoutFiles(one),
        files: await identity(one),
        schemes: [hashes[`P_${one.abbreviation}`], hashes[`N_${one.abbreviation}`]],
      },
    });
  }
  if (study.convergence) {
    const { collection, ...comparison } = study.convergence;
    const one = collectionNamed(study, collection);
    wanted.push({
      kind: "convergence",
      one,
      name: "convergence",
      file: "data/convergence.json",
      inputs: {
        ...common,
        attribution: study.attribution,
        comparison,
        of: selectionOf(one),
        files: await identity(one),
        schemes: [hashes[`P_${collection}`], hashes[`N_${collection}`]],
      },
    });
  }
  if (study.describe) {
    const one = collectionNamed(study, study.describe.collection);
    wanted.push({
      kind: "describe",
      one,
      name: "describe",
      file: "data/describe.json",
      inputs: {
        ...common,
        attribution: study.attribution,
        describe: study.describe,
        synonyms: study.describe.synonyms && await digestOfFile(study.describe.synonyms),
        sets: study.sets,
        of: withoutFiles(one),
        files: await identity(one),
        schemes: hashes,
        ...otherPlans(study, study.describe.of.map((expression) => ({ expression }))),
      },
    });
  }
  wanted.push(...await faithfulnessSteps(study, hashes, { common, identity, identityOfFile }));
  if (study.segments) {
    wanted.push({
      kind: "segments",
      name: "segments",
      file: "data/segments.json",
      inputs: {
        ...common,
        attribution: study.attribution,
        shares: study.segments,
        of: study.collections.map(withoutFiles),
        files: await Promise.all(study.collections.map(identity)),
      },
    });
  }
  if (study.cuts) {
    const { perRelevant, maxLength } = listsOf(study);
    for (const one of study.validation) {
      const { name: _, group: __, ...selection } = one;
      wanted.push({
        kind: "cuts",
        one,
        name: `cuts ${one.abbreviation}`,
        file: cutsFile(one),
        inputs: {
          ...common,
          ...{ cuts: study.cuts, perRelevant, maxLength, segments, of: selection },
          files: await identity(one),
          run: one.candidates && await identityOfFile(one.candidates),
        },
      });
    }
  }
  if (study.ablation) {
    const { perRelevant, rankBy, maxLength, repetitions, otherRepetitions } = study.ablation;
    const { methods, means } = study.ablation;
    const [{ space }] = schemes.values();
    const make = () => setsOfTable(study, schemes);
    const sets = tableSets?.(study, hashes, make) ?? make();
    const reference = means && await meansInputs(study, means, { common, identity });
    if (reference) {
      wanted.push({
        kind: "means",
        one: reference.one,
        most: means!.pairs,
        name: "means",
        file: MEANS_FILE,
        inputs: reference.inputs,
      });
    }
    for (const one of study.validation) {
      const { name: _, group: __, ...selection } = one;
      wanted.push({
        kind: "ablation",
        one,
        sets,
        space,
        name: `ablation ${one.abbreviation}`,
        file: ablationFile(one),
        inputs: {
          ...common,
          ...{ perRelevant, rankBy, maxLength, segments, repetitions, otherRepetitions },
          units: study.attribution.units, // absent where they are linears
          lists: study.ablation.lists === "passage" ? "passage" : undefined, // absent in one list
          of: selection,
          files: await identity(one),
          ...(methods && { methods, means: reference?.inputs, seed: study.seed }),
          run: one.candidates && await identityOfFile(one.candidates),
          sets: sets.map(({ sets, ...row }) => ({ ...row, ids: sets.map((ids) => ids.join(" ")) })),
        },
      });
    }
  }
  return wanted;
}

/** The file of mean activations. */
export const MEANS_FILE = "data/means.safetensors";

/** The reference list of mean activations, and all that they depend on. */
async function meansInputs(
  study: Study,
  { collection, pairs }: { readonly collection: string; readonly pairs: number },
  { common, identity }: Pick<StudyInputs, "common" | "identity">,
) {
  const one = collectionNamed(study, collection);
  const { segments } = study.attribution;
  const { maxLength } = study.ablation!;
  const of = { ...selectionOf(one), maxPairs: pairs };
  return {
    one,
    inputs: { ...common, maxLength, segments, of, files: await identity(one) },
  };
}

/** The file of a set's places. */
export async function locationFile(one: SetAtLevel): Promise<string> {
  return `data/location-${await fileName(setName(one))}.json`;
}

/** The file of attention cuts on one collection. */
export function cutsFile({ abbreviation }: Pick<StudyValidation, "abbreviation">): string {
  return `data/cuts-${abbreviation}.json`;
}

/** The file of Table 4 on one collection. */
export function ablationFile({ abbreviation }: Pick<StudyValidation, "abbreviation">): string {
  return `data/ablation-${abbreviation}.json`;
}
