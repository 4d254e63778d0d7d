/** A study from its first step to its report. */

import type { Study, StudyResults } from "../../../internal.ts";
import { refuseClashes } from "../check_files.ts";
import { checkWritable, makeFolder } from "../../deno/files.ts";
import { writeReport } from "../commands/report.ts";
import { openStudy, type StudyContext, type StudyOptions } from "./context.ts";
import { checkImported, importedSchemes, needsPairs } from "./imported_scheme.ts";
import { firstSteps, modelSteps, schemesMade } from "./plan.ts";
import { countingSteps, writeResults } from "./results.ts";
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
  await checkWritable(`${output}/results.json`);
  const context = await openStudy(study, options);
  try {
    await checkFolders(context);
    const hashes: Record<string, string> = {};
    for (const step of await firstSteps(context)) {
      hashes[step.file] = await context.steps.run(step);
    }
    const { schemes, byName } = await schemesMade(context, hashes);
    for (const step of countingSteps(context, schemes, byName)) await context.steps.run(step);
    for (const step of await modelSteps(context, schemes, byName)) await context.steps.run(step);
    const results = await writeResults(context, schemes, byName);
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

/** Fails before anything is computed where a collection, a run or a scheme is not there, or is overwritten. */
export async function checkFolders(context: StudyContext): Promise<void> {
  await refuseClashes(usesOfStudy(context));
  const { study, path } = context;
  const places = [
    ...study.collections.filter((one) => needsPairs(study, one))
      .map((one) => [`collections.${one.abbreviation}.folder`, one.folder]),
    ...importedSchemes(study).map(({ key, file }) => [key, file]),
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
  await checkImported(context);
}
