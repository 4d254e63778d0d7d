/** A model's tokenizer, and the pair [CLS] query [SEP] passage [SEP] it makes. */

import { Tokenizer } from "../packages/tokenizers.ts";
import { decodeUtf8, isObject, parseJsonObject } from "../formats/json.ts";
import { type Load, loadOptional } from "../formats/load.ts";
import { type EncoderConfig, families } from "./config.ts";
import { checkPatterns } from "./tokenizer_patterns.ts";

/** What a token of a pair belongs to, in order. */
export const segments = ["[CLS]", "query", "first [SEP]", "passage", "last [SEP]"] as const;

/** A tokenized pair of T tokens. */
export interface EncodedPair {
  /** Word piece ids [T]. */
  readonly ids: Uint32Array;
  /** Token types [T]: 0 up to the first separator, 1 after it; all 0 in models of one type. */
  readonly types: Uint32Array;
  /** Index into {@linkcode segments} [T]. */
  readonly segments: Uint8Array;
  /** Word pieces [T]. */
  readonly tokens: readonly string[];
}

/** Options of {@linkcode PairTokenizer.encode}. */
export interface EncodeOptions {
  /** Longest pair, in tokens; the model's own limit unless given, and never more. */
  readonly maxLength?: number;
  /** `pair`: passage tokens have type 1. `zeros`: every token has type 0. */
  readonly segments?: "pair" | "zeros";
}

/** Makes pairs of tokens. */
export interface PairTokenizer {
  /**
   * [CLS] query [SEP] passage [SEP] (`<s> query </s></s> passage </s>` in RoBERTa), cut to
   * `maxLength` from the longer side first, as Hugging Face's fast tokenizers do.
   */
  encode(query: string, passage: string, options?: EncodeOptions): EncodedPair;
}

/** What a model asks of its tokenizer. */
export type TokenizerLimits = Pick<EncoderConfig, "family" | "maxTokens" | "vocabulary" | "types">;

/** What BERT asks, for a folder that holds a tokenizer alone. */
const bertLimits: TokenizerLimits = {
  family: families[0],
  maxTokens: 512,
  vocabulary: Infinity,
  types: 2,
};

/**
 * Opens tokenizer.json, or builds a WordPiece tokenizer of vocab.txt.
 *
 * @throws {RangeError} where there is neither, {@linkcode SyntaxError} where it cannot be read.
 */
export async function openTokenizer(
  load: Load,
  config: TokenizerLimits = bertLimits,
): Promise<PairTokenizer> {
  const settings = await jsonObject(load, "tokenizer_config.json") ?? {};
  const definition = await jsonObject(load, "tokenizer.json") ?? await wordPiece(load, settings);
  checkPatterns(definition);
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(definition, settings);
  } catch (error) {
    throw new SyntaxError(`Cannot use the model's tokenizer: ${(error as Error).message}`);
  }
  const fairseq = config.family.doubleSeparator;
  const special = (key: string, usual: string) => {
    const setting = settings[key];
    const token = String(isObject(setting) ? setting.content : setting ?? usual);
    const id = tokenizer.token_to_id(token);
    if (id === undefined) {
      throw new RangeError(`Cannot use the model's tokenizer: its vocabulary lacks ${token}`);
    }
    return { id, token };
  };
  const first = special("cls_token", fairseq ? "<s>" : "[CLS]");
  const separator = special("sep_token", fairseq ? "</s>" : "[SEP]");
  const between = fairseq ? 2 : 1;
  const specials = 2 + between;

  function pieces(text: string) {
    const { ids, tokens } = tokenizer.encode(text, { add_special_tokens: false });
    const wrong = ids.findIndex((id) => !(Number.isInteger(id) && id >= 0));
    if (wrong >= 0) {
      throw new RangeError(
        `Cannot encode a pair: expected an id of token ${
          JSON.stringify(tokens[wrong])
        } in the vocabulary, got ${ids[wrong]}`,
      );
    }
    return { ids, tokens };
  }
  return {
    encode(query, passage, { maxLength = Infinity, segments: kind = "pair" } = {}) {
      const limit = Math.min(maxLength, config.maxTokens) - specials;
      if (!(Number.isInteger(limit) && limit >= 2)) {
        throw new RangeError(
          `Cannot encode a pair: expected a whole length of at least ${specials + 2}, got ${
            limit + specials
          }`,
        );
      }
      const q = pieces(query);
      const d = pieces(passage);
      const kept = truncated(q.ids.length, d.ids.length, limit);
      const parts = [
        { segment: 0, ids: [first.id], tokens: [first.token] },
        { segment: 1, ids: q.ids.slice(0, kept[0]), tokens: q.tokens.slice(0, kept[0]) },
        {
          segment: 2,
          ids: Array<number>(between).fill(separator.id),
          tokens: Array<string>(between).fill(separator.token),
        },
        { segment: 3, ids: d.ids.slice(0, kept[1]), tokens: d.tokens.slice(0, kept[1]) },
        { segment: 4, ids: [separator.id], tokens: [separator.token] },
      ];
      const ids = Uint32Array.from(parts.flatMap((part) => part.ids));
      const unknown = ids.find((id) => id >= config.vocabulary);
      if (unknown !== undefined) {
        throw new RangeError(
          `Cannot encode a pair: token id ${unknown} is beyond the model's vocabulary of ${config.vocabulary}`,
        );
      }
      const role = Uint8Array.from(parts.flatMap((part) => part.ids.map(() => part.segment)));
      const second = config.types > 1 && kind === "pair" && !fairseq;
      return {
        ids,
        types: Uint32Array.from(role, (segment) => second && segment > 2 ? 1 : 0),
        segments: role,
        tokens: parts.flatMap((part) => part.tokens),
      };
    },
  };
}

/**
 * How many tokens of two texts remain where both may have `limit` together: the longer is cut to
 * the shorter's length first, then both to halves, the second taking the odd token unless the first
 * was longer (`longest_first` of Hugging Face's tokenizers).
 */
export function truncated(first: number, second: number, limit: number): [number, number] {
  if (first + second <= limit) return [first, second];
  const shorter = Math.min(first, second);
  let [low, high] = [shorter, Math.max(shorter, limit - shorter)];
  if (low + high > limit) {
    low = Math.floor(limit / 2);
    high = limit - low;
  }
  return first > second ? [high, low] : [low, high];
}

async function jsonObject(load: Load, name: string): Promise<Record<string, unknown> | undefined> {
  const bytes = await loadOptional(load, name);
  if (!bytes) return undefined;
  const action = `Cannot read "${name}"`;
  return parseJsonObject(decodeUtf8(bytes, action), action);
}

/** The tokenizer.json that transformers would make of vocab.txt and tokenizer_config.json. */
async function wordPiece(load: Load, settings: Readonly<Record<string, unknown>>) {
  const bytes = await loadOptional(load, "vocab.txt");
  if (!bytes) {
    throw new RangeError(
      "Cannot open the tokenizer: expected tokenizer.json or vocab.txt, found none",
    );
  }
  const words = decodeUtf8(bytes, `Cannot read "vocab.txt"`).split(/\r?\n/);
  if (words.at(-1) === "") words.pop();
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const named = ["unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]
    .map((key) => settings[key]).map((token) => isObject(token) ? token.content : token);
  const special = new Set([...named, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"]);
  return {
    added_tokens: [...special].filter((token) =>
      typeof token === "string" && Object.hasOwn(vocab, token)
    )
      .map((token) => ({
        id: vocab[token as string],
        content: token,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: settings.tokenize_chinese_chars ?? true,
      strip_accents: settings.strip_accents ?? null,
      lowercase: settings.do_lower_case ?? true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}
