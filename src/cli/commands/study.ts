/** `study`: the whole paper from one file. */

import { parseStudy } from "../../../internal.ts";
import type { Command } from "../command.ts";
import { computeOptions, openOps } from "../options/backend.ts";
import { print, readText, writeAnew } from "../../deno/files.ts";
import { placeOf } from "../../deno/place.ts";
import { strictOption } from "../options/dataset.ts";
import { openStudy } from "../study/context.ts";
import { estimate } from "../study/estimate.ts";
import { checkFolders, runStudy } from "../study/run_study.ts";
import { studyFiles } from "../study/uses.ts";

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
    const options = {
      open: (memoryBytes?: number) => openOps(args, memoryBytes),
      precision: args.text("precision"),
      quiet: args.has("quiet"),
      strict: args.has("strict"),
      ...{ file, output },
    };
    if (args.has("dry-run")) {
      const context = await openStudy(study, options);
      try {
        await checkFolders(context);
        await print(await estimate(context));
      } finally {
        context.close();
      }
      return;
    }
    const { page } = await runStudy(study, options);
    const copy = `${output}/study.json`;
    if (placeOf(copy).path !== placeOf(file).path) await writeAnew(copy, text);
    await print(page);
  },
};
