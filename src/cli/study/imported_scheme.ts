/** Imported schemes of a study: made elsewhere, such as on a cluster: checked and copied. */

import {
  checkImportedScheme,
  type ImportedScheme,
  importedSchemes,
  openScheme,
  type Scheme,
  schemeFile,
} from "../../../internal.ts";
import { folderLoader, splitPath } from "../../deno/files.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput } from "./steps.ts";

/** Fails before anything is computed where one of them is not what the study would make. */
export async function checkImported(context: StudyContext): Promise<void> {
  for (const one of importedSchemes(context.study)) await openImported(context, one);
}

/** Copies one, with the list of its pairs where there is one. */
export async function copyScheme(
  context: StudyContext,
  one: ImportedScheme,
): Promise<StepOutput> {
  await openImported(context, one);
  const path = context.path(one.file);
  const file = schemeFile(one.name);
  const list = await Deno.readFile(`${path}.pairs.tsv`).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  return {
    files: [
      { path: file, content: await Deno.readFile(path) },
      ...(list ? [{ path: `${file}.pairs.tsv`, content: list }] : []),
    ],
  };
}

async function openImported(
  context: StudyContext,
  { key, file, label }: ImportedScheme,
): Promise<Scheme> {
  const path = context.path(file);
  const { folder, name } = splitPath(path);
  const load = await folderLoader(folder);
  const scheme = await openScheme((_, range) => load(name, range), path);
  checkImportedScheme(`Cannot take ${key} from ${path}`, scheme, {
    label,
    attribution: context.study.attribution,
    model: await context.config(),
    hashes: context.hashes,
  });
  return scheme;
}
