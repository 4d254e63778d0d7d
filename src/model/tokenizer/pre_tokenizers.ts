/** Pre-tokenizers of tokenizer.json: they cut a text into what the model reads one at a time. */

import { byteCharacters } from "./byte_level.ts";
import { compile, compilePattern, GPT2 } from "./pattern.ts";
import { type Fields, fieldsOf, partsOf, tokenizerError, unknownType } from "./read.ts";
import { behaviors, split } from "./split.ts";
import { classOf, numeric, punctuation, space } from "./unicode.ts";
import * as tables from "./unicode_tables.ts";

/** Cuts a text into pieces, none of them empty. */
export type PreTokenizer = (text: string) => readonly string[];

const gpt2 = compile(GPT2);
/** Punctuation alone, and what lies between it and white space. */
const bertPieces = new RegExp(
  `[${classOf(tables.punctuation)}]|[^\\p{White_Space}${classOf(tables.punctuation)}]+`,
  "gu",
);
const words =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;

/** Each type of pre-tokenizer that is known, from its fields. */
const makers: Readonly<Record<string, (fields: Fields, place: string) => PreTokenizer>> = {
  BertPreTokenizer: () => (text) => text.match(bertPieces) ?? [],
  ByteLevel: (fields) => {
    const prefix = fields.flag("add_prefix_space");
    const regex = fields.flag("use_regex", true);
    return (text) => {
      const whole = prefix && !text.startsWith(" ") ? ` ${text}` : text;
      const pieces = regex ? split(whole, gpt2, { behavior: "Isolated" }) : [whole];
      return pieces.map(byteCharacters);
    };
  },
  CharDelimiterSplit: (fields, place) => {
    const pattern = compilePattern({ String: character(fields, "delimiter") }, place);
    return (text) => split(text, pattern, { behavior: "Removed" });
  },
  Digits: (fields) => {
    const behavior = fields.flag("individual_digits") ? "Isolated" : "Contiguous";
    return (text) => split(text, numeric, { behavior });
  },
  FixedLength: (fields) => {
    const length = fields.whole("length", { least: 1, most: 2 ** 24, fallback: 5 });
    return (text) => {
      const chars = Array.from(text);
      return Array.from(
        { length: Math.ceil(chars.length / length) },
        (_, i) => chars.slice(i * length, (i + 1) * length).join(""),
      );
    };
  },
  Metaspace: metaspace,
  Punctuation: (fields) => {
    const behavior = fields.choice("behavior", behaviors, "Isolated");
    return (text) => split(text, punctuation, { behavior });
  },
  Sequence: (fields, place) => {
    const parts = partsOf(fields, "pretokenizers", place).map((part) => makePreTokenizer(...part));
    return (text) =>
      parts.reduce<readonly string[]>((pieces, part) => pieces.flatMap((piece) => part(piece)), [
        text,
      ]);
  },
  Split: (fields, place) => {
    const pattern = compilePattern(fields.get("pattern"), place);
    const options = {
      behavior: fields.choice("behavior", behaviors),
      invert: fields.flag("invert"),
    };
    return (text) => split(text, pattern, options);
  },
  Whitespace: () => (text) => split(text, words, { behavior: "Removed", invert: true }),
  WhitespaceSplit: () => (text) => split(text, space, { behavior: "Removed" }),
};

function character(fields: Fields, key: string): string {
  const text = fields.text(key);
  if (Array.from(text).length !== 1) {
    throw tokenizerError(`expected ${key} of ${fields.type} to be one character, got "${text}"`);
  }
  return text;
}

/** Spaces become a character that can be seen, which begins each piece. */
function metaspace(fields: Fields, place: string): PreTokenizer {
  const replacement = character(fields, "replacement");
  const scheme = fields.choice("prepend_scheme", ["always", "never", "first"], "always");
  const prefixed = fields.flag("add_prefix_space", scheme !== "never");
  if (scheme === "first" || !prefixed && fields.get("prepend_scheme") === "always") {
    throw tokenizerError(
      `expected Metaspace in ${place} to prepend always or never, got prepend_scheme "${scheme}"` +
        (prefixed ? "" : " with add_prefix_space false"),
    );
  }
  const prepends = scheme === "always" && prefixed;
  const pattern = compilePattern({ String: replacement }, place);
  const splits = fields.flag("split", true);
  return (text) => {
    const seen = text.replaceAll(" ", () => replacement);
    const whole = prepends && !seen.startsWith(replacement) ? replacement + seen : seen;
    return splits ? split(whole, pattern, { behavior: "MergedWithNext" }) : [whole];
  };
}

/** The pre-tokenizer that tokenizer.json describes; null is none. */
export function makePreTokenizer(component: unknown, place = "pre_tokenizer"): PreTokenizer {
  const nothing = component === null || component === undefined;
  const cut = nothing ? (text: string) => [text] : known(component, place);
  return (text) => text === "" ? [] : cut(text);
}

function known(component: unknown, place: string): PreTokenizer {
  const fields = fieldsOf(component, place);
  const maker = Object.hasOwn(makers, fields.type) ? makers[fields.type] : undefined;
  return maker ? maker(fields, place) : unknownType(fields, place, Object.keys(makers));
}
