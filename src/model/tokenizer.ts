/** A model's tokenizer, and the pair [CLS] query [SEP] passage [SEP] it makes. */

import type { Load } from "../formats/load.ts";
import { type EncoderConfig, families } from "./config.ts";
import { addedTokenSplitter, idsOf } from "./tokenizer/added_tokens.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./tokenizer/files.ts";
import { lateReader } from "./tokenizer/late.ts";
import { openModel } from "./tokenizer/models.ts";
import { makeNormalizer } from "./tokenizer/normalizers.ts";
import { type PairTemplate, readTemplate } from "./tokenizer/pair_template.ts";
import { aroundOne, parsePrompt, promptTokens } from "./tokenizer/prompt.ts";
import { makePreTokenizer } from "./tokenizer/pre_tokenizers.ts";
import { shown, tokenizerError } from "./tokenizer/read.ts";
import type { Token } from "./tokenizer/tokens.ts";

/** What a token of a pair belongs to, in order. */
export const segments: readonly Segment[] = [
  "[CLS]",
  "query",
  "first [SEP]",
  "passage",
  "last [SEP]",
];

/** The same of a prompt: `template` is all of its own words. */
const promptSegments: readonly Segment[] = ["start", "query", "template", "passage", "end"];

/** What a token of a pair, or of a prompt, belongs to. */
export type Segment =
  | "[CLS]"
  | "query"
  | "first [SEP]"
  | "passage"
  | "last [SEP]"
  | "start"
  | "template"
  | "end";

/** A tokenized pair of T tokens; of a bi-encoder [CLS] query [SEP], then [CLS] passage [SEP]. */
export interface EncodedPair {
  /** Word piece ids [T]. */
  readonly ids: Uint32Array;
  /** Token types [T]: 0 up to the first separator, 1 after it; all 0 in models of one type. */
  readonly types: Uint32Array;
  /** Index into {@linkcode PairTokenizer.segmentNames} [T]; a passage's own [CLS] counts for "first [SEP]". */
  readonly segments: Uint8Array;
  /** Word pieces [T]. */
  readonly tokens: readonly string[];
  /** Where the passage's text begins, in models that encode query and passage apart. */
  readonly second?: number;
  /** Of ColBERT: how many of the query's last tokens, its [MASK]s, no token attends to. */
  readonly unseen?: number;
  /** Of ColBERT: 0 for tokens that maxima over the passage's leave out, else 1 [T]. */
  readonly counted?: Uint8Array;
}

/** The texts of a pair that are encoded together: all its tokens, or query and passage apart. */
export function textsOf(
  { ids, second }: Pick<EncodedPair, "ids" | "second">,
): readonly { readonly first: number; readonly count: number }[] {
  if (second === undefined) return [{ first: 0, count: ids.length }];
  return [{ first: 0, count: second }, { first: second, count: ids.length - second }];
}

/** Options of {@linkcode PairTokenizer.encode}. */
export interface EncodeOptions {
  /** Longest pair, or text of a bi-encoder, in tokens; the model's own limit unless given, and never more. */
  readonly maxLength?: number;
  /** `pair`: the types that the tokenizer gives, 1 for passages. `zeros`: every token has type 0. */
  readonly segments?: "pair" | "zeros";
}

/** Makes pairs of tokens. */
export interface PairTokenizer {
  /** What the user should know of how the tokenizer's files were read. */
  readonly notes: readonly string[];
  /** What tokens belong to: five names, of which `segments` of a pair are indices. */
  readonly segmentNames: readonly Segment[];
  /** The id of a word piece; undefined where the vocabulary lacks it. */
  idOf(piece: string): number | undefined;
  /** The ids of all word pieces, special ones among them, by their text. */
  readonly pieces: ReadonlyMap<string, number>;
  /** The id of the padding token, where the files name one. */
  readonly padding?: number;
  /**
   * [CLS] query [SEP] passage [SEP] (`<s> query </s></s> passage </s>` in RoBERTa), cut to
   * `maxLength` from the longer side first, as Hugging Face's fast tokenizers do. With a
   * template the whole prompt, cut at the passage's end, then at the query's: its own words are `template`.
   * Of a bi-encoder [CLS] query [SEP] and [CLS] passage [SEP], each cut by itself, of type 0.
   */
  encode(query: string, passage: string, options?: EncodeOptions): EncodedPair;
}

/** What a model asks of its tokenizer. */
export type TokenizerLimits =
  & Pick<EncoderConfig, "family" | "maxTokens" | "vocabulary" | "types">
  & Partial<Pick<EncoderConfig, "padding" | "template" | "similarity" | "late">>;

/** What BERT asks, for a folder that holds a tokenizer alone. */
const bertLimits: TokenizerLimits = {
  family: families[0],
  maxTokens: 512,
  vocabulary: Infinity,
  types: 2,
};

/**
 * Opens tokenizer.json, or builds a WordPiece tokenizer of vocab.txt; what stands beside them counts
 * as in transformers.
 *
 * @throws {RangeError} where there is neither, {@linkcode SyntaxError} where it cannot be read, or
 * needs what this program has no equal of.
 */
export async function openTokenizer(
  load: Load,
  config: TokenizerLimits = bertLimits,
): Promise<PairTokenizer> {
  const files = await readTokenizerFiles(load);
  const { tokens, idOf, pieces } = openPieces(files);
  const padded = files.special("pad_token");
  const about = { idOf, pieces, padding: padded === undefined ? undefined : idOf(padded) };
  if (config.template !== undefined) {
    const { template } = config;
    const prompt = promptTokenizer({ files, tokens, config: { ...config, template } });
    return { ...about, ...prompt, segmentNames: promptSegments };
  }
  const own = readTemplate(files.postProcessor);
  const template = own ?? usualTemplate(files, { idOf, config });
  for (const { id, token } of [template.first, ...template.between, template.last]) {
    if (idOf(token) !== id) {
      throw tokenizerError(
        `expected id ${idOf(token)} of ${shown(token)} in the post_processor, got ${id}`,
      );
    }
  }
  checkRoles(files, template);
  checkPadding(files, { idOf, padding: config.padding });
  if (config.similarity) {
    const texts = textsTokenizer({ files, tokens, config, template, idOf });
    return { ...about, ...texts, segmentNames: segments };
  }
  const specials = 2 + template.between.length;
  return {
    ...about,
    segmentNames: segments,
    notes: [...files.notes, ...lengthNotes(files, config.maxTokens)],
    encode(query, passage, { maxLength = Infinity, segments: kind = "pair" } = {}) {
      const limit = Math.min(maxLength, config.maxTokens) - specials;
      if (!(Number.isInteger(limit) && limit >= 2)) {
        throw new RangeError(
          `Cannot encode a pair: expected a whole length of at least ${specials + 2}, got ${
            limit + specials
          }`,
        );
      }
      const q = tokens(query);
      const d = tokens(passage);
      const kept = truncated(q.length, d.length, limit);
      const typed = (part: readonly Token[], type: number) =>
        part.map((token) => ({ ...token, type }));
      const parts = [
        [template.first],
        typed(q.slice(0, kept[0]), template.types[0]),
        template.between,
        typed(d.slice(0, kept[1]), template.types[1]),
        [template.last],
      ].flatMap((part, segment) => part.map((token) => ({ ...token, segment })));
      return encoded(parts, { ...config, zeros: config.types === 1 || kind === "zeros" });
    },
  };
}

function encoded(
  parts: readonly (Token & { readonly type: number; readonly segment: number })[],
  { vocabulary, zeros }: { readonly vocabulary: number; readonly zeros: boolean },
): EncodedPair {
  const ids = Uint32Array.from(parts, ({ id }) => id);
  const beyond = ids.find((id) => id >= vocabulary);
  if (beyond !== undefined) {
    throw new RangeError(
      `Cannot encode a pair: token id ${beyond} is beyond the model's vocabulary of ${vocabulary}`,
    );
  }
  return {
    ids,
    types: Uint32Array.from(parts, ({ type }) => zeros ? 0 : type),
    segments: Uint8Array.from(parts, ({ segment }) => segment),
    tokens: parts.map(({ token }) => token),
  };
}

/** Encodes query and passage apart. */
function textsTokenizer(
  { files, tokens, config, template, idOf }: {
    readonly files: TokenizerFiles;
    readonly tokens: (text: string) => readonly Token[];
    readonly config: TokenizerLimits;
    readonly template: PairTemplate;
    readonly idOf: (token: string) => number | undefined;
  },
): Pick<PairTokenizer, "notes" | "encode"> {
  const around = aroundOne(files.postProcessor);
  const first = around.first.length > 0 ? around.first : [template.first];
  const last = around.last.length > 0 ? around.last : [template.last];
  const specials = first.length + last.length;
  const longest = Math.min(config.maxTokens, files.modelMaxLength ?? Infinity);
  if (config.late) {
    const mask = files.special("mask_token") ?? "[MASK]";
    const read = lateReader(config.late, { tokens, idOf, mask, around: { first, last } });
    return {
      notes: files.notes,
      encode(query, passage, { maxLength = Infinity } = {}) {
        const { parts, ...about } = read(query, passage, maxLength);
        const typed = parts.map((token) => ({ ...token, type: 0 }));
        return { ...encoded(typed, { ...config, zeros: true }), ...about };
      },
    };
  }
  return {
    notes: files.notes,
    encode(query, passage, { maxLength = Infinity } = {}) {
      const limit = Math.min(maxLength, longest) - specials;
      if (!(Number.isInteger(limit) && limit >= 1)) {
        throw new RangeError(
          `Cannot encode a text: expected a whole length of at least ${specials + 1}, got ${
            limit + specials
          }`,
        );
      }
      const [q, d] = [query, passage].map((text) => tokens(text).slice(0, limit));
      const parts = [first, q, [...last, ...first], d, last].flatMap((part, segment) =>
        part.map((token) => ({ ...token, type: 0, segment }))
      );
      const second = specials + q.length;
      return { ...encoded(parts, { ...config, zeros: true }), second };
    },
  };
}

/** Reads pairs in a prompt. */
function promptTokenizer(
  { files, tokens, config }: {
    readonly files: TokenizerFiles;
    readonly tokens: (text: string) => readonly Token[];
    readonly config: TokenizerLimits & { readonly template: string };
  },
): Pick<PairTokenizer, "notes" | "encode"> {
  const prompt = parsePrompt(config.template);
  const { first, last } = aroundOne(files.postProcessor);
  const specials = first.length + last.length;
  const segmentOf = { query: 1, template: 2, passage: 3 };
  return {
    notes: [...files.notes, ...lengthNotes(files, config.maxTokens)],
    encode(query, passage, { maxLength = Infinity } = {}) {
      const limit = Math.min(maxLength, config.maxTokens);
      const all = promptTokens(prompt, { query, passage }, tokens);
      let over = all.length + specials - limit;
      const kept = new Set(all);
      for (const part of ["passage", "query"] as const) {
        for (const one of all.toReversed()) {
          if (over <= 0) break;
          if (one.part !== part) continue;
          kept.delete(one);
          over--;
        }
      }
      if (!Number.isInteger(limit) || over > 0) {
        throw new RangeError(
          `Cannot encode a pair: expected a whole length of at least ${
            limit + over
          }, which the template takes, got ${limit}`,
        );
      }
      const around = (tokens: readonly Token[], segment: number) =>
        tokens.map((token) => ({ ...token, type: 0, segment }));
      const parts = [
        ...around(first, 0),
        ...[...kept].map(({ token, part }) => ({ ...token, type: 0, segment: segmentOf[part] })),
        ...around(last, 4),
      ];
      return encoded(parts, { ...config, zeros: true });
    },
  };
}

/** What makes tokens of a text, without special ones around it. */
function openPieces(files: TokenizerFiles) {
  const model = openModel(files.model);
  const normalize = makeNormalizer(files.normalizer);
  const cut = makePreTokenizer(files.preTokenizer);
  const added = idsOf(files.addedTokens, model);
  const sections = addedTokenSplitter(files.addedTokens, { ids: added, normalize });
  const given = new Set(
    files.addedTokens.filter(({ id }) => id !== undefined).map(({ content }) => content),
  );
  return {
    pieces: model.ids,
    /** The id of a token that the vocabulary or a file has. */
    idOf: (token: string): number | undefined =>
      model.ids.get(token) ?? (given.has(token) ? added.get(token) : undefined),
    tokens: (text: string): readonly Token[] =>
      sections(text.toWellFormed()).flatMap((part) =>
        typeof part === "string" ? cut(part).flatMap((piece) => model.encode(piece)) : [part]
      ),
  };
}

/** A pair's special tokens where the files give none: those of the family. */
function usualTemplate(
  { special }: TokenizerFiles,
  { idOf, config }: {
    readonly idOf: (token: string) => number | undefined;
    readonly config: TokenizerLimits;
  },
): PairTemplate {
  const fairseq = config.family.doubleSeparator;
  const named = (role: string, usual: string): Token => {
    const token = special(role) ?? usual;
    const id = idOf(token);
    if (id === undefined) {
      throw new RangeError(`Cannot use the model's tokenizer: its vocabulary lacks ${token}`);
    }
    return { id, token };
  };
  const separator = named("sep_token", fairseq ? "</s>" : "[SEP]");
  const type = fairseq ? 0 : 1;
  return {
    first: { ...named("cls_token", fairseq ? "<s>" : "[CLS]"), type: 0 },
    between: Array(fairseq ? 2 : 1).fill({ ...separator, type: 0 }),
    last: { ...separator, type },
    types: [0, type],
  };
}

/** Refuses a padding id of config.json that is another token's: baselines are made of [PAD]. */
function checkPadding(
  { special }: TokenizerFiles,
  { idOf, padding }: {
    readonly idOf: (token: string) => number | undefined;
    readonly padding: number | undefined;
  },
): void {
  if (padding === undefined) return;
  const token = special("pad_token") ??
    ["[PAD]", "<pad>"].find((usual) => idOf(usual) !== undefined);
  const id = token === undefined ? undefined : idOf(token);
  if (id !== undefined && id !== padding) {
    throw new RangeError(
      `Cannot use pad_token_id ${padding}: expected ${id}, the id of the tokenizer's padding token ${token}`,
    );
  }
  for (const [role, usual] of otherRoles) {
    const other = special(role) ?? usual.find((name) => idOf(name) !== undefined);
    if (other !== undefined && idOf(other) === padding) {
      throw new RangeError(
        `Cannot use pad_token_id ${padding}: expected the id of a token of its own, got that of ${other}`,
      );
    }
  }
}

const otherRoles: readonly (readonly [string, readonly string[]])[] = [
  ["cls_token", ["[CLS]", "<s>"]],
  ["sep_token", ["[SEP]", "</s>"]],
  ["unk_token", ["[UNK]", "<unk>"]],
  ["mask_token", ["[MASK]", "<mask>"]],
];

/** Notes a length at which transformers would cut, and this program does not by itself. */
function lengthNotes({ modelMaxLength }: TokenizerFiles, maxTokens: number): readonly string[] {
  if (modelMaxLength === undefined || modelMaxLength >= Math.min(maxTokens, 512)) return [];
  return [
    `tokenizer_config.json's model_max_length is ${modelMaxLength}, the model's positions allow ${maxTokens}: --max-length ${modelMaxLength} cuts pairs as transformers does`,
  ];
}

/** Refuses a template whose tokens are others than tokenizer_config.json names. */
function checkRoles({ special }: TokenizerFiles, { first, last }: PairTemplate): void {
  for (const [role, { token }] of [["cls_token", first], ["sep_token", last]] as const) {
    const named = special(role);
    if (named === undefined || named === token) continue;
    throw tokenizerError(
      `tokenizer_config.json's ${role} is ${
        shown(named)
      }, where the post_processor of tokenizer.json puts ${shown(token)}`,
    );
  }
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
