/** A study from its first step to its report. */

import {
  checkPath,
  countingSteps,
  firstSteps,
  importedSchemes,
  type MadeSchemes,
  modelSteps,
  needsPairs,
  openSchemes,
  schemeFile,
  schemesOfStudy,
  type Study,
  type StudyResults,
} from "../../../internal.ts";
import { refuseClashes } from "../check_files.ts";
import type { FileRole } from "../command.ts";
import { readSynonyms } from "../options/synonyms.ts";
import { checkWritable, folderLoader, makeFolder, splitPath } from "../../deno/files.ts";
import type { Load } from "../../formats/load.ts";
import { writeReport } from "../commands/report.ts";
import { openStudy, type StudyContext, type StudyOptions } from "./context.ts";
import { checkImported } from "./imported_scheme.ts";
import { makeFirst, makeLater } from "./make.ts";
import { writeResults } from "./results.ts";
import { usesOfStudy } from "./uses.ts";

/** What a study found, and where its report is. */
export interface StudyOutcome {
  /** All numbers of the report: the contents of results.json. */
  readonly results: StudyResults;
  /** The path of the report's page. */
  readonly page: string;
}

/** Runs a study; steps whose inputs and options are as before are kept. */
export async function runStudy(study: Study, options: StudyOptions): Promise<StudyOutcome> {
  const { output } = options;
  await makeFolder(output);
  await refuseFolderOf(output, { file: "multiverse.json", of: "a multiverse" });
  await checkWritable(`${output}/results.json`);
  const context = await openStudy(study, options);
  try {
    await checkFolders(context);
    const made = await schemesMade(context, await makeFirsts(context));
    await makeOthers(context, made);
    const results = await writeResults(context, made);
    if (!context.quiet) {
      for (const { verdict, claim, finding } of results.conclusions) {
        console.error(`${verdict.padEnd(8)} ${claim}. ${finding}`);
      }
    }
    return { results, page: await writeReport(output, { results, quiet: context.quiet }) };
  } finally {
    context.close();
  }
}

/** Refuses a folder in which another command keeps what it made: both write a report. */
export async function refuseFolderOf(
  output: string,
  { file, of }: { readonly file: string; readonly of: string },
): Promise<void> {
  const isThere = await Deno.stat(`${output}/${file}`).then(() => true, () => false);
  if (isThere) {
    throw new Error(`Cannot write to ${output}: it is the folder of ${of}, with ${file}`);
  }
}

/** Runs the steps that work on schemes. */
export async function makeOthers(context: StudyContext, made: MadeSchemes): Promise<void> {
  const { study, quiet } = context;
  const { schemes } = made;
  const { steps: counting, leftOut } = await countingSteps(study, made, context);
  if (!quiet) leftOut.forEach((reason) => console.error(reason));
  for (const step of [...counting, ...await modelSteps(study, made, context)]) {
    await context.steps.run(step, (place) => makeLater(context, step, { schemes, place }));
  }
}

/** Runs the steps that need no scheme: the SHA-256 of their files. */
export async function makeFirsts(context: StudyContext): Promise<Readonly<Record<string, string>>> {
  const hashes: Record<string, string> = {};
  for (const step of await firstSteps(context.study, context)) {
    hashes[step.file] = await context.steps.run(step, (place) => makeFirst(context, step, place));
  }
  return hashes;
}

/** The schemes that the first steps made, given the SHA-256 of their files; `opened`: they are open. */
export async function schemesMade(
  { study, steps }: Pick<StudyContext, "study" | "steps">,
  files: Readonly<Record<string, string>>,
  opened?: MadeSchemes["schemes"],
): Promise<MadeSchemes> {
  const names = schemesOfStudy(study.collections).map(({ name }) => name);
  const load: Load = async (file, range) => {
    const { folder, name } = splitPath(steps.where(`schemes/${file}`));
    return await (await folderLoader(folder))(name, range);
  };
  return {
    schemes: opened ?? await openSchemes(load, names),
    hashes: Object.fromEntries(names.map((name) => [name, files[schemeFile(name)]])),
  };
}

/** Fails before anything is computed where a file is not there, is no list of synonyms, or is overwritten. */
export async function checkFolders(context: StudyContext, written?: FileRole): Promise<void> {
  await refuseClashes(usesOfStudy(context, written));
  const { study, path } = context;
  const places = [
    ...study.collections.filter((one) => needsPairs(study, one))
      .map((one) => [`collections.${one.abbreviation}.folder`, one.folder]),
    ...importedSchemes(study).map(({ key, file }) => [key, file]),
    ...(study.describe?.synonyms ? [["describe.synonyms", study.describe.synonyms]] : []),
    ...study.validation.map((one) => [`validation.${one.abbreviation}.folder`, one.folder]),
    ...study.validation.flatMap((one) =>
      one.candidates === undefined
        ? []
        : [[`validation.${one.abbreviation}.candidates`, one.candidates]]
    ),
  ];
  for (const [key, name] of places) {
    try {
      await Deno.stat(path(name));
    } catch {
      throw new Error(
        `Cannot run the study: expected ${key} at ${path(name)}, found nothing there`,
      );
    }
  }
  if (study.describe?.synonyms) await readSynonyms(path(study.describe.synonyms));
  checkPath(await context.config(), study.attribution);
  if (study.cuts) {
    const { layers } = await context.config();
    if (study.cuts.window > layers) {
      throw new RangeError(
        `Cannot run the study: expected cuts.window of at most ${layers} layers, which the model has, got ${study.cuts.window}`,
      );
    }
  }
  await checkImported(context);
}
