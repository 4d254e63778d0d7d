/** A cross-encoder: opens a model folder and scores pairs. */

import type { Ops } from "../compute/ops.ts";
import { attentionComponents } from "./asked.ts";
import { openCheckpoint } from "../formats/checkpoint.ts";
import { type Load, loadOptional } from "../formats/load.ts";
import { freeSequences, type PathPair, uploadPairs, uploadSequences } from "./batch.ts";
import { checkCompanions } from "./companions.ts";
import { type ConfigOptions, type EncoderConfig, type ModelConfig, parseConfig } from "./config.ts";
import { type Encoder, forward, freeRun, logitsOf } from "./forward.ts";
import { record } from "./record.ts";
import { freeMasks, freeMasksOfRows, type Masks, masksOfRows, neuronMasks } from "./mask.ts";
import { numbersOfMaskedHeads } from "./masked_heads.ts";
import { numbersPerPass } from "./memory.ts";
import { parseNeurons } from "./neurons.ts";
import { openTokenizer } from "./tokenizer.ts";
import type { EncodedPair, EncodeOptions, PairTokenizer } from "./pair_tokenizer.ts";
import { widestOf } from "./kept.ts";
import { readHead, withModuleWeights } from "./modules.ts";
import { pipelined } from "./pipelined.ts";
import type { Label } from "../ir/words.ts";
import { loadWeights } from "./weights.ts";

/** A query and a passage. */
export interface TextPair {
  /** What was asked. */
  readonly query: string;
  /** What may answer it. */
  readonly passage: string;
}

/** An open model. Its weights are on the backend that it was opened on. */
export interface Model {
  /** Its sizes. */
  readonly config: EncoderConfig;
  /** Makes its input. */
  readonly tokenizer: PairTokenizer;
  /** How its files were read where they leave choices open: sentences for people. */
  readonly notes: readonly string[];
}

/** A model with what computes it. */
export interface CrossEncoder extends Encoder, Model {}

/** The same model with what computes it, which every open one has. */
export function encoderOf(model: Model): CrossEncoder {
  if ("ops" in model && "weights" in model) return model as CrossEncoder;
  throw new TypeError("Cannot use this model: expected one that openModel() opened");
}

/** What a model says of a pair. */
export interface Score {
  /** One or two logits, of two the last is the relevant class's; or the similarity of two encodings. */
  readonly logits: readonly number[];
  /** p(relevant): softmax of two logits, or the logistic function of one; NaN of a similarity. */
  readonly probability: number;
}

/**
 * Opens a model folder in Hugging Face layout: config.json, the weights, the tokenizer. `source` is a
 * folder, or a function that gives the bytes of its files.
 *
 * @throws {TypeError} | {RangeError} | {SyntaxError} with one sentence that names the file and cause.
 */
export async function openCrossEncoder(
  source: Load | { readonly load: Load },
  ops: Ops,
  options: ConfigOptions = {},
): Promise<CrossEncoder> {
  const load = typeof source === "function" ? source : source.load;
  const bytes = await loadOptional(load, "config.json");
  if (!bytes) throw new RangeError("Cannot open the model: expected config.json, found none");
  const modules = await readHead(load, bytes);
  const parsed = parseConfig(bytes, { ...options, modules });
  await checkCompanions(load, parsed.labels);
  const tokenizer = await openTokenizer(load, parsed);
  const padded = withPadding(parsed, tokenizer);
  const words = {
    idOf(word: string) {
      const id = tokenizer.idOf(word);
      if (id !== undefined) return id;
      throw new RangeError(`Cannot use the model's tokenizer: its vocabulary lacks ${word}`);
    },
  };
  const texts = padded.similarity ? 2 : 1;
  const graph = record((build) => padded.family.forward(build, padded, words), texts);
  const config = { ...padded, attention: attentionComponents(graph, padded.layers) };
  const checkpoint = await openCheckpoint(load);
  const file = modules ? await withModuleWeights(load, checkpoint, modules) : checkpoint;
  const weights = await loadWeights(file, { graph, config, ops });
  return { ops, config, graph, tokenizer, weights, notes: [...config.notes, ...tokenizer.notes] };
}

/** The padding id that the tokenizer names, where config.json has none. */
function withPadding(config: ModelConfig, { padding }: PairTokenizer): ModelConfig {
  if (config.padding >= 0) return config;
  if (padding !== undefined && padding < config.vocabulary) return { ...config, padding };
  throw new RangeError(
    "Cannot open the model: expected pad_token_id in config.json or pad_token in tokenizer_config.json, found neither",
  );
}

/** Options of {@linkcode score}. */
export interface ScoreOptions extends EncodeOptions {
  /** Names of neurons that are zeroed, e.g. `7.value.312`. */
  readonly without?: readonly string[];
}

/** Masks, and which of them each pair uses. */
export interface MasksOfPairs {
  readonly masks: Masks;
  readonly of: readonly number[];
}

/**
 * What a model says of pairs, in their order.
 *
 * @throws {SyntaxError} for what is no neuron's name, {@linkcode RangeError} where the model has none
 * of that name.
 */
export async function score(
  model: Model,
  pairs: readonly TextPair[],
  { without = [], ...encoding }: ScoreOptions = {},
): Promise<readonly Score[]> {
  const encoder = encoderOf(model);
  if (without.length === 0) return await scoreUnder(encoder, pairs, encoding);
  const { ops, config } = encoder;
  const masks = neuronMasks(ops, config, [without.flatMap((name) => parseNeurons(config, name))]);
  try {
    const of = pairs.map(() => 0);
    return await scoreUnder(encoder, pairs, { ...encoding, masks: { masks, of } });
  } finally {
    freeMasks(ops, masks);
  }
}

/** Scores pairs, each under its mask where there are masks, in their order. */
export async function scoreUnder(
  encoder: CrossEncoder,
  pairs: readonly TextPair[],
  { masks, ...encoding }: EncodeOptions & { readonly masks?: MasksOfPairs } = {},
): Promise<readonly Score[]> {
  const encoded = pairs.map(({ query, passage }) =>
    encoder.tokenizer.encode(query, passage, encoding)
  );
  return await scoreEncoded(encoder, encoded, { masks });
}

/** Scores tokenized pairs, in their order. */
export async function scoreEncoded(
  encoder: Encoder,
  pairs: readonly EncodedPair[],
  { masks }: { readonly masks?: MasksOfPairs } = {},
): Promise<readonly Score[]> {
  const paths = pairs.map((encoded) => ({ encoded, baseline: Int32Array.from(encoded.ids) }));
  return await scorePaths(encoder, paths, { t: 1, masks });
}

/** Scores one point of every pair's path, in their order: `t` 0 is the baseline, 1 the input. */
export async function scorePaths(
  encoder: Encoder,
  paths: readonly PathPair[],
  { t, masks }: { readonly t: number; readonly masks?: MasksOfPairs },
): Promise<readonly Score[]> {
  const scores: Score[] = Array(paths.length);
  const pairs = paths.map(({ encoded }) => encoded);
  const most = tokensOfBatch(encoder, { masksHeads: masks?.masks.heads !== undefined });
  const work = Array.from(batchesOf(pairs, most), (batch) => async () => ({
    batch,
    logits: await logitsOfBatch(encoder, batch.map((i) => paths[i]), {
      t,
      masks: masks && { masks: masks.masks, of: batch.map((i) => masks.of[i]) },
    }),
  }));
  for await (const { batch, logits } of pipelined(work, encoder.ops.limits.passes)) {
    batch.forEach((i, row) => scores[i] = scoreOf(encoder.config, logits[row]));
  }
  return scores;
}

/** The relevant class's logit minus the other's; one logit s stands for the pair (0, s). */
export function marginOf(logits: readonly number[]): number {
  return logits.length === 1 ? logits[0] : logits[1] - logits[0];
}

/**
 * The class that a model says a pair is of: relevant where that logit is strictly the larger, or a
 * similarity is above `threshold`.
 */
export function predictedLabel({ logits }: Pick<Score, "logits">, threshold = 0): Label {
  return marginOf(logits) > threshold ? "relevant" : "non-relevant";
}

/** p(relevant) of logits; a similarity is no log-odds. */
export function scoreOf(
  { similarity }: Pick<EncoderConfig, "similarity">,
  logits: readonly number[],
): Score {
  return { logits, probability: similarity ? NaN : 1 / (1 + Math.exp(-marginOf(logits))) };
}

async function logitsOfBatch(
  encoder: Encoder,
  paths: readonly PathPair[],
  { t, masks }: { readonly t: number; readonly masks?: MasksOfPairs },
): Promise<number[][]> {
  const { ops, config, weights } = encoder;
  const pairs = paths.map(({ encoded }) => encoded);
  const tensors = uploadPairs(ops, config, weights, paths);
  const sequences = uploadSequences(
    ops,
    encoder.graph,
    tensors,
    paths.map((_, pair) => ({ pair, t })),
  );
  const { graph } = encoder;
  const masked = masks && masksOfRows(ops, masks.masks, { graph, pairs, of: masks.of });
  const run = forward(encoder, { pairs: tensors, sequences, masks: masked });
  const logits = await ops.read(logitsOf(encoder, run));
  if (masked) freeMasksOfRows(ops, masked);
  freeRun(encoder, run);
  ops.free(tensors.words, tensors.tokens);
  freeSequences(ops, sequences);
  const labels = config.labels;
  return pairs.map((_, i) => Array.from(logits.subarray(i * labels, (i + 1) * labels)));
}

/** Tokens of a scoring batch: what the memory and the largest tensor allow, and no more than pays. */
export function tokensOfBatch(
  { ops: { limits }, graph }: Encoder,
  { masksHeads = false }: { readonly masksHeads?: boolean } = {},
): number {
  const memoryBytes = limits.memoryBytes / limits.passes;
  const numbers = numbersPerPass(graph).scoring + (masksHeads ? numbersOfMaskedHeads(graph) : 0);
  const fits = Math.floor(memoryBytes / (limits.floatBytes * numbers));
  const binds = Math.floor(limits.tensorBytes / (limits.floatBytes * widestOf(graph)));
  return Math.min(fits, binds, 2 * limits.passTokens); // half the work of an evaluation
}

/** Pairs in order of length, cut into runs of at most `tokens` tokens, at least one pair each. */
export function* batchesOf(pairs: readonly EncodedPair[], tokens: number): Generator<number[]> {
  const order = pairs.map((_, i) => i)
    .sort((a, b) => pairs[a].ids.length - pairs[b].ids.length || a - b);
  let batch: number[] = [];
  let size = 0;
  for (const i of order) {
    const length = pairs[i].ids.length;
    if (batch.length > 0 && size + length > tokens) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push(i);
    size += length;
  }
  if (batch.length > 0) yield batch;
}
