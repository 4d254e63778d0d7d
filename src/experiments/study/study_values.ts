/** Values of a study file that several of its sections have: collections, levels, expressions, sets. */

import { parseExpression } from "../sets/expression.ts";
import { parseLevel } from "../sets/levels.ts";
import { resolve } from "../sets/resolve.ts";
import { scopeOf, type SetAtLevel, type Study } from "./study.ts";
import { type Fields, type Item, type Readers, readFields, readObject } from "./study_reader.ts";

/** A section: of defaults where the file lacks it, left out where it says `false`. */
export function section<T>(top: Fields, key: string, readers: Readers<T>): T | undefined {
  const fields = top.keys.includes(key) ? top.object(key) : readFields({}, { file: "", path: key });
  return fields && readObject(fields, readers);
}

/** What names in a study file mean: its collections and sets are read before they are named. */
export type Named = Pick<Study, "collections" | "sets">;

/** The abbreviations of a study's collections. */
export const namesOf = (
  { collections }: { readonly collections: readonly { readonly abbreviation: string }[] },
) => collections.map(({ abbreviation }) => abbreviation);

/** One of some names. */
export const member = ({ value, fail }: Item, names: readonly string[]): string =>
  names.find((name) => name === value) ??
    fail(names.length > 0 ? `one of ${names.join(", ")}` : "absent, as there is none to name");

/** The collection that a section is about unless it says so: the first in domain, else the first. */
export const homeOf = ({ collections }: Pick<Study, "collections">): string =>
  (collections.find(({ inDomain }) => inDomain) ?? collections[0]).abbreviation;

/** Reads the collection that a section is about. */
export const collectionOf = (study: Named) => (fields: Fields, key: string): string =>
  member(itemOf(fields, key, homeOf(study)), namesOf(study));

/** The set that is located, and whose certainty is found, unless others are named. */
export function usualSet(study: Named): SetAtLevel {
  const home = homeOf(study);
  const { schemes } = scopeOf(study);
  return { expression: schemes.has(`N_${home}`) ? `N[${home}]` : `P[${home}]`, level: 0.01 };
}

/** Reads a count: an integer of at least 1, unless `least` says otherwise. */
export const count = (fallback: number, least = 1) => (fields: Fields, key: string): number =>
  fields.number(key, { least, integer: true, fallback });

/** A text of an object, as an item of a list is. */
export const itemOf = (fields: Fields, key: string, fallback?: string): Item => ({
  value: fields.text(key, fallback),
  fail: (wanted) => fields.fail(key, wanted),
  fields: () => fields.fail(key, "a text"),
});

/** A level, as a part of all neurons. */
export function level({ value, fail }: Item): number {
  try {
    return parseLevel(String(value));
  } catch {
    return fail('more than 0 % and at most 100 %, e.g. "0.1%"');
  }
}

/** Reads an expression over a study's schemes. */
export const expressionOf = (study: Named) => {
  const scope = scopeOf(study);
  return ({ value, fail }: Item): string => {
    if (typeof value !== "string") return fail("an expression");
    try {
      resolve(parseExpression(value), value, scope);
    } catch (error) {
      return fail(`an expression (${(error as Error).message})`);
    }
    return value;
  };
};

/** Reads a set at a level. */
export const setAtLevelOf = (study: Named) => (item: Item): SetAtLevel =>
  readObject<SetAtLevel>(item.fields(), {
    expression: (fields, key) => expressionOf(study)(itemOf(fields, key)),
    level: (fields, key) => level(itemOf(fields, key)),
  });
