/** Reads values of a study file; every error names the value's path in the file. */

import { isObject } from "../../formats/json.ts";

/** An object of a study file. */
export interface Fields {
  /** Its path, "" at the top. */
  readonly path: string;
  /** Its keys. */
  readonly keys: readonly string[];
  /** A text; a default where the key is absent. */
  text(key: string, fallback?: string): string;
  /** One of some texts. */
  choice<T extends string>(key: string, choices: readonly T[], fallback?: T): T;
  /** A number within bounds. */
  number(key: string, bounds: NumberBounds): number;
  /** true or false. */
  flag(key: string, fallback: boolean): boolean;
  /** A list, each item read by `read`. */
  list<T>(key: string, read: (item: Item) => T, fallback?: readonly T[]): readonly T[];
  /** An object; undefined where the key is absent or false. */
  object(key: string): Fields | undefined;
  /** Its members, each an object. */
  objects(): readonly (readonly [string, Fields])[];
  /** Fails, naming the path of a key. */
  fail(key: string, wanted: string): never;
  /** Fails for a key that is none of those that there may be. */
  refuse(key: string, known: readonly string[]): never;
}

/** Bounds of a number, both included, and its default. */
export interface NumberBounds {
  /** The least. */
  readonly least: number;
  /** The most. */
  readonly most?: number;
  /** Whether it must be an integer. */
  readonly integer?: boolean;
  /** Where the key is absent. */
  readonly fallback?: number;
}

/** An item of a list. */
export interface Item {
  /** It, as JSON gives it. */
  readonly value: unknown;
  /** Fails, naming its path. */
  fail(wanted: string): never;
  /** It as an object. */
  fields(): Fields;
}

/** How every key of an object is read, in the order of the result; `before`: what was read by then. */
export type Readers<T> = {
  readonly [K in keyof T]-?: (fields: Fields, key: string, before: T) => T[K];
};

/**
 * Reads an object that has none but the keys of the readers. What they give goes into the result,
 * but for undefined: such a key is absent.
 */
export function readObject<T>(fields: Fields, readers: Readers<T>): T {
  const known = Object.keys(readers);
  const unknown = fields.keys.find((key) => !known.includes(key));
  if (unknown !== undefined) fields.refuse(unknown, known);
  const found: Record<string, unknown> = {};
  for (const key of known) {
    const value = readers[key as keyof T](fields, key, found as T);
    if (value !== undefined) found[key] = value;
  }
  return found as T;
}

/** Reads a key where it is there. */
export function optional<T>(
  read: (fields: Fields, key: string) => T,
): (fields: Fields, key: string) => T | undefined {
  return (fields, key) => fields.keys.includes(key) ? read(fields, key) : undefined;
}

/** The values of an object by their keys. */
export function readFields(
  value: unknown,
  { file, path }: { readonly file: string; readonly path: string },
): Fields {
  const join = (key: string) => path === "" ? key : `${path}.${key}`;
  const failAt = (at: string, wanted: string, found: unknown): never => {
    const got = found === undefined ? "none" : shorten(JSON.stringify(found));
    throw new SyntaxError(`Cannot use study ${file}: expected ${at} to be ${wanted}, got ${got}`);
  };
  if (!isObject(value)) return failAt(path || "the file", "an object", value);
  const itemAt = (at: string, item: unknown): Item => ({
    value: item,
    fail: (wanted) => failAt(at, wanted, item),
    fields: () => readFields(item, { file, path: at }),
  });
  return {
    path,
    keys: Object.keys(value),
    text(key, fallback) {
      const found = value[key] ?? fallback;
      if (typeof found === "string" && found !== "" || found !== undefined && found === fallback) {
        return found as string;
      }
      return failAt(join(key), "a text", value[key]);
    },
    choice(key, choices, fallback) {
      const found = choices.find((choice) => choice === (value[key] ?? fallback));
      return found ?? failAt(join(key), `one of ${choices.join(", ")}`, value[key]);
    },
    number(key, { least, most = Infinity, integer = false, fallback }) {
      const found = value[key] ?? fallback;
      if (
        typeof found === "number" && (found >= least && found <= most || found === fallback) &&
        (!integer || Number.isInteger(found) || found === fallback)
      ) return found;
      const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
      return failAt(join(key), `${integer ? "an integer" : "a number"} ${range}`, value[key]);
    },
    flag(key, fallback) {
      const found = value[key] ?? fallback;
      return typeof found === "boolean" ? found : failAt(join(key), "true or false", value[key]);
    },
    list(key, read, fallback) {
      const found = value[key];
      if (found === undefined && fallback !== undefined) return fallback;
      if (!Array.isArray(found)) return failAt(join(key), "a list", found);
      return found.map((item, i) => read(itemAt(`${join(key)}[${i}]`, item)));
    },
    object(key) {
      const found = value[key];
      if (found === undefined || found === false) return undefined;
      return readFields(found, { file, path: join(key) });
    },
    objects: () =>
      Object.entries(value).map((
        [key, item],
      ) => [key, readFields(item, { file, path: join(key) })]),
    fail: (key, wanted) => failAt(join(key), wanted, value[key]),
    refuse(key, known) {
      const names = known.join(", ");
      if (path !== "") return failAt(join(key), `absent (there are ${names})`, value[key]);
      throw new SyntaxError(
        `Cannot use study ${file}: expected no ${key}; the file may have ${names}`,
      );
    },
  };
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
