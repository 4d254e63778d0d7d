/** The schemes of a study: their names and files, and which of them were made elsewhere. */

import type { Label } from "../../ir/words.ts";
import type { SchemeName } from "../sets/resolve.ts";
import { schemesOfStudy, type Study, type StudyCollection } from "./study.ts";

/** A scheme of a study. */
export interface StudyScheme {
  readonly name: SchemeName;
  readonly label: Label;
  /** The collection that it is of. */
  readonly of: StudyCollection;
}

/** A scheme that was made elsewhere, such as on a cluster. */
export interface ImportedScheme extends StudyScheme {
  /** Its key in the study file. */
  readonly key: string;
  /** As the study names it. */
  readonly file: string;
}

/** A scheme's name as expressions have it: `P[ms]`. */
export const shownName = (name: SchemeName) => `${name[0]}[${name.slice(2)}]`;

/** The file of a scheme, from the study's folder. */
export const schemeFile = (name: SchemeName) => `schemes/${name}.safetensors`;

/** The file of a collection's triples, from the study's folder. */
export const triplesFile = ({ abbreviation }: Pick<StudyCollection, "abbreviation">) =>
  `schemes/triples_${abbreviation}.safetensors`;

/** The list of a collection's triples by their ids. */
export const triplesList = (one: Pick<StudyCollection, "abbreviation">) =>
  triplesFile(one).replace(/safetensors$/, "tsv");

/** A collection of the study by its abbreviation. */
export function collectionNamed({ collections }: Study, abbreviation: string): StudyCollection {
  return collections.find((one) => one.abbreviation === abbreviation)!;
}

/** A collection without what says where its schemes are. */
export function withoutFiles({ schemes: _, ...one }: StudyCollection) {
  return one;
}

/** What of a collection decides which pairs are taken. */
export function selectionOf(
  { name: _, task: __, inDomain: ___, schemes: ____, ...one }: StudyCollection,
) {
  return one;
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
export function needsPairs(
  study: Study,
  { abbreviation, labels, schemes }: StudyCollection,
): boolean {
  const { baselines, traces, convergence, describe, segments, ablation, faithfulness } = study;
  return segments !== undefined || labels.some((label) => schemes?.[label] === undefined) ||
    [baselines, traces, convergence, describe, faithfulness, ablation?.means].some((part) =>
      part?.collection === abbreviation
    );
}
