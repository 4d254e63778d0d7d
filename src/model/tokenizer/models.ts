/** Models of tokenizer.json: they cut a piece of text into entries of the vocabulary. */

import { BPE, WordPiece } from "../../packages/tokenizers.ts";
import { isObject } from "../../formats/json.ts";
import { byteAlphabet } from "./byte_level.ts";
import { type Fields, fieldsOf, shown, tokenizerError, unknownType } from "./read.ts";
import type { PieceModel } from "./tokens.ts";
import { openUnigram } from "./unigram.ts";

const makers: Readonly<Record<string, (fields: Fields) => PieceModel>> = {
  BPE: openBpe,
  Unigram: openUnigram,
  WordPiece: openWordPiece,
};

/** The model that tokenizer.json describes; old files leave its type out. */
export function openModel(component: unknown): PieceModel {
  const fields = fieldsOf(
    isObject(component) && !Object.hasOwn(component, "type")
      ? { ...component, type: impliedType(component) }
      : component,
    "model",
  );
  const maker = Object.hasOwn(makers, fields.type) ? makers[fields.type] : undefined;
  return maker ? maker(fields) : unknownType(fields, "model", Object.keys(makers));
}

function impliedType(component: Readonly<Record<string, unknown>>): string | undefined {
  if (Object.hasOwn(component, "merges")) return "BPE";
  if (Object.hasOwn(component, "unk_id")) return "Unigram";
  return Object.hasOwn(component, "continuing_subword_prefix") ? "WordPiece" : undefined;
}

/** A vocabulary with ids. */
function vocabularyOf(fields: Fields): Record<string, number> {
  const vocab = fields.get("vocab");
  if (!isObject(vocab)) {
    throw tokenizerError(`expected vocab of ${fields.type} to be an object, got ${shown(vocab)}`);
  }
  for (const [token, id] of Object.entries(vocab)) {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= 2 ** 32) {
      throw tokenizerError(
        `expected an id of token ${shown(token)} in the vocabulary, got ${shown(id)}`,
      );
    }
  }
  return vocab as Record<string, number>;
}

/** Refuses settings that would change tokens in a way that is not computed here. */
function refuse(fields: Fields, key: string, allowed: readonly unknown[], wanted: string): void {
  const value = fields.get(key);
  if (value === undefined || allowed.includes(value)) return;
  throw tokenizerError(`expected ${key} of ${fields.type} to be ${wanted}, got ${shown(value)}`);
}

/** The tokens that a library's model makes. */
function tokensBy(
  model: (pieces: string[]) => string[],
  ids: ReadonlyMap<string, number>,
): PieceModel {
  return {
    ids,
    encode: (piece) => model([piece]).map((token) => ({ id: ids.get(token)!, token })),
  };
}

function openWordPiece(fields: Fields): PieceModel {
  const vocab = vocabularyOf(fields);
  const unknown = fields.text("unk_token");
  if (!Object.hasOwn(vocab, unknown)) {
    throw tokenizerError(`its vocabulary lacks the unknown token ${shown(unknown)}`);
  }
  const model = new WordPiece({
    type: "WordPiece",
    vocab,
    unk_token: unknown,
    continuing_subword_prefix: fields.text("continuing_subword_prefix", "##"),
    max_input_chars_per_word: fields.whole("max_input_chars_per_word", {
      least: 1,
      most: 1000, // each word takes the square of this
      fallback: 100,
    }),
  });
  return tokensBy((pieces) => model(pieces), model.tokens_to_ids);
}

function openBpe(fields: Fields): PieceModel {
  refuse(fields, "dropout", [null, 0], "0 or none: chance decides");
  refuse(fields, "continuing_subword_prefix", [null, ""], "none");
  refuse(fields, "byte_fallback", [null, false], "false");
  const vocab = vocabularyOf(fields);
  const has = (token: string) => Object.hasOwn(vocab, token);
  const unknown = fields.get("unk_token") ?? undefined;
  if (unknown !== undefined && !(typeof unknown === "string" && has(unknown))) {
    throw tokenizerError(`its vocabulary lacks the unknown token ${shown(unknown)}`);
  }
  const suffix = fields.text("end_of_word_suffix", "");
  const lacking = byteAlphabet.find((byte) => !has(byte) || !has(byte + suffix));
  if (unknown === undefined && lacking !== undefined) {
    throw tokenizerError(
      `expected an unk_token of BPE, or every byte in its vocabulary, which lacks ${
        shown(has(lacking) ? lacking + suffix : lacking)
      }`,
    );
  }
  const merges = fields.list("merges").map((merge): [string, string] => {
    const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    if (
      !Array.isArray(pair) || pair.length !== 2 ||
      !pair.every((part) => typeof part === "string" && has(part)) || !has(pair[0] + pair[1])
    ) {
      throw tokenizerError(`expected merges of BPE to be of its vocabulary, got ${shown(merge)}`);
    }
    return [pair[0], pair[1]];
  });
  const model = new BPE({
    type: "BPE",
    vocab,
    merges,
    unk_token: unknown,
    end_of_word_suffix: suffix,
    fuse_unk: fields.flag("fuse_unk", false),
    ignore_merges: fields.flag("ignore_merges", false),
  });
  return tokensBy((pieces) => model(pieces), model.tokens_to_ids);
}
