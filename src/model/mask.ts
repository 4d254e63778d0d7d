/** What neurons' outputs are multiplied by, as tensors: 0 zeroes a neuron, 1 leaves it. */

import type { Ops, Tensor } from "../compute/ops.ts";
import {
  checkNeuron,
  type Component,
  type Neuron,
  neuronName,
  type NeuronSpace,
  unitsOf,
} from "./neurons.ts";

/** A neuron of a mask. */
export interface MaskedNeuron extends Neuron {
  /** What its output is multiplied by; 0 unless given. */
  readonly factor?: number;
}

/** One or more masks; every row of a batch uses one of them. */
export interface Masks {
  /** For every layer, factors [masks, units] of the components in which some mask changes something. */
  readonly keep: readonly Readonly<Record<Component, Tensor>>[];
}

/** The masks used by the sequences of one batch. */
export interface MasksOfRows {
  readonly masks: Masks;
  readonly ofToken: Tensor; // index [M, 1]
  readonly ofSequence: Tensor; // index [R, 1]
}

/**
 * Masks that zero (or scale) the given neurons, one mask a set.
 *
 * @throws {RangeError} where the model has no such neuron, or a factor is no finite number.
 */
export function neuronMasks(
  ops: Ops,
  config: NeuronSpace,
  sets: readonly (readonly MaskedNeuron[])[],
): Masks {
  const rows = new Map<string, Float32Array>();
  sets.forEach((neurons, mask) => {
    for (const neuron of neurons) {
      checkNeuron(config, neuron);
      const { layer, component, unit, factor = 0 } = neuron;
      if (!Number.isFinite(factor)) {
        throw new RangeError(
          `Cannot mask neuron ${neuronName(neuron)}: expected a finite factor, got ${factor}`,
        );
      }
      const units = unitsOf(config, component);
      const key = `${layer}.${component}`;
      const ones = rows.get(key) ?? new Float32Array(sets.length * units).fill(1);
      ones[mask * units + unit] = factor;
      rows.set(key, ones);
    }
  });
  const keep = Array.from({ length: config.layers }, (): Record<Component, Tensor> => ({}));
  for (const [key, ones] of rows) {
    const [layer, component] = key.split(".") as [string, string];
    keep[Number(layer)][component] = ops.floats(sets.length, unitsOf(config, component), ones);
  }
  return { keep };
}

/** Frees masks. */
export function freeMasks(ops: Ops, { keep }: Masks): void {
  ops.free(...keep.flatMap((layer) => Object.values(layer)));
}
