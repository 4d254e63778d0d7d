/** From a study's files to the file of its results. */

import {
  ablationTsv,
  type AssembledStudy,
  assembleStudy,
  HEADS_FILE,
  headsTsv,
  type MadeSchemes,
  type StudyParts,
  type StudyResults,
} from "../../../internal.ts";
import { readText, writeAnew } from "../../deno/files.ts";
import type { StudyContext } from "./context.ts";

/** Puts the results together; `changes`: of Table 4, where they are known. */
export async function assembled(
  context: StudyContext,
  made: MadeSchemes,
  changes?: StudyParts["changes"],
): Promise<AssembledStudy> {
  const { study, steps: { records, where } } = context;
  const data = new Map<string, unknown>();
  for (const { file } of records) {
    if (file.endsWith(".json")) data.set(file, JSON.parse(await readText(where(file))));
  }
  return await assembleStudy(study, {
    ...{ ...made, records, data, changes, digests: context.hashes },
    version: String(context.common.version),
    labels: (await context.config()).labels,
  });
}

/** Puts the results together and writes them with their tables. */
export async function writeResults(
  context: StudyContext,
  made: MadeSchemes,
): Promise<StudyResults> {
  const { output } = context;
  const { results, sets } = await assembled(context, made);
  if (results.ablation) {
    await writeAnew(`${output}/data/ablation.tsv`, ablationTsv(results.ablation));
  }
  if (results.heads) await writeAnew(`${output}/${HEADS_FILE}`, headsTsv(results.heads));
  for (const { path, content } of sets) await writeAnew(`${output}/${path}`, content());
  await writeAnew(`${output}/results.json`, `${JSON.stringify(results, null, 1)}\n`);
  return results;
}
