/** Neurons: outputs of the linears, their ids and their names. */

import { type Component, components, unitsOf, unitsPerLayer } from "./components.ts";
import type { EncoderConfig } from "./config.ts";

/** One output of one linear. */
export interface Neuron {
  /** From 0. */
  readonly layer: number;
  /** Which linear of the layer. */
  readonly component: Component;
  /** From 0. */
  readonly unit: number;
}

/** The sizes that neuron ids depend on. */
export type NeuronSpace = Pick<EncoderConfig, "layers" | "width" | "inner">;

/** Number of neurons of a model: 221,184 in BERT-large. */
export function neuronCount(space: NeuronSpace): number {
  return space.layers * unitsPerLayer(space);
}

/** First id of a component of a layer. */
export function firstId(space: NeuronSpace, layer: number, component: Component): number {
  let id = layer * unitsPerLayer(space);
  for (const other of components) {
    if (other === component) break;
    id += unitsOf(space, other);
  }
  return id;
}

/** The id of a neuron: layer · U + offset of its component + unit. */
export function neuronId(space: NeuronSpace, { layer, component, unit }: Neuron): number {
  return firstId(space, layer, component) + unit;
}

/**
 * The neuron of an id.
 *
 * @throws {RangeError} where the model has no such neuron.
 */
export function neuronOf(space: NeuronSpace, id: number): Neuron {
  const layer = Math.floor(id / unitsPerLayer(space));
  let unit = id % unitsPerLayer(space);
  for (const component of isBelow(id, neuronCount(space)) ? components : []) {
    const units = unitsOf(space, component);
    if (unit < units) return { layer, component, unit };
    unit -= units;
  }
  throw new RangeError(
    `Cannot name neuron ${id}: expected an id from 0 to ${neuronCount(space) - 1}`,
  );
}

/** `layer.component.unit`, e.g. `7.value.312`. */
export function neuronName({ layer, component, unit }: Neuron): string {
  return `${layer}.${component}.${unit}`;
}

/**
 * The neuron of a name.
 *
 * @throws {SyntaxError} where it is no name, {@linkcode RangeError} where the model has no such neuron.
 */
export function parseNeuron(space: NeuronSpace, name: string): Neuron {
  const [, layer, component, unit] = /^(\d{1,6})\.([a-z_]+)\.(\d{1,9})$/.exec(name) ?? [];
  const known = components.find((one) => one === component);
  if (!known) {
    throw new SyntaxError(
      `Cannot parse neuron ${
        JSON.stringify(name)
      }: expected layer.component.unit, e.g. 7.value.312`,
    );
  }
  const neuron = { layer: Number(layer), component: known, unit: Number(unit) };
  checkNeuron(space, neuron);
  return neuron;
}

/** Throws a `RangeError` where the model has no such neuron. */
export function checkNeuron(space: NeuronSpace, neuron: Neuron): void {
  const units = unitsOf(space, neuron.component);
  if (isBelow(neuron.layer, space.layers) && isBelow(neuron.unit, units)) return;
  throw new RangeError(
    `Cannot use neuron ${
      neuronName(neuron)
    }: the model has ${space.layers} layers with ${units} units in ${neuron.component}`,
  );
}

function isBelow(value: number, count: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < count;
}
