/** What a checkpoint's config.json says of its encoder. */

import { decodeUtf8, parseJsonObject } from "../formats/json.ts";
import { readLabels } from "./labels.ts";
import { checkSettings } from "./settings.ts";

/** An encoder with a classification head, of any of the families that share BERT's layer. */
export interface EncoderConfig {
  /** How weights are named, what the head is, where positions start. */
  readonly family: Family;
  /** L, number of layers. */
  readonly layers: number;
  /** C, width of the residual stream. */
  readonly width: number;
  /** Width of the embeddings; ELECTRA projects where it is not C. */
  readonly embeddingWidth: number;
  /** H, attention heads. */
  readonly heads: number;
  /** I, width of the feed-forward layer. */
  readonly inner: number;
  /** Longest input, in tokens. */
  readonly maxTokens: number;
  /** Lines of the position table; `maxTokens` and those that padding takes. */
  readonly positions: number;
  /** Token types, 1 or 2. */
  readonly types: number;
  /** Word pieces. */
  readonly vocabulary: number;
  /** Logits: 1 (sigmoid) or 2 (softmax). */
  readonly labels: 1 | 2;
  /** Which of two classes is relevant; of a single output, 0 where relevance lowers it. */
  readonly relevantClass: 0 | 1;
  /** ε of every LayerNorm. */
  readonly epsilon: number;
  /** Id of the padding token. */
  readonly padding: number;
  /** What the user should know of how config.json was read. */
  readonly notes: readonly string[];
}

/** What the user may say of a model. */
export interface ConfigOptions {
  /** Which class is relevant, whatever the names of config.json say; see {@linkcode EncoderConfig}. */
  readonly relevantClass?: 0 | 1;
}

/** How the families differ outside their layers. */
export interface Family {
  /** `model_type` in config.json. */
  readonly type: "bert" | "electra" | "roberta" | "xlm-roberta" | "camembert";
  /** The class of `architectures` in config.json. */
  readonly architecture: string;
  /** First part of the names of the encoder's weights. */
  readonly prefix: string;
  /** Names of the head's two linears, and what lies between them. */
  readonly head: {
    readonly dense: string;
    readonly classifier: string;
    readonly activation: "tanh" | "gelu";
  };
  /** Whether positions are counted from the padding id + 1, as in fairseq. */
  readonly positionsAfterPadding: boolean;
  /** Whether two separators stand between query and passage. */
  readonly doubleSeparator: boolean;
}

const fairseq = {
  prefix: "roberta.",
  head: { dense: "classifier.dense", classifier: "classifier.out_proj", activation: "tanh" },
  positionsAfterPadding: true,
  doubleSeparator: true,
} as const;

/** The families, BERT first. */
export const families: readonly Family[] = [
  {
    type: "bert",
    architecture: "BertForSequenceClassification",
    prefix: "bert.",
    head: { dense: "bert.pooler.dense", classifier: "classifier", activation: "tanh" },
    positionsAfterPadding: false,
    doubleSeparator: false,
  },
  {
    type: "electra",
    architecture: "ElectraForSequenceClassification",
    prefix: "electra.",
    head: { dense: "classifier.dense", classifier: "classifier.out_proj", activation: "gelu" },
    positionsAfterPadding: false,
    doubleSeparator: false,
  },
  { type: "roberta", architecture: "RobertaForSequenceClassification", ...fairseq },
  { type: "xlm-roberta", architecture: "XLMRobertaForSequenceClassification", ...fairseq },
  { type: "camembert", architecture: "CamembertForSequenceClassification", ...fairseq },
];

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
  checkSettings(json);
  const size = (key: string, fallback?: number): number => {
    const value = json[key] ?? fallback;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > 2 ** 24) {
      throw new RangeError(
        `${action}: expected ${key} to be a positive integer, got ${JSON.stringify(value)}`,
      );
    }
    return value;
  };
  const padding = json.pad_token_id ?? (family.positionsAfterPadding ? 1 : 0);
  if (json.pad_token_id === null && family.positionsAfterPadding) {
    throw new RangeError(
      `${action}: expected pad_token_id below vocab_size, got null, and positions count from it`,
    );
  }
  const epsilon = json.layer_norm_eps ?? 1e-12;
  if (typeof epsilon !== "number" || !(epsilon >= 0) || epsilon > 1) {
    throw new RangeError(`${action}: expected layer_norm_eps in [0, 1], got ${epsilon}`);
  }
  const width = size("hidden_size");
  const heads = size("num_attention_heads");
  const positions = size("max_position_embeddings");
  const vocabulary = size("vocab_size");
  if (width % heads !== 0) {
    throw new RangeError(
      `${action}: expected num_attention_heads to divide hidden_size ${width}, got ${heads}`,
    );
  }
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
  return {
    family,
    layers: size("num_hidden_layers"),
    width,
    embeddingWidth: family.type === "electra" ? size("embedding_size", 128) : width,
    heads,
    inner: size("intermediate_size"),
    positions,
    maxTokens: positions - (family.positionsAfterPadding ? padding + 1 : 0),
    types: size("type_vocab_size", 2),
    vocabulary,
    epsilon,
    padding,
    ...readLabels(json, relevantClass),
  };
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
