/** What a study does, in order: every step with its inputs, and what it is expected to cost. */

import {
  openSchemes,
  type SchemeName,
  type Schemes,
  schemesOfStudy,
  type Study,
  type StudyCollection,
} from "../../../internal.ts";
import { folderLoader } from "../../deno/files.ts";
import { type StudyContext } from "./context.ts";
import { importedSchemes, importStep, schemeFile } from "./imported_scheme.ts";
import type { Step } from "./steps.ts";
import { makeConvergence } from "./convergence.ts";
import { makeAblation, setsOfTable } from "./ablation.ts";
import { makeScheme } from "./scheme.ts";
import { makeBaselines, makeSegments, makeTraces } from "./work.ts";

/** `P[ms]`. */
export const shownName = (name: SchemeName) => `${name[0]}[${name.slice(2)}]`;

/** A collection of the study by its abbreviation. */
export function collectionNamed({ collections }: Study, abbreviation: string): StudyCollection {
  return collections.find((one) => one.abbreviation === abbreviation)!;
}

/** A collection without what says where its schemes are. */
function withoutFiles({ schemes: _, ...one }: StudyCollection) {
  return one;
}

/** What of a collection decides which pairs are taken. */
function selectionOf({ name: _, task: __, inDomain: ___, schemes: ____, ...one }: StudyCollection) {
  return one;
}

/** The steps that need no scheme: Table 1, and the schemes themselves. */
export async function firstSteps(context: StudyContext): Promise<Step[]> {
  const { study, common } = context;
  const { target, rule, steps, tolerance, completenessLimit, byQuery, ...encoding } =
    study.attribution;
  const counted = "kept pairs"; // what maxPairs counts: what was made when it counted others is stale
  const wanted: Step[] = [];
  if (study.baselines) {
    const { collection, pairs } = study.baselines;
    const one = collectionNamed(study, collection);
    wanted.push({
      name: "baselines",
      file: "data/baselines.json",
      inputs: {
        ...common,
        pairs,
        maxLength: encoding.maxLength,
        segments: encoding.segments,
        of: { ...selectionOf(one), maxPairs: pairs, labels: [] },
        files: await context.identity(one),
      },
      make: (place) => makeBaselines(context, { one, most: pairs }, place),
    });
  }
  const imported = new Map(importedSchemes(study).map((one) => [one.name, one]));
  for (const { name, label, of } of schemesOfStudy(study.collections)) {
    const quadrature = rule === "adaptive" ? { tolerance } : { steps };
    const file = schemeFile(name);
    const made = imported.get(name);
    if (made) {
      const attribution = { target, rule, ...quadrature, ...encoding };
      const step = await importStep(context, made, { ...common, label, attribution });
      wanted.push({ name: `scheme ${shownName(name)}`, file, ...step });
      continue;
    }
    wanted.push({
      name: `scheme ${shownName(name)}`,
      file,
      inputs: {
        ...common,
        label,
        attribution: { target, rule, ...quadrature, ...encoding },
        counted,
        ...{ completenessLimit, byQuery }, // absent where there are none
        of: { ...selectionOf(of), labels: [] },
        files: await context.identity(of),
      },
      make: (place) => makeScheme(context, { name, label, of }, place),
    });
  }
  return wanted;
}

/** The schemes that the first steps made, given the SHA-256 of their files. */
export async function schemesMade(
  { study, output }: StudyContext,
  hashes: Readonly<Record<string, string>>,
): Promise<{ schemes: Schemes; byName: Record<string, string> }> {
  const names = schemesOfStudy(study.collections).map(({ name }) => name);
  return {
    schemes: await openSchemes(await folderLoader(`${output}/schemes`), names),
    byName: Object.fromEntries(names.map((name) => [name, hashes[schemeFile(name)]])),
  };
}

/** The steps that run the model once the schemes are there; `hashes`: SHA-256 of their files. */
export async function modelSteps(
  context: StudyContext,
  schemes: Schemes,
  hashes: Readonly<Record<string, string>>,
): Promise<Step[]> {
  const { study, common } = context;
  const wanted: Step[] = [];
  const { target, baseline, maxLength, segments } = study.attribution;
  const path = { target, baseline, maxLength, segments };
  if (study.traces) {
    const one = collectionNamed(study, study.traces.collection);
    wanted.push({
      name: "traces",
      file: "data/traces.json",
      inputs: {
        ...common,
        ...path,
        traces: study.traces,
        of: withoutFiles(one),
        files: await context.identity(one),
        schemes: [hashes[`P_${one.abbreviation}`], hashes[`N_${one.abbreviation}`]],
      },
      make: (place) => makeTraces(context, { schemes, one }, place),
    });
  }
  if (study.convergence) {
    const { collection, ...comparison } = study.convergence;
    const one = collectionNamed(study, collection);
    wanted.push({
      name: "convergence",
      file: "data/convergence.json",
      inputs: {
        ...common,
        attribution: study.attribution,
        comparison,
        of: selectionOf(one),
        files: await context.identity(one),
        schemes: [hashes[`P_${collection}`], hashes[`N_${collection}`]],
      },
      make: (place) => makeConvergence(context, { one, schemes }, place),
    });
  }
  if (study.segments) {
    const all = schemesOfStudy(study.collections);
    wanted.push({
      name: "segments",
      file: "data/segments.json",
      inputs: {
        ...common,
        attribution: study.attribution,
        shares: study.segments,
        of: study.collections.map(withoutFiles),
        files: await Promise.all(study.collections.map(context.identity)),
      },
      make: (place) => makeSegments(context, all, place),
    });
  }
  if (study.ablation) {
    const { perRelevant, rankBy, maxLength, repetitions, otherRepetitions } = study.ablation;
    const sets = setsOfTable(context, schemes);
    for (const one of study.validation) {
      const { name: _, group: __, ...selection } = one;
      wanted.push({
        name: `ablation ${one.abbreviation}`,
        file: `data/ablation-${one.abbreviation}.json`,
        inputs: {
          ...common,
          ...{ perRelevant, rankBy, maxLength, segments, repetitions, otherRepetitions },
          of: selection,
          files: await context.identity(one),
          run: one.candidates && await context.identityOfFile(one.candidates),
          sets: sets.map(({ sets, ...row }) => ({ ...row, ids: sets.map((ids) => ids.join(" ")) })),
        },
        make: (place) => makeAblation(context, { one, sets }, place),
      });
    }
  }
  return wanted;
}
