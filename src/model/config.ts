/** What a checkpoint's config.json says of its encoder. */

import { decodeUtf8, parseJsonObject } from "../formats/json.ts";

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
  /** Logits: 1 (sigmoid) or 2 (class 1 is relevant). */
  readonly labels: 1 | 2;
  /** ε of every LayerNorm. */
  readonly epsilon: number;
  /** Id of the padding token. */
  readonly padding: number;
}

/** How the families differ outside their layers. */
export interface Family {
  /** `model_type` in config.json. */
  readonly type: "bert" | "electra" | "roberta" | "xlm-roberta";
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
    prefix: "bert.",
    head: { dense: "bert.pooler.dense", classifier: "classifier", activation: "tanh" },
    positionsAfterPadding: false,
    doubleSeparator: false,
  },
  {
    type: "electra",
    prefix: "electra.",
    head: { dense: "classifier.dense", classifier: "classifier.out_proj", activation: "gelu" },
    positionsAfterPadding: false,
    doubleSeparator: false,
  },
  { type: "roberta", ...fairseq },
  { type: "xlm-roberta", ...fairseq },
];

/**
 * Reads config.json.
 *
 * @throws {SyntaxError} where it is no JSON object, {@linkcode TypeError} where it is a model that
 * is not supported, {@linkcode RangeError} where a size is missing or impossible.
 */
export function parseConfig(bytes: Uint8Array): EncoderConfig {
  const action = `Cannot read "config.json"`;
  const json = parseJsonObject(decodeUtf8(bytes, action), action);
  const type = json.model_type ?? "bert"; // MonoBERT's config of 2020 has it; some older ones do not
  const family = families.find((known) => known.type === type);
  const architecture = Array.isArray(json.architectures) ? json.architectures[0] : undefined;
  if (!family) {
    throw new TypeError(
      `Cannot use model_type ${JSON.stringify(type)}: expected ${
        families.map((known) => known.type).join(", ")
      }`,
    );
  }
  if (architecture !== undefined && !/ForSequenceClassification$/.test(String(architecture))) {
    throw new TypeError(
      `Cannot use architecture ${
        JSON.stringify(architecture)
      }: expected a sequence classifier (…ForSequenceClassification)`,
    );
  }
  const activation = json.hidden_act ?? "gelu";
  if (activation !== "gelu") {
    throw new TypeError(`Cannot use hidden_act ${JSON.stringify(activation)}: expected "gelu"`);
  }
  const scheme = json.position_embedding_type ?? "absolute";
  if (scheme !== "absolute") {
    throw new TypeError(
      `Cannot use position_embedding_type ${JSON.stringify(scheme)}: expected "absolute"`,
    );
  }
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
    embeddingWidth: type === "electra" ? size("embedding_size", width) : width,
    heads,
    inner: size("intermediate_size"),
    positions,
    maxTokens: positions - (family.positionsAfterPadding ? padding + 1 : 0),
    types: size("type_vocab_size", 2),
    vocabulary,
    labels: labelCount(json),
    epsilon,
    padding,
  };
}

function labelCount(json: Readonly<Record<string, unknown>>): 1 | 2 {
  const names = json.id2label;
  const count = typeof names === "object" && names !== null
    ? Object.keys(names).length
    : json.num_labels ?? 2;
  if (count !== 1 && count !== 2) {
    throw new TypeError(`Cannot use ${JSON.stringify(count)} labels: expected 1 or 2`);
  }
  return count;
}
