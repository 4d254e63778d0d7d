/** The steps of a study that make schemes: of pairs, or of triples, whose two sides are schemes. */

import {
  encodeScheme,
  type FirstStep,
  openScheme,
  schemeFile,
  sideOfScheme,
  type StudyCollection,
  type StudyScheme,
  triplesFile,
  triplesList,
} from "../../../internal.ts";
import { folderLoader, splitPath } from "../../deno/files.ts";
import type { Source } from "../options/source.ts";
import { triplesOfCollection } from "../options/triples.ts";
import { deviceIdentity } from "../run/identity.ts";
import { openRun } from "../run/open_run.ts";
import { type MadeScheme, runScheme } from "../run/scheme_run.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { agreementOf, conductanceOf, sourceOf } from "./work.ts";

/** One scheme, and the list of its pairs; finished pairs are kept in the step's journal. */
export async function makeScheme(
  context: StudyContext,
  { name, label, of }: StudyScheme,
  place: StepPlace,
): Promise<StepOutput> {
  const source = await sourceOf(context, of, { label, most: of.maxPairs });
  const made = await schemeOfSource(context, { source, folder: of.folder }, place);
  const file = schemeFile(name);
  return outputOf(made, { file, listFile: `${file}.pairs.tsv` });
}

/** The scheme of a collection's triples, and their list; finished ones are kept in the step's journal. */
export async function makeTriples(
  context: StudyContext,
  one: StudyCollection,
  place: StepPlace,
): Promise<StepOutput> {
  const { abbreviation, folder, relevantFrom, nonRelevantUpto, negatives, maxPairs: most } = one;
  const triples = await triplesOfCollection(await context.collection(one), {
    ...{ relevantFrom, nonRelevantUpto, negatives, most, seed: context.study.seed },
    place: await context.indexPlace(folder),
    hint: `; "negatives": "bm25" of collections.${abbreviation} draws passages that nobody judged`,
  });
  const source = { ...triples, list: triples.listOfTriples };
  const made = await schemeOfSource(context, { source, folder }, place);
  return outputOf(made, { file: triplesFile(one), listFile: triplesList(one) });
}

/** The scheme of a side of triples. */
export async function makeSide(
  { steps }: StudyContext,
  { scheme, triples }: Extract<FirstStep, { readonly kind: "side" }>,
): Promise<StepOutput> {
  const path = steps.where(triples);
  const { folder, name } = splitPath(path);
  const load = await folderLoader(folder);
  const whole = await openScheme((_, range) => load(name, range), path);
  const content = encodeScheme(sideOfScheme(whole, scheme.label));
  return { files: [{ path: schemeFile(scheme.name), content }] };
}

async function schemeOfSource(
  context: StudyContext,
  { source, folder }: { readonly source: Source; readonly folder: string },
  { journal, sha256 }: StepPlace,
): Promise<MadeScheme> {
  const { study, hashes, quiet } = context;
  const { completenessLimit, byQuery } = study.attribution;
  if (!quiet) console.error(`  ${source.summary}`);
  const devices = await context.devices();
  const { encoder } = devices;
  await using run = await openRun({
    ...{ devices, journal, quiet, unit: "pairs" },
    identity: { inputs_sha256: sha256, device: deviceIdentity(encoder.ops) },
    restart: "other",
  });
  return await runScheme(run, encoder, {
    ...{ source, completenessLimit, byQuery, agreement: agreementOf(context, encoder.config) },
    options: conductanceOf(context),
    origin: {
      dataset: folder,
      model: study.model,
      modelSha256: hashes.model,
      tokenizerSha256: hashes.tokenizer,
      version: String(context.common.version),
    },
  });
}

function outputOf(
  { bytes, list, evaluations, asked }: MadeScheme,
  { file, listFile }: { readonly file: string; readonly listFile: string },
): StepOutput {
  return {
    files: [
      { path: file, content: bytes },
      ...(list === undefined ? [] : [{ path: listFile, content: list }]),
    ],
    evaluations,
    forwards: asked,
  };
}
