/** Reading a component of tokenizer.json: its fields by kind, and refusals that name it. */

import { isObject } from "../../formats/json.ts";

/** Fields of a component; each reader refuses what is of another kind. */
export interface Fields {
  /** What the component calls itself. */
  readonly type: string;
  /** Whatever the field holds. */
  get(key: string): unknown;
  /** A truth value; `fallback` where the field is absent, if there is one. */
  flag(key: string, fallback?: boolean): boolean;
  /** A text. */
  text(key: string, fallback?: string): string;
  /** A whole number from `least` up to `most`. */
  whole(key: string, limits: { least: number; most: number; fallback?: number }): number;
  /** One of some words. */
  choice<T extends string>(key: string, words: readonly T[], fallback?: T): T;
  /** A list. */
  list(key: string): readonly unknown[];
}

const ACTION = "Cannot use the model's tokenizer";

/** An error about the model's tokenizer: what was expected, what is there. */
export function tokenizerError(what: string): SyntaxError {
  return new SyntaxError(`${ACTION}: ${what}`);
}

/** A value as an error shows it, a line at most. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** The fields of a component, which stands at `place` of tokenizer.json. */
export function fieldsOf(component: unknown, place: string): Fields {
  if (!isObject(component)) throw tokenizerError(`expected ${place} to be an object`);
  const { type } = component;
  if (typeof type !== "string") {
    throw tokenizerError(`expected ${place} to name its type, got ${shown(type)}`);
  }
  const refuse = (key: string, wanted: string): never => {
    throw tokenizerError(
      `expected ${key} of ${type} in ${place} to be ${wanted}, got ${shown(component[key])}`,
    );
  };
  const get = (key: string) => Object.hasOwn(component, key) ? component[key] : undefined;
  return {
    type,
    get,
    flag: (key, fallback) => {
      const value = get(key) ?? fallback;
      return typeof value === "boolean" ? value : refuse(key, "true or false");
    },
    text: (key, fallback) => {
      const value = get(key) ?? fallback;
      return typeof value === "string" ? value : refuse(key, "a text");
    },
    whole: (key, { least, most, fallback }) => {
      const value = get(key) ?? fallback;
      return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
        ? value
        : refuse(key, `a whole number from ${least} to ${most}`);
    },
    choice: (key, words, fallback) => {
      const value = get(key) ?? fallback;
      return words.find((word) => word === value) ?? refuse(key, `one of ${words.join(", ")}`);
    },
    list: (key) => {
      const value = get(key);
      return Array.isArray(value) ? value : refuse(key, "a list");
    },
  };
}

/** The parts of a Sequence, with their places; more than a hundred, or deeper than ten, are refused. */
export function partsOf(fields: Fields, key: string, place: string): readonly [unknown, string][] {
  const list = fields.list(key);
  if (list.length > 100 || place.split(".").length > 10) {
    throw tokenizerError(`expected ${place} to hold at most 100 components, ten deep`);
  }
  return list.map((part, i) => [part, `${place}.${i}`]);
}

/** Refuses a component that this program has no equal of. */
export function unknownType({ type }: Fields, place: string, known: readonly string[]): never {
  throw tokenizerError(
    `expected ${place} of a known type (${known.join(", ")}), got ${shown(type)}`,
  );
}
