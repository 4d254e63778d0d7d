/** Opens a model's tokenizer from its files, and refuses files that contradict each other or the model. */

import type { Load } from "../formats/load.ts";
import { families } from "./config.ts";
import {
  type PairTokenizer,
  promptSegments,
  segments,
  type TokenizerLimits,
} from "./pair_tokenizer.ts";
import { addedTokenSplitter, idsOf } from "./tokenizer/added_tokens.ts";
import { promptTokenizer, sequenceTokenizer, textsTokenizer } from "./tokenizer/encoders.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./tokenizer/files.ts";
import { openModel } from "./tokenizer/models.ts";
import { makeNormalizer } from "./tokenizer/normalizers.ts";
import { type PairTemplate, readTemplate } from "./tokenizer/pair_template.ts";
import { makePreTokenizer } from "./tokenizer/pre_tokenizers.ts";
import { shown, tokenizerError } from "./tokenizer/read.ts";
import type { Token } from "./tokenizer/tokens.ts";

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
  const pair = sequenceTokenizer({ files, tokens, config, template });
  return { ...about, ...pair, segmentNames: segments };
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
