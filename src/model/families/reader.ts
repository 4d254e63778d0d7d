/** Reads numbers of config.json, with one sentence for each that is impossible. */

const action = `Cannot read "config.json"`;

/** A config.json, read key by key. */
export interface ConfigReader {
  readonly json: Readonly<Record<string, unknown>>;
  /** A positive integer. */
  size(key: string, fallback?: number): number;
  /** A number within bounds. */
  number(
    key: string,
    bounds: { readonly low: number; readonly high: number; readonly fallback: number },
  ): number;
}

/** Reads the keys of an object. */
export function configReader(json: Readonly<Record<string, unknown>>): ConfigReader {
  return {
    json,
    size(key, fallback) {
      const value = json[key] ?? fallback;
      if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 2 ** 24) {
        return value;
      }
      throw new RangeError(
        `${action}: expected ${key} to be a positive integer, got ${JSON.stringify(value)}`,
      );
    },
    number(key, { low, high, fallback }) {
      const value = json[key] ?? fallback;
      if (typeof value === "number" && value >= low && value <= high) return value;
      throw new RangeError(
        `${action}: expected ${key} in [${low}, ${high}], got ${value}`,
      );
    },
  };
}

/** H, which must divide the width that it shares out. */
export function headsOf(config: ConfigReader, width: number, key = "num_attention_heads"): number {
  const heads = config.size(key);
  if (width % heads === 0) return heads;
  throw new RangeError(`${action}: expected ${key} to divide hidden_size ${width}, got ${heads}`);
}
