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
export interface Stream {
  readonly embedding: Tensor; // [M, C], after the embeddings' LayerNorm (and projection); a cut
  readonly layers: readonly LayerTensors[];
}

/** How many lines a stream has room for. */
export interface Room {
  /** Tokens, M. */
  readonly tokens: number;
  /** Rows, R. */
  readonly rows: number;
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
export function isPerRow(config: EncoderConfig, layer: number, name: keyof LayerTensors): boolean {
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
): Stream {
  const layers = Array.from(
    { length: config.layers },
    (_, layer) => Object.fromEntries(names.map((name) => [name, tensor(layer, name)])),
  );
  return { embedding, layers: layers as unknown as LayerTensors[] };
}

/** A stream with memory of its own for every layer. */
export function keptStream(ops: Ops, config: EncoderConfig, room: Room): Stream {
  return build(
    config,
    ops.empty(room.tokens, config.width),
    (layer, name) =>
      ops.empty(isPerRow(config, layer, name) ? room.rows : room.tokens, widthOf(config, name)),
  );
}

/** A stream whose layers share memory, for passes that nothing is kept of. */
export function passingStream(ops: Ops, config: EncoderConfig, room: Room): Stream {
  const embedding = ops.empty(room.tokens, config.width);
  const shared = new Map<string, Tensor>();
  return build(config, embedding, (layer, name) => {
    const perRow = isPerRow(config, layer, name);
    if (name === "output" && !perRow) return embedding; // its input, which is not needed any more
    const key = `${name} ${perRow}`;
    const tensor = shared.get(key) ??
      ops.empty(perRow ? room.rows : room.tokens, widthOf(config, name));
    shared.set(key, tensor);
    return tensor;
  });
}

/** Lines `from` … `from + room` of a stream, in tokens and in rows; both must be aligned. */
export function streamWindow(
  ops: Ops,
  config: EncoderConfig,
  stream: Stream,
  { from, room }: { readonly from: Room; readonly room: Room },
): Stream {
  return build(
    config,
    ops.slice(stream.embedding, from.tokens, room.tokens),
    (layer, name) => {
      const tensor = stream.layers[layer][name];
      return isPerRow(config, layer, name)
        ? ops.slice(tensor, from.rows, room.rows)
        : ops.slice(tensor, from.tokens, room.tokens);
    },
  );
}

/** Every distinct tensor of a stream. */
export function tensorsOf(stream: Stream): readonly Tensor[] {
  return [...new Set([stream.embedding, ...stream.layers.flatMap((l) => Object.values(l))])];
}

/** Numbers that a kept stream holds for one token, all layers together. */
export function numbersPerToken(config: EncoderConfig): number {
  const layer = names.reduce((sum, name) => sum + widthOf(config, name), 0);
  return config.width + config.layers * layer;
}
