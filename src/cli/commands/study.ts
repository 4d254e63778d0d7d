/** `study`: the whole paper from one file. */

import { parseStudy, type Study } from "../../../internal.ts";
import type { Arguments, Command } from "../command.ts";
import { computeOptions } from "../options/backend.ts";
import { checkWritable, makeFolder, print, readText, writeAnew } from "../../deno/files.ts";
import { placeOf } from "../../deno/place.ts";
import { refuseClashes } from "../check_files.ts";
import { strictOption } from "../options/dataset.ts";
import { writeReport } from "./report.ts";
import { openStudy, type StudyContext } from "../study/context.ts";
import { estimate } from "../study/estimate.ts";
import { checkImported, importedSchemes, needsPairs } from "../study/imported_scheme.ts";
import { firstSteps, modelSteps, schemesMade } from "../study/plan.ts";
import { countingSteps, writeResults } from "../study/results.ts";
import { studyFiles, usesOfStudy } from "../study/uses.ts";

/** The command. */
export const studyCommand: Command = {
  summary: "the whole paper from one file: schemes, figures, tables, conclusions, a report",
  positional: "STUDY.json",
  arity: [1, 1],
  files: [{ use: "read" }],
  options: {
    output: { value: "FOLDER", help: "where everything goes", file: studyFiles },
    ...strictOption,
    "dry-run": { help: "list the steps with what they cost and an estimate of time; make none" },
    ...computeOptions,
  },
  notes:
    "Steps are files: those whose inputs and options are as before are kept, and said to be kept; run\n" +
    "the same command again after an interruption. docs/replication.md has the study file's keys.",
  async run(args) {
    const [file] = args.positional;
    const text = await readText(file);
    const study = parseStudy(text, file);
    const output = args.text("output");
    if (args.has("dry-run")) {
      const context = await openStudy(study, { args, file, output });
      try {
        await checkFolders(context);
        await print(await estimate(context));
      } finally {
        context.close();
      }
      return;
    }
    const page = await runStudy(study, { args, file, output });
    const copy = `${output}/study.json`;
    if (placeOf(copy).path !== placeOf(file).path) await writeAnew(copy, text);
    await print(page);
  },
};

/** Runs a study: the path of its report's page. */
export async function runStudy(
  study: Study,
  { args, file, output }: {
    readonly args: Arguments;
    readonly file: string;
    readonly output: string;
  },
): Promise<string> {
  await makeFolder(output);
  await checkWritable(`${output}/results.json`);
  const context = await openStudy(study, { args, file, output });
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
    return await writeReport(output, { results, quiet: context.quiet });
  } finally {
    context.close();
  }
}

/** Fails before anything is computed where a collection, a run or a scheme is not there, or is overwritten. */
async function checkFolders(context: StudyContext): Promise<void> {
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
