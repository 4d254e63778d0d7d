/** The forward pass: embeddings, layers, head. */

import type { Attention, Ops, Tensor, UnitMask } from "../compute/ops.ts";
import type { Activations, LayerTensors } from "./activations.ts";
import type { PairTensors, SequenceTensors } from "./batch.ts";
import { type Component, perQuery } from "./components.ts";
import type { EncoderConfig } from "./config.ts";
import type { MasksOfRows } from "./mask.ts";
import type { Weights } from "./weights.ts";

/** An encoder in the memory of some operations. */
export interface Encoder {
  /** What computes it, and holds its weights. */
  readonly ops: Ops;
  /** Its sizes. */
  readonly config: EncoderConfig;
  /** Its weights. */
  readonly weights: Weights;
}

/** What a forward pass leaves beside its stream. */
export interface ForwardCache {
  readonly logits: Tensor; // [R, labels]
  readonly pooled: Tensor; // [R, C], before the head's activation
  readonly activated: Tensor; // [R, C], after it
  readonly layers: readonly LayerCache[];
}

/** What the backward pass of a layer needs that is no activation of the stream. */
export interface LayerCache {
  readonly context: Tensor; // [M, C], the attention's output
  readonly lse: Tensor; // [M, H]
}

/** Inputs of a pass. */
export interface Pass {
  readonly pairs: PairTensors;
  readonly sequences: SequenceTensors;
  readonly masks?: MasksOfRows;
}

/** Runs the encoder over the sequences of a batch; writes `activations`. */
export function forward(encoder: Encoder, activations: Activations, pass: Pass): ForwardCache {
  embed(encoder, activations, pass);
  return forwardFrom(encoder, activations, { layer: 0, pass });
}

/** Writes the embeddings of a batch's sequences to `activations`. */
export function embed(
  { ops, config, weights }: Encoder,
  activations: Activations,
  { pairs, sequences }: Pass,
): void {
  const embedded = weights.projection
    ? ops.empty(sequences.tokens, config.embeddingWidth)
    : activations.embedding;
  ops.embed(embedded, {
    words: pairs.words,
    positions: weights.positions,
    types: weights.types,
    norm: weights.embeddingNorm,
    tokens: pairs.tokens,
    rows: sequences.embedSequences,
    rowOf: sequences.sequenceOfToken,
    t: sequences.t,
  });
  if (weights.projection) {
    ops.linear(activations.embedding, embedded, weights.projection);
    ops.free(embedded);
  }
}

/** Runs the layers from `layer`, whose input `stream` holds, and the head. */
export function forwardFrom(
  encoder: Encoder,
  activations: Activations,
  { layer, pass }: { readonly layer: number; readonly pass: Pick<Pass, "sequences" | "masks"> },
): ForwardCache {
  const { ops, config, weights } = encoder;
  const layers: LayerCache[] = [];
  for (let l = layer; l < config.layers; l++) {
    layers.push(layerForward(encoder, l, { activations, pass }));
  }
  const { count } = pass.sequences;
  const pooled = ops.empty(count, config.width);
  const activated = ops.empty(count, config.width);
  const logits = ops.empty(count, config.labels);
  const top = activations.layers[config.layers - 1].output;
  if (config.family.head.activation === "gelu") {
    ops.linear(pooled, top, weights.dense, { activated });
  } else {
    ops.linear(pooled, top, weights.dense);
    ops.tanh(activated, pooled);
  }
  ops.linear(logits, activated, weights.classifier);
  return { logits, pooled, activated, layers };
}

/** Gives back what a forward pass left. */
export function freeForwardCache(
  ops: Ops,
  { logits, pooled, activated, layers }: ForwardCache,
): void {
  ops.free(logits, pooled, activated, ...layers.flatMap(({ context, lse }) => [context, lse]));
}

/** Where a layer runs. */
export interface LayerActivations {
  /** Holds its input, the output of the layer below or the embeddings; receives what it writes. */
  readonly activations: Activations;
  readonly pass: Pick<Pass, "sequences" | "masks">;
}

/** Runs one layer. */
export function layerForward(encoder: Encoder, l: number, place: LayerActivations): LayerCache {
  projectForward(encoder, l, place);
  return attendForward(encoder, l, place);
}

/** Runs the first part of a layer: query, key and value. */
export function projectForward(encoder: Encoder, l: number, place: LayerActivations): void {
  const unit = unitForward(encoder, l, place);
  const hidden = inputOf(place.activations, l);
  const queries = queriesOf(encoder, l, place);
  unit("query", queries);
  unit("key", hidden);
  unit("value", hidden);
  if (queries !== hidden) encoder.ops.free(queries);
}

/** Runs the rest of a layer, whose query, key and value the stream holds. */
export function attendForward(encoder: Encoder, l: number, place: LayerActivations): LayerCache {
  const { ops, config, weights } = encoder;
  const { activations, pass: { sequences } } = place;
  const tensors = activations.layers[l];
  const layer = weights.layers[l];
  const unit = unitForward(encoder, l, place);
  const queries = queriesOf(encoder, l, place);
  const context = ops.empty(queries.rows, config.width);
  const lse = ops.empty(queries.rows, config.heads);
  const last = l === config.layers - 1;
  ops.attention(context, lse, attentionOf(tensors, { config, sequences, last }));
  unit("attention_output", context);
  ops.addNorm(tensors.attended, tensors.attention_output, queries, layer.attentionNorm);
  const activated = ops.empty(queries.rows, config.inner);
  unit("intermediate", tensors.attended, activated);
  unit("ff_output", activated);
  ops.addNorm(tensors.output, tensors.ff_output, tensors.attended, layer.outputNorm);
  ops.free(activated);
  if (last) ops.free(queries);
  return { context, lse };
}

/** y = the masked output of one linear of a layer. */
function unitForward(
  { ops, config, weights }: Encoder,
  l: number,
  { activations, pass }: LayerActivations,
) {
  const last = l === config.layers - 1;
  return (component: Component, x: Tensor, activated?: Tensor) => {
    const mask = unitMask(pass.masks, { l, component, last });
    ops.linear(activations.layers[l][component], x, weights.layers[l][component], {
      mask,
      activated,
    });
  };
}

/** What a layer's queries are made of: its input; in the last layer that of [CLS], a tensor of its own. */
function queriesOf(
  { ops, config }: Encoder,
  l: number,
  { activations, pass }: LayerActivations,
): Tensor {
  const hidden = inputOf(activations, l);
  if (l < config.layers - 1) return hidden;
  const queries = ops.empty(pass.sequences.count, config.width);
  ops.takeRows(queries, hidden, pass.sequences.cls);
  return queries;
}

/** What a layer reads: the output of the layer below, or the embeddings. */
export function inputOf(activations: Activations, l: number): Tensor {
  return l === 0 ? activations.embedding : activations.layers[l - 1].output;
}

/** The attention of a layer over the sequences of a batch. */
export function attentionOf(
  { query, key, value }: LayerTensors,
  { config, sequences, last }: {
    readonly config: EncoderConfig;
    readonly sequences: SequenceTensors;
    readonly last: boolean;
  },
): Attention {
  return {
    query,
    key,
    value,
    rows: last ? sequences.lastSequences : sequences.attentionSequences,
    rowOfQuery: last ? sequences.sequenceOfQuery : sequences.sequenceOfToken,
    rowOfKey: sequences.sequenceOfToken,
    heads: config.heads,
    longest: { queries: last ? 1 : sequences.longest, keys: sequences.longest },
  };
}

/** The mask of one linear's output, and of its gradient; none where no unit is zeroed. */
export function unitMask(
  masks: MasksOfRows | undefined,
  { l, component, last }: {
    readonly l: number;
    readonly component: Component;
    readonly last: boolean;
  },
): UnitMask | undefined {
  const keep = masks?.masks.keep[l][component];
  if (!masks || !keep) return undefined;
  return { keep, maskOf: last && perQuery.has(component) ? masks.ofSequence : masks.ofToken };
}
