/** Reads numbers of config.json, with one sentence for each that is impossible. */

import { isObject } from "../../formats/json.ts";

const action = `Cannot read "config.json"`;

/** A config.json, read key by key. */
export interface ConfigReader {
  readonly json: Readonly<Record<string, unknown>>;
  /** A positive integer. */
  size(key: string, fallback?: number): number;
  /** A positive integer that divides another. */
  divisor(key: string, of: number, fallback: number): number;
  /** A number within bounds. */
  number(key: string, bounds: Bounds): number;
  /** True or false. */
  flag(key: string, fallback: boolean): boolean;
  /** One of some words; the first unless given. */
  choice<T extends string>(key: string, words: readonly T[]): T;
  /** A list of `count` of some words; undefined where there is none. */
  list<T extends string>(key: string, words: readonly T[], count: number): readonly T[] | undefined;
  /**
   * θ of rotary positions: `rope_theta` of the object at a path of keys, which must name no other kind of
   * rotation than the default; `fallback` where it gives none.
   */
  rotary(path: string, fallback: number): number;
}

/** Bounds of a number, and what it is where it is not given. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly fallback: number;
}

/** Reads the keys of an object. */
export function configReader(json: Readonly<Record<string, unknown>>): ConfigReader {
  const wrong = (key: string, wanted: string, value: unknown) =>
    new RangeError(`${action}: expected ${key} ${wanted}, got ${JSON.stringify(value)}`);
  return {
    json,
    size(key, fallback) {
      const value = json[key] ?? fallback;
      if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 2 ** 24) {
        return value;
      }
      throw wrong(key, "to be a positive integer", value);
    },
    divisor(key, of, fallback) {
      const value = json[key] ?? fallback;
      if (typeof value === "number" && Number.isInteger(value) && value >= 1 && of % value === 0) {
        return value;
      }
      throw wrong(key, `to divide ${of}`, value);
    },
    number(key, { low, high, fallback }) {
      const value = json[key] ?? fallback;
      if (typeof value === "number" && value >= low && value <= high) return value;
      throw wrong(key, `in [${low}, ${high}]`, value);
    },
    flag(key, fallback) {
      const value = json[key] ?? fallback;
      if (typeof value === "boolean") return value;
      throw wrong(key, "to be true or false", value);
    },
    choice(key, words) {
      const value = json[key] ?? words[0];
      const found = words.find((word) => word === value);
      if (found !== undefined) return found;
      throw wrong(key, `to be ${words.join(" or ")}`, value);
    },
    list(key, words, count) {
      const value = json[key];
      if (value === undefined || value === null) return undefined;
      const list = Array.isArray(value)
        ? value.map((one) => words.find((word) => word === one))
        : [];
      if (list.length === count && list.every((word) => word !== undefined)) return list;
      throw wrong(key, `to be a list of ${count}, each ${words.join(" or ")}`, value);
    },
    rotary(path, fallback) {
      const found = path.split(".").reduce<unknown>(
        (at, key) => isObject(at) ? at[key] : undefined,
        json,
      );
      if (found === undefined || found === null) return fallback;
      const { rope_theta: theta = fallback, rope_type: kind = "default" } = isObject(found)
        ? found
        : {};
      if (kind !== "default") throw wrong(`${path}.rope_type`, "to be default", kind);
      if (typeof theta === "number" && theta >= 1 && theta <= 1e12) return theta;
      throw wrong(`${path}.rope_theta`, "in [1, 1e12]", theta);
    },
  };
}

/** H, which must divide the width that it shares out. */
export function headsOf(config: ConfigReader, width: number, key = "num_attention_heads"): number {
  const heads = config.size(key);
  if (width % heads === 0) return heads;
  throw new RangeError(`${action}: expected ${key} to divide hidden_size ${width}, got ${heads}`);
}
