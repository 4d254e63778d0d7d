/** Tokens that a text is searched for before it is cut: [SEP], [MASK], and whatever was added. */

import { isObject } from "../../formats/json.ts";
import type { PieceModel } from "./tokens.ts";
import type { Normalizer } from "./normalizers.ts";
import { shown, tokenizerError } from "./read.ts";

/** A token that was added to a model's vocabulary, or taken out of it. */
export interface AddedToken {
  readonly content: string;
  /** As the file says; undefined where it says none. */
  readonly id?: number;
  /** No part of a longer word. */
  readonly single_word: boolean;
  /** Takes the white space before it. */
  readonly lstrip: boolean;
  /** Takes the white space behind it. */
  readonly rstrip: boolean;
  /** Looked for in the normalized text. */
  readonly normalized: boolean;
}

/** A stretch of text, or a token found in it. */
export type Section = string | { readonly id: number; readonly token: string };

/** The token that an object describes; flags that are absent are those of a special token. */
export function addedToken(value: unknown, place: string): AddedToken {
  if (!isObject(value) || typeof value.content !== "string") {
    throw tokenizerError(`expected ${place} to be a token with its content, got ${shown(value)}`);
  }
  const flag = (key: string, fallback: boolean) => {
    const set = value[key] ?? fallback;
    if (typeof set === "boolean") return set;
    throw tokenizerError(`expected ${key} of ${place} to be true or false, got ${shown(set)}`);
  };
  const { id } = value;
  if (id !== undefined && !(typeof id === "number" && Number.isInteger(id) && id >= 0)) {
    throw tokenizerError(`expected the id of ${place} to be a whole number, got ${shown(id)}`);
  }
  return {
    content: value.content,
    id: id as number | undefined,
    single_word: flag("single_word", false),
    lstrip: flag("lstrip", false),
    rstrip: flag("rstrip", false),
    normalized: flag("normalized", !flag("special", false)),
  };
}

/**
 * Ids of added tokens: the model's own where its vocabulary has them, else those behind its end, in
 * order.
 */
export function idsOf(tokens: readonly AddedToken[], { ids }: PieceModel): Map<string, number> {
  const found = new Map<string, number>();
  let next = ids.size;
  for (const { content, id } of tokens) {
    if (content === "" || found.has(content)) continue;
    const given = ids.get(content) ?? next++;
    if (id !== undefined && id !== given) {
      throw tokenizerError(
        `expected the added token ${shown(content)} to have id ${given}, got ${id}`,
      );
    }
    found.set(content, given);
  }
  return found;
}

const WORD_BEFORE = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const WORD_BEHIND = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** Cuts texts into normalized stretches and added tokens. */
export function addedTokenSplitter(
  tokens: readonly AddedToken[],
  { ids, normalize }: {
    readonly ids: ReadonlyMap<string, number>;
    readonly normalize: Normalizer;
  },
): (text: string) => readonly Section[] {
  // the last of tokens of the same content counts
  const known = Array.from(new Map(tokens.map((token) => [token.content, token])).values())
    .filter(({ content }) => content !== "");
  const raw = finder(known.filter(({ normalized }) => !normalized), (text) => text);
  const rewritten = finder(known.filter(({ normalized }) => normalized), normalize);
  const sections = (text: string, find: Finder) =>
    find(text).map((part): Section =>
      typeof part === "string" ? part : { id: ids.get(part.content)!, token: part.content }
    );
  return (text) =>
    sections(text, raw).flatMap((part) =>
      typeof part === "string" ? sections(normalize(part), rewritten) : [part]
    ).filter((part) => part !== "");
}

type Finder = (text: string) => readonly (string | AddedToken)[];

/** Finds tokens by what `form` makes of their content: the first that begins, of those the longest. */
function finder(tokens: readonly AddedToken[], form: (text: string) => string): Finder {
  const byText = new Map(tokens.map((token) => [form(token.content), token]));
  byText.delete("");
  if (byText.size === 0) return (text) => [text];
  const contents = Array.from(byText.keys()).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    contents.map((content) => content.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|"),
    "gu",
  );
  return (text) => {
    const parts: (string | AddedToken)[] = [];
    let done = 0;
    for (const { 0: found, index } of text.matchAll(pattern)) {
      const token = byText.get(found)!;
      let start = index;
      let end = index + found.length;
      if (
        token.single_word &&
        (WORD_BEFORE.test(text.slice(Math.max(0, start - 2), start)) ||
          WORD_BEHIND.test(text.slice(end, end + 2)))
      ) continue;
      if (token.lstrip) {
        while (start > done && /\p{White_Space}/u.test(text[start - 1])) start--;
      }
      if (token.rstrip) {
        while (end < text.length && /\p{White_Space}/u.test(text[end])) end++;
      }
      if (start > done) parts.push(text.slice(done, start));
      parts.push(token);
      done = end;
    }
    if (done < text.length) parts.push(text.slice(done));
    return parts;
  };
}
