/** Imported schemes of a study: made elsewhere, such as on a cluster: checked and copied. */

import {
  checkImportedScheme,
  openScheme,
  type Scheme,
  type SchemeName,
  schemesOfStudy,
  type Study,
  type StudyCollection,
} from "../../../internal.ts";
import type { Label } from "../../ir/words.ts";
import { folderLoader, named, splitPath } from "../../deno/files.ts";
import { sha256OfFile } from "../../deno/hash.ts";
import type { StudyContext } from "./context.ts";
import type { Step } from "./steps.ts";

/** The file of a scheme, from the study's folder. */
export const schemeFile = (name: SchemeName) => `schemes/${name}.safetensors`;

/** An imported scheme: one that was made elsewhere. */
interface ImportedScheme {
  readonly name: SchemeName;
  readonly label: Label;
  readonly of: StudyCollection;
  /** Its key in the study file. */
  readonly key: string;
  /** As the study names it. */
  readonly file: string;
}

/** The schemes that a study imports. */
export function importedSchemes(study: Study): readonly ImportedScheme[] {
  return schemesOfStudy(study.collections).flatMap(({ name, label, of }) => {
    const file = of.schemes?.[label];
    const key = `collections.${of.abbreviation}.schemes.${label}`;
    return file === undefined ? [] : [{ name, label, of, key, file }];
  });
}

/** Whether a step needs the pairs of a collection. */
export function needsPairs(study: Study, { abbreviation, labels, schemes }: StudyCollection) {
  const { baselines, traces, convergence, segments } = study;
  return segments !== undefined || labels.some((label) => schemes?.[label] === undefined) ||
    [baselines, traces, convergence].some((part) => part?.collection === abbreviation);
}

/** Fails before anything is computed where one of them is not what the study would make. */
export async function checkImported(context: StudyContext): Promise<void> {
  for (const one of importedSchemes(context.study)) await openImported(context, one);
}

/** The step that copies one. */
export async function importStep(
  context: StudyContext,
  one: ImportedScheme,
  inputs: Readonly<Record<string, unknown>>,
): Promise<Omit<Step, "name" | "file">> {
  const path = context.path(one.file);
  return {
    inputs: { ...inputs, given: await named("read", path, () => sha256OfFile(path)) },
    make: async () => {
      await openImported(context, one);
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
    },
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
