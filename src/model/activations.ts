/** The activation table: every tensor that a pass through the layers writes, and what it is kept for. */

import type { Ops, Tensor } from "../compute/ops.ts";
import { type Component, perQuery, unitsOf } from "./components.ts";
import type { EncoderConfig } from "./config.ts";

/**
 * Tensors of one layer for M tokens. In the last layer only [CLS] matters after attention: all but
 * key and value have a line a row (R) instead of a line a token.
 */
export interface LayerTensors extends Readonly<Record<Component, Tensor>> {
  readonly attended: Tensor; // [M, C], after the first LayerNorm; a cut: completeness holds here
  readonly output: Tensor; // [M, C], after the second LayerNorm; a cut
}

/** Activations of a pass, or the gradients of F with respect to them. */
export interface Activations {
  readonly embedding: Tensor; // [M, C], after the embeddings' LayerNorm (and projection); a cut
  readonly layers: readonly LayerTensors[];
}

/** How many lines activations have. */
export interface Capacity {
  /** Tokens, M. */
  readonly tokens: number;
  /** Sequences, R. */
  readonly sequences: number;
}

const names = [
  "query",
  "key",
  "value",
  "attention_output",
  "attended",
  "intermediate",
  "ff_output",
  "output",
] as const;

/** Whether `name` has a line a row, not a line a token, in `layer`. */
export function isPerSequence(
  config: EncoderConfig,
  layer: number,
  name: keyof LayerTensors,
): boolean {
  return layer === config.layers - 1 &&
    (name === "attended" || name === "output" || perQuery.has(name));
}

function widthOf(config: EncoderConfig, name: keyof LayerTensors): number {
  return name === "attended" || name === "output" ? config.width : unitsOf(config, name);
}

function build(
  config: EncoderConfig,
  embedding: Tensor,
  tensor: (layer: number, name: keyof LayerTensors) => Tensor,
): Activations {
  const layers = Array.from(
    { length: config.layers },
    (_, layer) => Object.fromEntries(names.map((name) => [name, tensor(layer, name)])),
  );
  return { embedding, layers: layers as unknown as LayerTensors[] };
}

/** Activations with memory of their own for every layer. */
export function keptActivations(ops: Ops, config: EncoderConfig, capacity: Capacity): Activations {
  return build(
    config,
    ops.empty(capacity.tokens, config.width),
    (layer, name) =>
      ops.empty(
        isPerSequence(config, layer, name) ? capacity.sequences : capacity.tokens,
        widthOf(config, name),
      ),
  );
}

/** Activations whose layers share memory, for passes that keep nothing. */
export function transientActivations(
  ops: Ops,
  config: EncoderConfig,
  capacity: Capacity,
): Activations {
  const embedding = ops.empty(capacity.tokens, config.width);
  const shared = new Map<string, Tensor>();
  return build(config, embedding, (layer, name) => {
    const perSequence = isPerSequence(config, layer, name);
    if (name === "output" && !perSequence) return embedding; // its input, which is not needed any more
    const key = `${name} ${perSequence}`;
    const tensor = shared.get(key) ??
      ops.empty(perSequence ? capacity.sequences : capacity.tokens, widthOf(config, name));
    shared.set(key, tensor);
    return tensor;
  });
}

/** Lines `from` … `from + capacity` of activations, in tokens and in sequences; both must be aligned. */
export function activationsWindow(
  ops: Ops,
  config: EncoderConfig,
  activations: Activations,
  { from, capacity }: { readonly from: Capacity; readonly capacity: Capacity },
): Activations {
  return build(
    config,
    ops.slice(activations.embedding, from.tokens, capacity.tokens),
    (layer, name) => {
      const tensor = activations.layers[layer][name];
      return isPerSequence(config, layer, name)
        ? ops.slice(tensor, from.sequences, capacity.sequences)
        : ops.slice(tensor, from.tokens, capacity.tokens);
    },
  );
}

/** Every distinct tensor of activations. */
export function tensorsOf(activations: Activations): readonly Tensor[] {
  return [
    ...new Set([activations.embedding, ...activations.layers.flatMap((l) => Object.values(l))]),
  ];
}

/** Numbers that kept activations hold for one token, all layers together. */
export function numbersPerToken(config: EncoderConfig): number {
  const layer = names.reduce((sum, name) => sum + widthOf(config, name), 0);
  return config.width + config.layers * layer;
}
