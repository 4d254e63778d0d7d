/**
 * The three ways in which tokens are made of a query and a passage: one sequence of both, two sequences, and a
 * prompt around them.
 */

import type { EncodedPair, PairTokenizer, TokenizerLimits } from "../pair_tokenizer.ts";
import type { TokenizerFiles } from "./files.ts";
import { lateReader } from "./late.ts";
import type { PairTemplate } from "./pair_template.ts";
import { aroundOne, parsePrompt, promptTokens } from "./prompt.ts";
import type { Token } from "./tokens.ts";

/** What every way needs. */
interface TokenizerParts {
  readonly files: TokenizerFiles;
  /** Tokens of a text, without special ones around it. */
  readonly tokens: (text: string) => readonly Token[];
  readonly config: TokenizerLimits;
}

/** Encodes query and passage in one sequence. */
export function sequenceTokenizer(
  { files, tokens, config, template }: TokenizerParts & { readonly template: PairTemplate },
): Pick<PairTokenizer, "notes" | "encode"> {
  const specials = 2 + template.between.length;
  return {
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

/** Encodes query and passage apart. */
export function textsTokenizer(
  { files, tokens, config, template, idOf }: TokenizerParts & {
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

/** Encodes query and passage in a prompt. */
export function promptTokenizer(
  { files, tokens, config }: TokenizerParts & { readonly config: { readonly template: string } },
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

/** Notes a length at which transformers would cut, and this program does not by itself. */
function lengthNotes({ modelMaxLength }: TokenizerFiles, maxTokens: number): readonly string[] {
  if (modelMaxLength === undefined || modelMaxLength >= Math.min(maxTokens, 512)) return [];
  return [
    `tokenizer_config.json's model_max_length is ${modelMaxLength}, the model's positions allow ${maxTokens}: --max-length ${modelMaxLength} cuts pairs as transformers does`,
  ];
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
