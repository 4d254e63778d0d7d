/** The post-processor of tokenizer.json: which special tokens and types make a pair of two texts. */

import { isObject } from "../../formats/json.ts";
import type { Token } from "./tokens.ts";
import { type Fields, fieldsOf, partsOf, shown, tokenizerError, unknownType } from "./read.ts";

/** A special token with its type. */
export interface SpecialToken extends Token {
  readonly type: number;
}

/** `first` query `between` passage `last`. */
export interface PairTemplate {
  readonly first: SpecialToken;
  readonly between: readonly SpecialToken[];
  readonly last: SpecialToken;
  /** Types of the query's and of the passage's tokens. */
  readonly types: readonly [number, number];
}

const known = [
  "TemplateProcessing",
  "BertProcessing",
  "RobertaProcessing",
  "ByteLevel",
  "Sequence",
];

/** The template that a post-processor is; undefined where it adds no special tokens. */
export function readTemplate(
  component: unknown,
  place = "post_processor",
): PairTemplate | undefined {
  if (component === null || component === undefined) return undefined;
  const fields = fieldsOf(component, place);
  switch (fields.type) {
    case "ByteLevel":
      return undefined; // moves offsets only
    case "BertProcessing":
    case "RobertaProcessing": {
      const roberta = fields.type === "RobertaProcessing";
      const type = roberta ? 0 : 1;
      const first = { ...tokenOf(fields, "cls"), type: 0 };
      const separator = tokenOf(fields, "sep");
      return {
        first,
        between: Array(roberta ? 2 : 1).fill({ ...separator, type: 0 }),
        last: { ...separator, type },
        types: [0, type],
      };
    }
    case "TemplateProcessing":
      return templateOf(fields, place);
    case "Sequence": {
      const found = partsOf(fields, "processors", place)
        .map((part) => readTemplate(...part)).filter((template) => template !== undefined);
      if (found.length > 1) throw tokenizerError(`expected one template in ${place}, got several`);
      return found[0];
    }
    default:
      return unknownType(fields, place, known);
  }
}

/** `["[CLS]", 101]` of BertProcessing and RobertaProcessing. */
function tokenOf(fields: Fields, key: string): Token {
  const [token, id, ...more] = fields.list(key);
  if (typeof token !== "string" || typeof id !== "number" || more.length > 0) {
    throw tokenizerError(`expected ${key} of ${fields.type} to be [token, id]`);
  }
  return { token, id };
}

function templateOf(fields: Fields, place: string): PairTemplate {
  const tokens = fields.get("special_tokens");
  const parts = fields.list("pair").flatMap((part): (SpecialToken | "A" | "B")[] => {
    const refuse = (): never => {
      throw tokenizerError(
        `expected parts of pair in ${place} to be special tokens or sequences, got ${shown(part)}`,
      );
    };
    const { SpecialToken: special, Sequence: sequence } = isObject(part) ? part : refuse();
    if (isObject(sequence) && (sequence.id === "A" || sequence.id === "B")) return [sequence.id];
    if (!isObject(special)) return refuse();
    const id = typeof special.id === "string" ? special.id : refuse();
    const entry = isObject(tokens) && Object.hasOwn(tokens, id) ? tokens[id] : refuse();
    const { ids, tokens: texts } = isObject(entry) ? entry : refuse();
    if (!Array.isArray(ids) || !Array.isArray(texts) || ids.length !== texts.length) {
      return refuse();
    }
    const type = typeof special.type_id === "number" ? special.type_id : refuse();
    return ids.map((id, i) => ({ id, token: String(texts[i]), type }));
  });
  const typeOf = (name: string): number => {
    for (const part of fields.list("pair")) {
      const sequence = isObject(part) ? part.Sequence : undefined;
      if (isObject(sequence) && sequence.id === name) return Number(sequence.type_id);
    }
    return NaN;
  };
  const shape = parts.map((part) => typeof part === "string" ? part : "s").join("");
  if (!/^sAss?Bs$/.test(shape)) {
    throw tokenizerError(
      `expected a pair in ${place} to be [CLS] A [SEP] B [SEP], with one or two tokens between, got ${
        shown(parts.map((part) => typeof part === "string" ? part : part.token).join(" "))
      }`,
    );
  }
  const specials = parts.filter((part) => typeof part !== "string");
  const template: PairTemplate = {
    first: specials[0],
    between: specials.slice(1, -1),
    last: specials.at(-1)!,
    types: [typeOf("A"), typeOf("B")],
  };
  for (const type of [...template.types, ...specials.map(({ type }) => type)]) {
    if (type !== 0 && type !== 1) {
      throw tokenizerError(`expected types 0 and 1 in ${place}, got ${shown(type)}`);
    }
  }
  return template;
}
