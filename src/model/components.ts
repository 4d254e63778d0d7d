/** The linears whose outputs are the neurons, and the order in which they are counted. */

import type { EncoderConfig } from "./config.ts";

/** The components of a layer, in the order of neuron ids. */
export const components = [
  "query",
  "key",
  "value",
  "attention_output",
  "intermediate",
  "ff_output",
] as const;

/** A linear of a layer; a neuron is one of its outputs, before activation, residual and LayerNorm. */
export type Component = typeof components[number];

/** The components whose last layer matters at [CLS] alone; key and value matter at every token. */
export const perQuery: ReadonlySet<Component> = new Set(
  ["query", "attention_output", "intermediate", "ff_output"] as const,
);

/** Outputs of `component` in one layer. */
export function unitsOf(
  config: Pick<EncoderConfig, "width" | "inner">,
  component: Component,
): number {
  return component === "intermediate" ? config.inner : config.width;
}

/** U, the outputs of all components of one layer: 9216 in BERT-large. */
export function unitsPerLayer(config: Pick<EncoderConfig, "width" | "inner">): number {
  return components.reduce((sum, component) => sum + unitsOf(config, component), 0);
}
