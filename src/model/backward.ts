/** The backward pass: gradients of F with respect to activations. Weights are frozen. */

import type { Norm, Tensor } from "../compute/ops.ts";
import type { Activations, LayerTensors } from "./activations.ts";
import type { Component } from "./components.ts";
import {
  attentionOf,
  type Encoder,
  type ForwardCache,
  inputOf,
  type Pass,
  unitMask,
} from "./forward.ts";

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
  if (config.family.head.activation === "gelu") {
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
  const { cls, count } = pass.sequences;
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
  ops.linearBackward(g.intermediate, g.ff_output, layer.ff_output, { preactivation });
  mask("intermediate");
  ops.linearBackward(g.attended, g.intermediate, layer.intermediate, { plus: dattended });
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
  ops.linearBackward(dcontext, g.attention_output, layer.attention_output);
  ops.attentionBackward(
    g,
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
    ops.linearBackward(dhidden, g.key, layer.key);
    ops.linearBackward(dhidden, g.value, layer.value, { plus: dhidden });
    ops.linearBackward(dsum, g.query, layer.query, { plus: dqueries });
    ops.addRows(dhidden, dsum, cls);
    ops.free(queries);
  } else {
    ops.linearBackward(dhidden, g.query, layer.query, { plus: dqueries });
    ops.linearBackward(dhidden, g.key, layer.key, { plus: dhidden });
    ops.linearBackward(dhidden, g.value, layer.value, { plus: dhidden });
  }
  ops.free(dsum, dcontext);
}
