/** Changes of a study file: values at paths such as `attribution.target`. */

import { isObject } from "../../formats/json.ts";

/** New values by path; null takes a key away. */
export type Edit = Readonly<Record<string, unknown>>;

/**
 * A copy of a file's contents with values put at paths. Objects that a path leads through are made
 * where they are missing.
 *
 * @throws {RangeError} where a path leads through what is no object.
 */
export function edited(
  file: Readonly<Record<string, unknown>>,
  edit: Edit,
): Record<string, unknown> {
  const copy = structuredClone(file) as Record<string, unknown>;
  for (const [path, value] of Object.entries(edit)) {
    const { owner, key } = ownerOf(copy, path);
    if (value === null) delete owner[key];
    else owner[key] = structuredClone(value);
  }
  return copy;
}

/** The value at a path; undefined where there is none. */
export function valueAt(file: Readonly<Record<string, unknown>>, path: string): unknown {
  const keys = keysOf(file, path);
  let value: unknown = file;
  for (const key of keys) {
    if (!isObject(value)) return undefined;
    value = value[key];
  }
  return value;
}

function ownerOf(file: Record<string, unknown>, path: string) {
  const keys = keysOf(file, path);
  const last = keys.pop()!;
  let owner = file;
  for (const key of keys) {
    const next = owner[key] ??= {};
    if (!isObject(next)) {
      throw new RangeError(
        `Cannot set ${path}: expected ${key} to be an object, got ${JSON.stringify(next)}`,
      );
    }
    owner = next;
  }
  return { owner, key: last };
}

/** The keys of a path: names with dots in them, such as those of collections, where the file has them. */
function keysOf(file: unknown, path: string): string[] {
  const parts = path.split(".");
  const keys: string[] = [];
  let value = file;
  while (parts.length > 0) {
    let count = 1;
    for (let length = parts.length; length > 1; length--) {
      const key = parts.slice(0, length).join(".");
      if (isObject(value) && Object.hasOwn(value, key)) {
        count = length;
        break;
      }
    }
    const key = parts.splice(0, count).join(".");
    keys.push(key);
    value = isObject(value) ? value[key] : undefined;
  }
  return keys;
}
