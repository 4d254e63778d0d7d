/** What a checkpoint's config.json says of its encoder. */

import { decodeUtf8, parseJsonObject } from "../formats/json.ts";
import { bertFamilies } from "./families/bert.ts";
import type { EncoderConfig, Family } from "./families/family.ts";
import { configReader } from "./families/reader.ts";
import { readLabels } from "./labels.ts";
import { checkSettings } from "./settings.ts";

export type { EncoderConfig, Family } from "./families/family.ts";

/** What the user may say of a model. */
export interface ConfigOptions {
  /** Which class is relevant, whatever the names of config.json say; see {@linkcode EncoderConfig}. */
  readonly relevantClass?: 0 | 1;
}

/** The families, BERT first. */
export const families: readonly Family[] = [...bertFamilies];

/**
 * Reads config.json.
 *
 * @throws {SyntaxError} where it is no JSON object, {@linkcode TypeError} where it is a model that
 * is not supported, {@linkcode RangeError} where a size is missing or impossible.
 */
export function parseConfig(
  bytes: Uint8Array,
  { relevantClass }: ConfigOptions = {},
): EncoderConfig {
  const action = `Cannot read "config.json"`;
  const json = parseJsonObject(decodeUtf8(bytes, action), action);
  const family = familyOf(json);
  checkSettings(json, family.settings);
  const padding = json.pad_token_id ?? family.padding;
  if (json.pad_token_id === null && family.positionsAfterPadding) {
    throw new RangeError(
      `${action}: expected pad_token_id below vocab_size, got null, and positions count from it`,
    );
  }
  const config = configReader(json);
  const sizes = family.sizes(config, Number(padding));
  const vocabulary = config.size("vocab_size");
  if (
    !(typeof padding === "number" && Number.isInteger(padding) && padding >= 0 &&
      padding < vocabulary)
  ) {
    throw new RangeError(
      `${action}: expected pad_token_id below vocab_size ${vocabulary}, got ${
        JSON.stringify(padding)
      }`,
    );
  }
  return { family, ...sizes, vocabulary, padding, ...readLabels(json, relevantClass) };
}

/** The family by `model_type`, or by the class where there is none; BERT where there is neither. */
function familyOf(json: Readonly<Record<string, unknown>>): Family {
  const type = json.model_type;
  const architecture = Array.isArray(json.architectures) ? json.architectures[0] : undefined;
  if (architecture !== undefined && !/ForSequenceClassification$/.test(String(architecture))) {
    throw new TypeError(
      `Cannot use architecture ${
        JSON.stringify(architecture)
      }: expected a sequence classifier (…ForSequenceClassification)`,
    );
  }
  const byClass = families.find((known) => known.architecture === architecture);
  if (type === undefined || type === null) {
    if (byClass) return byClass;
    if (architecture === undefined) return families[0]; // BERT's of 2019 had neither
    throw new TypeError(
      `Cannot use architecture ${JSON.stringify(architecture)}: expected ${
        families.map((known) => known.architecture).join(", ")
      }`,
    );
  }
  const byType = families.find((known) => known.type === type);
  if (!byType) {
    throw new TypeError(
      `Cannot use model_type ${JSON.stringify(type)}: expected ${
        families.map((known) => known.type).join(", ")
      }`,
    );
  }
  if (architecture !== undefined && byClass !== byType) {
    throw new TypeError(
      `Cannot use architecture ${JSON.stringify(architecture)} with model_type ${
        JSON.stringify(type)
      }: expected ${byType.architecture}`,
    );
  }
  return byType;
}
