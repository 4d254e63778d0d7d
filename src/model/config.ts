/** What a checkpoint's config.json says of its encoder. */

import { decodeUtf8, parseJsonObject } from "../formats/json.ts";
import { bertEncoders, bertFamilies } from "./families/bert.ts";
import { deberta } from "./families/deberta.ts";
import { modernbert, modernbertEncoder } from "./families/modernbert.ts";
import { qwenFamilies } from "./families/qwen.ts";
import { t5 } from "./families/t5.ts";
import type { EncoderConfig, Family, ModelConfig } from "./families/family.ts";
import { configReader } from "./families/reader.ts";
import { type Labels, readLabels } from "./labels.ts";
import type { ModuleHead } from "./modules.ts";
import { checkSettings } from "./settings.ts";

export type { EncoderConfig, Family, FamilyFacts, ModelConfig } from "./families/family.ts";

/** What the user may say of a model. */
export interface ConfigOptions {
  /** Which class is relevant, whatever the names of config.json say; see {@linkcode EncoderConfig}. */
  readonly relevantClass?: 0 | 1;
  /** The prompt that pairs are read in, for families that read one: a text with {query} and {document}. */
  readonly template?: string;
}

/** The families, BERT first. */
export const families: readonly Family[] = [
  ...bertFamilies,
  modernbert,
  modernbertEncoder,
  ...bertEncoders,
  deberta,
  ...qwenFamilies,
  t5,
];

/** `model_type` of every family, each once. */
export const familyNames: readonly string[] = [...new Set(families.map(({ type }) => type))];

/**
 * Reads config.json.
 *
 * @throws {SyntaxError} where it is no JSON object, {@linkcode TypeError} where it is a model that
 * is not supported, {@linkcode RangeError} where a size is missing or impossible.
 */
export function parseConfig(
  bytes: Uint8Array,
  { relevantClass, template, modules }: ConfigOptions & { readonly modules?: ModuleHead } = {},
): ModelConfig {
  const action = `Cannot read "config.json"`;
  const json = parseJsonObject(decodeUtf8(bytes, action), action);
  const family = familyOf(json);
  if ((family.needsModules ?? false) !== (modules !== undefined)) {
    throw new TypeError(
      modules
        ? `Cannot use modules.json with architecture ${family.architecture}: expected a Transformer in "" alone, or an encoder without a head`
        : `Cannot use architecture ${family.architecture}: expected modules.json with what makes a score of it`,
    );
  }
  if ((modules?.splade ?? false) !== (family.readsVocabulary ?? false)) {
    throw new TypeError(
      modules?.splade
        ? `Cannot use modules.json with architecture ${family.architecture}: expected a masked language model's head (BertForMaskedLM) before a SpladePooling`
        : `Cannot use modules.json with architecture ${family.architecture}: expected a SpladePooling behind it, as its head makes logits of words`,
    );
  }
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
  const isId = (value: unknown): value is number =>
    typeof value === "number" && Number.isInteger(value) && value >= 0 && value < vocabulary;
  if (padding !== undefined && !isId(padding)) {
    throw new RangeError(
      `${action}: expected pad_token_id below vocab_size ${vocabulary}, got ${
        JSON.stringify(padding)
      }`,
    );
  }
  const labels: Labels = family.generates
    ? { labels: 2, relevantClass: relevantClass ?? 1, notes: [] }
    : modules
    ? {
      labels: labelsOf(modules, sizes.width, relevantClass),
      relevantClass: relevantClass ?? 1,
      notes: modules.notes ?? [],
    }
    : readLabels(json, relevantClass);
  return {
    ...{ family, ...sizes, vocabulary, padding: padding ?? UNKNOWN, ...labels },
    ...(modules ? { modules } : {}),
    ...(modules?.similarity ? textsOf(modules, sizes) : {}),
    ...templateOf(family, template),
  };
}

/** How two texts are compared, and how long each may be. */
function textsOf(
  { similarity, late, maxTokens = Infinity }: ModuleHead,
  sizes: Pick<EncoderConfig, "maxTokens">,
) {
  if (!late) return { similarity, maxTokens: Math.min(sizes.maxTokens, maxTokens) };
  const { queryTokens, passageTokens } = late;
  if (queryTokens <= sizes.maxTokens) {
    const longest = Math.max(queryTokens, passageTokens);
    const most = Math.min(sizes.maxTokens, passageTokens);
    return {
      similarity,
      late: { ...late, passageTokens: most },
      maxTokens: Math.min(sizes.maxTokens, longest),
    };
  }
  throw new RangeError(
    `Cannot use queries of ${queryTokens} tokens (query_maxlen, query_length): expected at most the model's ${sizes.maxTokens} positions`,
  );
}

/** Scores that modules give; their layers must fit one another. */
function labelsOf(
  { layers, similarity }: ModuleHead,
  width: number,
  relevantClass: 0 | 1 | undefined,
): 1 | 2 {
  let now = width;
  for (const layer of layers) {
    const inputs = layer.kind === "dense" ? layer.inputs : layer.width;
    if (inputs !== now) {
      throw new RangeError(
        `Cannot use ${layer.path}/config.json: expected ${now} inputs, as what comes before it gives, got ${inputs}`,
      );
    }
    if (layer.kind === "dense") now = layer.outputs;
  }
  if (similarity) {
    if (relevantClass === undefined) return 1;
    throw new TypeError(
      "Cannot use --relevant-class (relevantClass) with a bi-encoder: expected none, as a similarity has no classes",
    );
  }
  if ((now === 1 || now === 2) && layers.at(-1)?.kind === "dense") return now;
  throw new RangeError(
    `Cannot use modules.json: expected a last Dense with 1 or 2 outputs, a score, got ${now}`,
  );
}

/** The padding id until the tokenizer says it. */
const UNKNOWN = -1;

/** The prompt: the user's, or the one that is known for the family. */
function templateOf(family: Family, template: string | undefined): { readonly template?: string } {
  if (!family.template) {
    if (template === undefined) return {};
    throw new TypeError(
      `Cannot use --template with model_type ${
        JSON.stringify(family.type)
      }: expected none, as it reads query and passage as a pair`,
    );
  }
  const text = template ?? family.template.text;
  if (text !== undefined) return { template: text };
  throw new TypeError(
    `Cannot use model_type ${
      JSON.stringify(family.type)
    } as it stands: expected --template "… {query} … {document} …", as no prompt is known for ${family.architecture}`,
  );
}

/**
 * The family that recognises the file as its own; else by `model_type` and class, or by the class alone
 * where there is no type; BERT where there is neither.
 */
function familyOf(json: Readonly<Record<string, unknown>>): Family {
  const own = families.find(({ recognises }) => recognises?.(json));
  if (own) return own;
  const known = families.filter(({ recognises }) => !recognises);
  const type = json.model_type;
  const architecture = Array.isArray(json.architectures) ? json.architectures[0] : undefined;
  const hasType = type !== undefined && type !== null;
  if (!hasType && architecture === undefined) return known[0]; // BERT's of 2019 had neither
  const ofType = hasType ? known.filter((family) => family.type === type) : known;
  if (ofType.length === 0) {
    throw new TypeError(
      `Cannot use model_type ${JSON.stringify(type)}: expected ${
        listed(known.map((family) => family.type))
      }`,
    );
  }
  if (architecture === undefined) return ofType[0];
  const found = ofType.find((family) => family.architecture === architecture);
  if (found) return found;
  throw new TypeError(
    `Cannot use architecture ${JSON.stringify(architecture)}${
      hasType ? ` with model_type ${JSON.stringify(type)}` : ""
    }: expected ${listed(ofType.map((family) => family.architecture))}`,
  );
}

/** Names, each once. */
const listed = (names: readonly string[]) => [...new Set(names)].join(", ");
