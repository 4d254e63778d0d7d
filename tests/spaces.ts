/** The linears of BERT's layers, as tests without a model need them. */

import { bertComponents } from "../src/model/families/bert.ts";
import { componentsOf, type NeuronSpace } from "../src/model/neurons.ts";

/** The neurons of a model of BERT's family; `width` and `inner` are spelled out for the tests' own sums. */
export function bertSpace<S extends { readonly layers: number; width: number; inner: number }>(
  sizes: S,
): NeuronSpace & S {
  return { ...sizes, components: bertComponents(sizes) };
}

/** BERT's components in the order of neuron ids. */
export const components: readonly string[] = componentsOf(
  bertSpace({ layers: 1, width: 1, inner: 1 }),
);
