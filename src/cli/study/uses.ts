/** What a study reads, as its file names it, and what it writes. */

import { importedSchemes } from "../../../internal.ts";
import type { FileUse } from "../check_files.ts";
import type { FileRole } from "../command.ts";
import { collectionFiles } from "../options/dataset.ts";
import { modelOptions } from "../options/model.ts";
import type { StudyContext } from "./context.ts";

/** The files that a study writes to its folder; its copy of the study file may be that file. */
export const studyFiles: FileRole = {
  use: "written",
  holds: (path) =>
    /^(results\.json|report\.(html|md)|(schemes|sets|data|steps|indexes|tables|figures)\/.*)$/
      .test(path),
  deep: true,
};

/** All of them, named by the keys of the study file; `written`: what goes to its folder. */
export function usesOfStudy(
  { study, path, output }: StudyContext,
  written: FileRole = studyFiles,
): FileUse[] {
  const model = modelOptions.model.file!;
  const models = [path(study.model), study.model].flatMap(model.paths!).slice(0, 1);
  const folders = [
    ...study.collections.map((one) => ({ part: "collections", ...one })),
    ...study.validation.map((one) => ({ part: "validation", ...one })),
  ];
  const reads: FileRole = { use: "read" };
  return [
    { by: "Option --output", path: output, role: written },
    ...models.map((folder) => ({ by: "model", path: folder, role: model })),
    ...folders.map(({ part, abbreviation, folder }) => ({
      by: `${part}.${abbreviation}.folder`,
      path: path(folder),
      role: collectionFiles,
    })),
    ...(study.describe?.synonyms === undefined
      ? []
      : [{ by: "describe.synonyms", path: path(study.describe.synonyms), role: reads }]),
    ...importedSchemes(study).map(({ key, file }) => ({ by: key, path: path(file), role: reads })),
    ...study.validation.flatMap(({ abbreviation, candidates }) =>
      candidates === undefined ? [] : [{
        by: `validation.${abbreviation}.candidates`,
        path: path(candidates),
        role: reads,
      }]
    ),
  ];
}
