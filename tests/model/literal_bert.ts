/**
 * BERT's forward and backward pass written out by hand, step by step: the literal reference of what the
 * recorded graph computes and of what its rules make of it on the way back.
 */

import type { Attention, Linear, Norm, Ops, Tensor, UnitMask } from "../../src/compute/ops.ts";
import type { SequenceTensors } from "../../src/model/batch.ts";
import type { EncoderConfig } from "../../src/model/config.ts";
import type { Encoder as GraphEncoder, Pass } from "../../src/model/forward.ts";
import type { Step } from "../../src/model/steps.ts";
import { linesOf } from "../../src/model/kept.ts";
import type { MasksOfRows } from "../../src/model/mask.ts";

type Component = string;

/** Components that exist at [CLS] alone in the last layer. */
const perQuery: ReadonlySet<Component> = new Set(
  ["query", "attention_output", "intermediate", "ff_output"] as const,
);

/** Tensors of one layer. */
export interface LayerTensors extends Readonly<Record<string, Tensor>> {
  readonly attended: Tensor;
  readonly output: Tensor;
}

/** Activations of a pass, or the gradients of F with respect to them. */
export interface Activations {
  readonly embedding: Tensor;
  readonly layers: readonly LayerTensors[];
}

interface LayerWeights {
  readonly of: Readonly<Record<Component, Linear>>;
  readonly attentionNorm: Norm;
  readonly outputNorm: Norm;
}

interface Encoder {
  readonly ops: Ops;
  readonly config: EncoderConfig;
  readonly weights: {
    readonly positions: Tensor;
    readonly types: Tensor;
    readonly embeddingNorm: Norm;
    readonly projection?: Linear;
    readonly layers: readonly LayerWeights[];
    readonly dense: Linear;
    readonly classifier: Linear;
  };
}

/** The weights of a graph by the roles that they have in BERT. */
export function literalEncoder({ ops, config, graph, weights }: GraphEncoder): Encoder {
  const linears = graph.steps.filter((step) => step.kind === "linear");
  const of = (step: Step & { kind: "linear" }) => weights.linears.get(step.linear)!;
  const norms = graph.steps.flatMap((step) =>
    step.kind === "addNorm" ? [weights.norms.get(step.norm)!] : []
  );
  const embed = graph.steps.find((step) => step.kind === "embed")!;
  const layers = Array.from({ length: config.layers }, (_, layer) => {
    const own = linears.flatMap((step) =>
      step.site?.layer === layer ? [[step.site.component, of(step)]] : []
    );
    const [attentionNorm, outputNorm] = norms.slice(2 * layer);
    return { of: Object.fromEntries(own), attentionNorm, outputNorm };
  });
  const projection = linears[0].site ? undefined : of(linears[0]);
  const [dense, classifier] = linears.slice(-2).map(of);
  return {
    ops,
    config,
    weights: {
      positions: weights.tables.get(embed.embedding.positions!)!,
      types: weights.tables.get(embed.embedding.types!)!,
      embeddingNorm: weights.norms.get(embed.embedding.norm!)!,
      ...{ projection, layers, dense, classifier },
    },
  };
}

/** Memory for what the graph keeps, by its roles in BERT. */
export function literalTensors({ ops, config, graph }: GraphEncoder, sequences: SequenceTensors) {
  const capacity = { tokens: sequences.tokens, sequences: sequences.count };
  const byValue = new Map(
    graph.kept.map((value) => [value, ops.empty(linesOf(value, capacity), value.width)]),
  );
  return { byValue, activations: byRole({ config, graph }, byValue) };
}

/** What is kept of a pass, by its roles in BERT. */
export function byRole(
  { config, graph: { sites, cuts } }: Pick<GraphEncoder, "config" | "graph">,
  kept: ReadonlyMap<unknown, Tensor>,
): Activations {
  const cut = (name: string) => kept.get(cuts.find((one) => one.name === name)!.value)!;
  return {
    embedding: cut("embedding"),
    layers: Array.from({ length: config.layers }, (_, layer) => {
      const own = sites.filter((site) => site.layer === layer)
        .map(({ component, value }) => [component, kept.get(value)!]);
      return {
        ...Object.fromEntries(own),
        attended: cut(`${layer}.attention`),
        output: cut(`${layer}.ff`),
      };
    }),
  };
}

/** What a forward pass leaves beside its stream. */
interface ForwardCache {
  readonly logits: Tensor; // [R, labels]
  readonly pooled: Tensor; // [R, C], before the head's activation
  readonly activated: Tensor; // [R, C], after it
  readonly layers: readonly LayerCache[];
}

/** What the backward pass of a layer needs that is no activation of the stream. */
interface LayerCache {
  readonly context: Tensor; // [M, C], the attention's output
  readonly lse: Tensor; // [M, H]
}

/** Runs the encoder over the sequences of a batch; writes `activations`. */
export function forward(encoder: Encoder, activations: Activations, pass: Pass): ForwardCache {
  embed(encoder, activations, pass);
  return forwardFrom(encoder, activations, { layer: 0, pass });
}

/** Writes the embeddings of a batch's sequences to `activations`. */
function embed(
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
function forwardFrom(
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
  if (config.family.type === "electra") {
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
interface LayerActivations {
  /** Holds its input, the output of the layer below or the embeddings; receives what it writes. */
  readonly activations: Activations;
  readonly pass: Pick<Pass, "sequences" | "masks">;
}

/** Runs one layer. */
function layerForward(encoder: Encoder, l: number, place: LayerActivations): LayerCache {
  projectForward(encoder, l, place);
  return attendForward(encoder, l, place);
}

/** Runs the first part of a layer: query, key and value. */
function projectForward(encoder: Encoder, l: number, place: LayerActivations): void {
  const unit = unitForward(encoder, l, place);
  const hidden = inputOf(place.activations, l);
  const queries = queriesOf(encoder, l, place);
  unit("query", queries);
  unit("key", hidden);
  unit("value", hidden);
  if (queries !== hidden) encoder.ops.free(queries);
}

/** Runs the rest of a layer, whose query, key and value the stream holds. */
function attendForward(encoder: Encoder, l: number, place: LayerActivations): LayerCache {
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
    ops.linear(activations.layers[l][component], x, weights.layers[l].of[component], {
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
  ops.takeRows(queries, hidden, pass.sequences.taken);
  return queries;
}

/** What a layer reads: the output of the layer below, or the embeddings. */
function inputOf(activations: Activations, l: number): Tensor {
  return l === 0 ? activations.embedding : activations.layers[l - 1].output;
}

/** The attention of a layer over the sequences of a batch. */
function attentionOf(
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
function unitMask(
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

/**
 * Fills `gradients` with ∂F/∂ every activation of `activations`, given dlogits [R, labels] and what the
 * forward pass left. Derived line by line in docs/numerics.md.
 */
export function backward(
  encoder: Encoder,
  { activations, gradients }: {
    readonly activations: Activations;
    readonly gradients: Activations;
  },
  dlogits: Tensor,
  { pass, cache }: { readonly pass: Pass; readonly cache: ForwardCache },
): void {
  const { ops, config, weights } = encoder;
  const dpooled = ops.empty(pass.sequences.count, config.width);
  if (config.family.type === "electra") {
    ops.linearBackward(dpooled, dlogits, weights.classifier, { preactivation: cache.pooled });
  } else {
    const dactivated = ops.empty(pass.sequences.count, config.width);
    ops.linearBackward(dactivated, dlogits, weights.classifier);
    ops.tanhBackward(dpooled, dactivated, cache.activated);
    ops.free(dactivated);
  }
  ops.linearBackward(gradients.layers[config.layers - 1].output, dpooled, weights.dense);
  ops.free(dpooled);
  for (let l = config.layers - 1; l >= 0; l--) {
    layerBackward(encoder, l, {
      hidden: inputOf(activations, l),
      dhidden: inputOf(gradients, l),
      y: activations.layers[l],
      g: gradients.layers[l],
      pass,
      cache,
    });
  }
}

function layerBackward(
  { ops, config, weights }: Encoder,
  l: number,
  { hidden, dhidden, y, g, pass, cache }: {
    readonly hidden: Tensor;
    readonly dhidden: Tensor;
    readonly y: LayerTensors;
    readonly g: LayerTensors;
    readonly pass: Pass;
    readonly cache: ForwardCache;
  },
): void {
  const layer = weights.layers[l];
  const last = l === config.layers - 1;
  const { context, lse } = cache.layers[l];
  const { taken: cls, count } = pass.sequences;
  const maskOf = (component: Component) => unitMask(pass.masks, { l, component, last });
  /** A masked unit's gradient is zero as well. */
  const mask = (component: Component) => {
    const units = maskOf(component);
    if (units) ops.mask(g[component], units);
  };

  const dsum = ops.empty(g.output.rows, config.width);
  /** In the forward pass: dy's x = LayerNorm(y + residual); so now both get the same gradient. */
  const intoResidual = (
    component: "attention_output" | "ff_output",
    { dy, residual, norm }: { readonly dy: Tensor; readonly residual: Tensor; readonly norm: Norm },
  ): Tensor => {
    const into = maskOf(component) ? dsum : g[component];
    ops.addNormBackward(into, dy, y[component], residual, norm);
    if (into === g[component]) return into;
    const { rows } = dsum;
    const inOrder = ops.indices(rows, 1, Uint32Array.from({ length: rows }, (_, i) => i));
    ops.takeRows(g[component], dsum, inOrder);
    ops.free(inOrder);
    mask(component); // the residual's gradient passes a mask by
    return dsum;
  };

  const dattended = intoResidual("ff_output", {
    dy: g.output,
    residual: y.attended,
    norm: layer.outputNorm,
  });
  // ff_output = gelu(intermediate) Wᵀ + b
  const preactivation = y.intermediate;
  ops.linearBackward(g.intermediate, g.ff_output, layer.of.ff_output, { preactivation });
  mask("intermediate");
  ops.linearBackward(g.attended, g.intermediate, layer.of.intermediate, { plus: dattended });
  // attended = LayerNorm(attention_output + hidden)
  const queries = last ? ops.empty(count, config.width) : hidden;
  if (last) ops.takeRows(queries, hidden, cls);
  const dqueries = intoResidual("attention_output", {
    dy: g.attended,
    residual: queries,
    norm: layer.attentionNorm,
  });
  // attention_output = context Wᵀ + b, context = attention(query, key, value)
  const dcontext = ops.empty(context.rows, config.width);
  ops.linearBackward(dcontext, g.attention_output, layer.of.attention_output);
  ops.attentionBackward(
    { query: g.query, key: g.key, value: g.value },
    dcontext,
    context,
    lse,
    attentionOf(y, { config, sequences: pass.sequences, last }),
  );
  mask("query");
  mask("key");
  mask("value");
  // query, key and value are linear in hidden, which also went on to the residual sum
  if (last) {
    ops.linearBackward(dhidden, g.key, layer.of.key);
    ops.linearBackward(dhidden, g.value, layer.of.value, { plus: dhidden });
    ops.linearBackward(dsum, g.query, layer.of.query, { plus: dqueries });
    ops.addRows(dhidden, dsum, cls);
    ops.free(queries);
  } else {
    ops.linearBackward(dhidden, g.query, layer.of.query, { plus: dqueries });
    ops.linearBackward(dhidden, g.key, layer.of.key, { plus: dhidden });
    ops.linearBackward(dhidden, g.value, layer.of.value, { plus: dhidden });
  }
  ops.free(dsum, dcontext);
}
