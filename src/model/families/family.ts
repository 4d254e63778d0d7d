/** What a family of models is, and what a model's config.json says of it. */

import type { Value } from "../steps.ts";
import type { Build } from "../record.ts";
import type { ComponentSpace } from "../neurons.ts";
import type { Comparison, LateInteraction } from "../late_interaction.ts";
import type { ModuleHead } from "../modules.ts";
import type { Treatment } from "../settings.ts";
import type { ConfigReader } from "./reader.ts";

/** A model as its config.json describes it. */
export interface EncoderConfig {
  /** What its layers are, and how pairs are read. */
  readonly family: FamilyFacts;
  /** L, number of layers. */
  readonly layers: number;
  /** The linears of a layer whose outputs are neurons. */
  readonly components: readonly ComponentSpace[];
  /** Its attention heads, known once its forward pass is recorded. */
  readonly attention?: readonly ComponentSpace[];
  /** C, width of the residual stream. */
  readonly width: number;
  /** Width of the embeddings; ELECTRA projects where it is not C. */
  readonly embeddingWidth: number;
  /** H, attention heads. */
  readonly heads: number;
  /** I, width of the feed-forward layer. */
  readonly inner: number;
  /** Longest input, in tokens. */
  readonly maxTokens: number;
  /** Lines of the position table; `maxTokens` and those that padding takes. */
  readonly positions: number;
  /** Token types, 1 or 2. */
  readonly types: number;
  /** ε of every norm. */
  readonly epsilon: number;
  /** Word pieces. */
  readonly vocabulary: number;
  /** Logits: 1 (sigmoid) or 2 (softmax); 1 where the score is a similarity. */
  readonly labels: 1 | 2;
  /** Which of two classes is relevant; of a single output, 0 where relevance lowers it. */
  readonly relevantClass: 0 | 1;
  /** Id of the padding token. */
  readonly padding: number;
  /** The prompt that pairs are read in, with {query} and {document}; families of pairs have none. */
  readonly template?: string;
  /** How the encodings of query and passage are compared, where the model reads them apart. */
  readonly similarity?: Comparison;
  /** How ColBERT reads texts. */
  readonly late?: LateInteraction;
  /** What the user should know of how config.json was read. */
  readonly notes: readonly string[];
}

/** What is known of a family. */
export interface FamilyFacts {
  /** `model_type` in config.json. */
  readonly type: string;
  /** The class of `architectures` in config.json. */
  readonly architecture: string;
  /** Whether positions are counted from the padding id + 1, as in fairseq. */
  readonly positionsAfterPadding: boolean;
  /** Whether two separators stand between query and passage. */
  readonly doubleSeparator: boolean;
}

/** Sizes that config.json gives, by a family's own keys. */
export type Sizes = Pick<
  EncoderConfig,
  | "layers"
  | "components"
  | "width"
  | "embeddingWidth"
  | "heads"
  | "inner"
  | "maxTokens"
  | "positions"
  | "types"
  | "epsilon"
>;

/** A model's description with what records its forward pass. */
export interface ModelConfig extends EncoderConfig {
  readonly family: Family;
  /** What makes the score, where modules of sentence-transformers do. */
  readonly modules?: ModuleHead;
}

/** A family: what its config.json says, and its forward pass. */
export interface Family extends FamilyFacts {
  /** Whether a config.json is this family's, where type and class do not tell. */
  recognises?(json: Readonly<Record<string, unknown>>): boolean;
  /** Keys of config.json and what is made of each. */
  readonly settings: Readonly<Record<string, Treatment>>;
  /** The padding id where config.json gives none; the tokenizer's where this is not given either. */
  readonly padding: number | undefined;
  /** Reads the sizes. */
  sizes(config: ConfigReader, padding: number): Sizes;
  /**
   * The prompt that a pair is read in, with {query} and {document}: the family's own, if it has one.
   * Families without read [CLS] query [SEP] passage [SEP].
   */
  readonly template?: { readonly text: string | undefined };
  /** Whether it is an encoder alone, whose score is made by modules of sentence-transformers or ColBERT. */
  readonly needsModules?: boolean;
  /** Whether its head makes logits of words, which SPLADE compares. */
  readonly readsVocabulary?: boolean;
  /** Whether its two logits are those of two words, whatever config.json says of labels. */
  readonly generates?: boolean;
  /** Records its forward pass, from the words to the logits. */
  forward(build: Build, config: ModelConfig, words: Words): Value;
}

/** The vocabulary, for families whose logits are those of words. */
export interface Words {
  /**
   * The id of a word.
   *
   * @throws {RangeError} where the vocabulary has no such word.
   */
  idOf(word: string): number;
}
