/** Pairs that are read in a prompt: a text with {query} and {document} in it. */

import { isObject } from "../../formats/json.ts";
import type { Token } from "./tokens.ts";
import { fieldsOf, partsOf, shown, tokenizerError } from "./read.ts";

/** A prompt taken apart; its parts join with the pair's texts between them. */
export interface Prompt {
  /** The three texts around query and document. */
  readonly around: readonly [string, string, string];
  /** Whether the query comes first. */
  readonly queryFirst: boolean;
}

/**
 * Takes a prompt apart.
 *
 * @throws {RangeError} unless {query} and {document} stand in it once each.
 */
export function parsePrompt(text: string): Prompt {
  const found = [...text.matchAll(/\{(query|document)\}/g)];
  const [first, second] = found;
  if (found.length !== 2 || first[1] === second[1]) {
    throw new RangeError(
      `Cannot use template ${
        JSON.stringify(text.slice(0, 80))
      }: expected {query} and {document} once each`,
    );
  }
  const afterFirst = first.index + first[0].length;
  return {
    around: [
      text.slice(0, first.index),
      text.slice(afterFirst, second.index),
      text.slice(second.index + second[0].length),
    ],
    queryFirst: first[1] === "query",
  };
}

/** The part of a prompt that a token belongs to. */
export type PromptPart = "query" | "passage" | "template";

/**
 * The tokens of a whole prompt, and the part of each: that which holds its first character that is no
 * white space, as many tokenizers make spaces a part of the word after them; of nothing but white space,
 * where it begins. Places are counted in the tokens' own characters, which a text has as many of however
 * it is cut.
 */
export function promptTokens(
  { around: [before, between, after], queryFirst }: Prompt,
  { query, passage }: { readonly query: string; readonly passage: string },
  tokens: (text: string) => readonly Token[],
): readonly { readonly token: Token; readonly part: PromptPart }[] {
  const [one, two] = queryFirst ? [query, passage] : [passage, query];
  const texts = [before, `${before}${one}`, `${before}${one}${between}`];
  const whole = `${texts[2]}${two}`;
  const [start, end, start2, end2] = [...texts, whole].map((text) =>
    tokens(text).reduce((sum, { token }) => sum + lengthOf(token), 0)
  );
  let at = 0;
  return tokens(`${whole}${after}`).map((token) => {
    const own = lengthOf(token.token);
    const spaces = lengthOf(/^[ĠĊĉč▁\s]*/u.exec(token.token)![0]);
    const place = at + (spaces < own ? spaces : 0);
    at += own;
    const first = place >= start && place < end;
    const second = place >= start2 && place < end2;
    const part = first === second ? "template" : first === queryFirst ? "query" : "passage";
    return { token, part };
  });
}

const lengthOf = (token: string) => [...token].length;

/** The special tokens that a post-processor puts around one text. */
export function aroundOne(
  component: unknown,
  place = "post_processor",
): { readonly first: readonly Token[]; readonly last: readonly Token[] } {
  const none = { first: [], last: [] };
  if (component === null || component === undefined) return none;
  const fields = fieldsOf(component, place);
  if (fields.type === "Sequence") {
    const found = partsOf(fields, "processors", place).map((part) => aroundOne(...part));
    return {
      first: found.flatMap(({ first }) => first),
      last: found.flatMap(({ last }) => last),
    };
  }
  if (fields.type !== "TemplateProcessing") return none;
  const known = fields.get("special_tokens");
  const parts = fields.list("single").map((part): readonly Token[] | "A" => {
    const refuse = (): never => {
      throw tokenizerError(`expected parts of single in ${place}, got ${shown(part)}`);
    };
    const { SpecialToken: special, Sequence: sequence } = isObject(part) ? part : refuse();
    if (isObject(sequence)) return "A";
    const id = isObject(special) ? String(special.id) : refuse();
    const entry = isObject(known) && Object.hasOwn(known, id) ? known[id] : refuse();
    const { ids, tokens } = isObject(entry) ? entry : refuse();
    if (!Array.isArray(ids) || !Array.isArray(tokens) || ids.length !== tokens.length) {
      return refuse();
    }
    return ids.map((id, i) => ({ id: Number(id), token: String(tokens[i]) }));
  });
  const text = parts.indexOf("A");
  if (text < 0) throw tokenizerError(`expected single in ${place} to have a text`);
  const specials = (some: typeof parts) => some.flatMap((part) => part === "A" ? [] : part);
  return { first: specials(parts.slice(0, text)), last: specials(parts.slice(text + 1)) };
}
