/**
 * The files of a folder that make its tokenizer: tokenizer.json or vocab.txt, and beside them
 * tokenizer_config.json, special_tokens_map.json and added_tokens.json, read as transformers reads them.
 */

import { decodeUtf8, isObject } from "../../formats/json.ts";
import { loadJsonObject } from "../../formats/json_file.ts";
import { type Load, loadOptional } from "../../formats/load.ts";
import { type AddedToken, addedToken } from "./added_tokens.ts";
import { shown, tokenizerError } from "./read.ts";

type Json = Readonly<Record<string, unknown>>;

/** What the files say. */
export interface TokenizerFiles {
  readonly normalizer: unknown;
  readonly preTokenizer: unknown;
  readonly postProcessor: unknown;
  readonly model: unknown;
  readonly addedTokens: readonly AddedToken[];
  /** The token that a role has: `cls_token`, `sep_token`, …; undefined where no file says. */
  readonly special: (role: string) => string | undefined;
  /** Longest pair that tokenizer_config.json gives, in tokens. */
  readonly modelMaxLength: number | undefined;
  /** What the user should know. */
  readonly notes: readonly string[];
}

/** Roles of special tokens. */
const roles = ["unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] as const;

/** Their names in a BERT. */
const usual: Readonly<Record<typeof roles[number], string>> = {
  unk_token: "[UNK]",
  sep_token: "[SEP]",
  pad_token: "[PAD]",
  cls_token: "[CLS]",
  mask_token: "[MASK]",
};

/** Settings of tokenizer_config.json that would change tokens, and their only value that does not. */
const harmless: Readonly<Record<string, readonly unknown[]>> = {
  do_basic_tokenize: [true],
  truncation_side: ["right"],
  split_special_tokens: [false],
  never_split: [null],
};

/** Reads them. */
export async function readTokenizerFiles(load: Load): Promise<TokenizerFiles> {
  const config = await loadJsonObject(load, "tokenizer_config.json") ?? {};
  const decoder = config.added_tokens_decoder;
  // transformers heeds the older files only where the newer entry is absent
  const map = decoder === undefined
    ? await loadJsonObject(load, "special_tokens_map.json") ?? {}
    : {};
  const settings: Json = { ...config, ...map };
  for (const [key, allowed] of Object.entries(harmless)) {
    const value = settings[key];
    if (value === undefined || allowed.includes(value)) continue;
    if (key === "never_split" && Array.isArray(value) && value.length === 0) continue;
    throw tokenizerError(
      `expected ${key} of tokenizer_config.json to be ${
        allowed.map((one) => JSON.stringify(one)).join(" or ")
      }, got ${shown(value)}`,
    );
  }
  const special = (role: string) => tokenName(settings[role], role);
  const length = settings.model_max_length;
  const modelMaxLength = typeof length === "number" ? length : undefined;
  const definition = await loadJsonObject(load, "tokenizer.json");
  const neighbours = await addedBeside(load, decoder, { special });
  if (!definition) {
    const vocabulary = await wordPiece(load, { settings, special });
    const known = new Set(neighbours.map(({ content }) => content));
    return {
      ...vocabulary,
      addedTokens: [
        ...neighbours.filter(({ id }) => id !== undefined).sort((a, b) => a.id! - b.id!),
        ...roles.map((role) => special(role) ?? usual[role]).filter((token) => !known.has(token))
          .map((content) => addedToken({ content, special: true }, "a special token")),
      ],
      special,
      modelMaxLength,
      notes: [],
    };
  }
  const own = definition.added_tokens ?? [];
  if (!Array.isArray(own)) {
    throw tokenizerError(`expected added_tokens to be a list, got ${shown(own)}`);
  }
  const tokens = own.map((token, i) => addedToken(token, `added_tokens.${i}`));
  const have = new Set(tokens.map(({ content }) => content));
  const { normalizer, notes } = normalizerOf(definition, settings);
  const prefix = prefixSpaceOf(definition.pre_tokenizer, settings.add_prefix_space);
  return {
    normalizer,
    preTokenizer: prefix.preTokenizer,
    postProcessor: definition.post_processor,
    model: definition.model,
    addedTokens: [...tokens, ...neighbours.filter(({ content }) => !have.has(content))],
    special,
    modelMaxLength,
    notes: [...notes, ...prefix.notes],
  };
}

/** A special token's text, which stands as such or as an object. */
function tokenName(value: unknown, role: string): string | undefined {
  const name = isObject(value) ? value.content : value;
  if (name === undefined || name === null) return undefined;
  if (typeof name === "string") return name;
  throw tokenizerError(
    `expected ${role} of tokenizer_config.json to be a token, got ${shown(name)}`,
  );
}

/** Tokens of added_tokens_decoder, or of the older added_tokens.json. */
async function addedBeside(
  load: Load,
  decoder: unknown,
  { special }: Pick<TokenizerFiles, "special">,
): Promise<readonly AddedToken[]> {
  if (decoder !== undefined) {
    if (!isObject(decoder)) {
      throw tokenizerError(`expected added_tokens_decoder to be an object, got ${shown(decoder)}`);
    }
    return Object.entries(decoder).map(([id, token]) =>
      addedToken(isObject(token) ? { ...token, id: Number(id) } : token, `added token ${shown(id)}`)
    );
  }
  const named = new Set(roles.map((role) => special(role) ?? usual[role]));
  return Object.entries(await loadJsonObject(load, "added_tokens.json") ?? {}).map((
    [content, id],
  ) => addedToken({ content, id, special: named.has(content) }, `added token ${shown(content)}`))
    .sort((a, b) => a.id! - b.id!);
}

/**
 * tokenizer.json's normalizer, in which tokenizer_config.json's settings win, as in transformers'
 * tokenizers of BERT and ELECTRA; its class for any tokenizer.json does not look at them.
 */
function normalizerOf(definition: Json, settings: Json): { normalizer: unknown; notes: string[] } {
  const normalizer = definition.normalizer;
  if (!isObject(normalizer) || normalizer.type !== "BertNormalizer") {
    return { normalizer, notes: [] };
  }
  const given: Json = {
    lowercase: settings.do_lower_case,
    strip_accents: settings.strip_accents,
    handle_chinese_chars: settings.tokenize_chinese_chars,
  };
  const differing = Object.entries(given).filter(([key, value]) =>
    value !== undefined && value !== (normalizer[key] ?? null)
  );
  if (differing.length === 0) return { normalizer, notes: [] };
  const plain = /^(PreTrainedTokenizerFast|TokenizersBackend)$/;
  const wins = !plain.test(String(settings.tokenizer_class));
  const notes = differing.map(([key, value]) =>
    `tokenizer_config.json and tokenizer.json differ on ${key}: ${
      wins
        ? `${shown(value)} of the former holds, as in transformers`
        : `${
          shown(normalizer[key])
        } of the latter holds, as in transformers' ${settings.tokenizer_class}`
    }`
  );
  return {
    normalizer: wins ? { ...normalizer, ...Object.fromEntries(differing) } : normalizer,
    notes,
  };
}

/** tokenizer.json's pre-tokenizer, in which add_prefix_space of tokenizer_config.json wins, as in RoBERTa's. */
function prefixSpaceOf(preTokenizer: unknown, setting: unknown): {
  preTokenizer: unknown;
  notes: string[];
} {
  const same = { preTokenizer, notes: [] };
  if (!isObject(preTokenizer) || typeof setting !== "boolean") return same;
  if (preTokenizer.type !== "ByteLevel" || preTokenizer.add_prefix_space === setting) return same;
  return {
    preTokenizer: { ...preTokenizer, add_prefix_space: setting },
    notes: [
      `tokenizer_config.json and tokenizer.json differ on add_prefix_space: ${setting} of the former holds, as in transformers`,
    ],
  };
}

/** The components that transformers would make of vocab.txt and tokenizer_config.json. */
async function wordPiece(
  load: Load,
  { settings, special }: { readonly settings: Json } & Pick<TokenizerFiles, "special">,
) {
  const bytes = await loadOptional(load, "vocab.txt");
  if (!bytes) {
    throw new RangeError(
      "Cannot open the tokenizer: expected tokenizer.json or vocab.txt, found none",
    );
  }
  const words = decodeUtf8(bytes, `Cannot read "vocab.txt"`).split(/\r\n|\r|\n/);
  if (words.at(-1) === "") words.pop();
  return {
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: settings.tokenize_chinese_chars ?? true,
      strip_accents: settings.strip_accents ?? null,
      lowercase: settings.do_lower_case ?? true,
    },
    preTokenizer: { type: "BertPreTokenizer" },
    postProcessor: undefined,
    model: {
      type: "WordPiece",
      unk_token: special("unk_token") ?? usual.unk_token,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  };
}
