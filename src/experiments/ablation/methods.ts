/** What takes the place of ablated neurons' outputs: zero, a multiple, their means, other pairs' values. */

import type { MaskedNeuron } from "../../model/mask.ts";
import { neuronName, neuronOf, type NeuronSpace } from "../../model/neurons.ts";
import type { ResamplingOptions } from "./resampling_donors.ts";

/**
 * How neurons are ablated: their outputs become 0, their means over a reference list of pairs, what they
 * are in another pair of a list at the same relative position, or a multiple of themselves.
 */
export type AblationMethod = "zero" | "mean" | "resample" | `scale ${number}`;

/** The names of {@linkcode AblationMethod} that need no number. */
export const ablationMethods = ["zero", "mean", "resample"] as const;

/** A set, and how its neurons are ablated. */
export interface AblatedSet {
  /** Ids. */
  readonly ids: Uint32Array;
  /** `zero` unless given. */
  readonly method?: AblationMethod;
}

/** What methods need beside the model. */
export interface Replacements {
  /** For `mean`: mean outputs by neuron id. */
  readonly means?: Float64Array;
  /** For `resample`: where other pairs are drawn from. */
  readonly resampling?: ResamplingOptions;
}

/** Whether a set needs donors: an empty one needs nothing. */
export function isResampled({ ids, method }: AblatedSet): boolean {
  return method === "resample" && ids.length > 0;
}

/** A method as messages say it of neurons. */
export function ablatedAs({ method = "zero" }: Pick<AblatedSet, "method">): string {
  return { zero: "zeroed", mean: "at their means", resample: "resampled" }[method as string] ??
    `times ${method.replace("scale ", "")}`;
}

/**
 * The neurons of a set as a mask takes them.
 *
 * @throws {RangeError} where `mean` has no mean of a neuron.
 */
export function maskOfSet(
  space: NeuronSpace,
  { ids, method = "zero" }: AblatedSet,
  { means }: Replacements,
): MaskedNeuron[] {
  const neurons = Array.from(ids, (id) => neuronOf(space, id));
  if (method === "zero") return neurons;
  if (method === "resample") return neurons.map((neuron) => ({ ...neuron, shift: "donor" }));
  if (method !== "mean") {
    const factor = Number(method.replace("scale ", ""));
    return neurons.map((neuron) => ({ ...neuron, factor }));
  }
  return neurons.map((neuron, i) => {
    const shift = means?.[ids[i]];
    if (shift !== undefined && Number.isFinite(shift)) return { ...neuron, shift };
    throw new RangeError(
      `Cannot set ${neuronName(neuron)} to its mean: expected a finite mean, got ${
        shift ?? "none"
      }`,
    );
  });
}
