/** Units by one number: neurons by their ids, and after all of them attention's heads by theirs. */

import {
  type Component,
  isHeads,
  type Neuron,
  neuronCount,
  neuronId,
  neuronName,
  neuronOf,
  type NeuronSpace,
  parseNeurons,
  parseSegmentPair,
  partsOf,
  SEGMENT_PAIRS,
  unitOfHead,
} from "./names.ts";

/** The sizes of a model's heads alone. */
export const headSpace = ({ layers, attention = [] }: NeuronSpace): NeuronSpace => ({
  layers,
  components: attention,
});

/** The unit of a number. */
export function unitOf(space: NeuronSpace, id: number): Neuron {
  const neurons = neuronCount(space);
  return id < neurons ? neuronOf(space, id) : neuronOf(headSpace(space), id - neurons);
}

/** The number of a unit. */
function idOf(space: NeuronSpace, unit: Neuron): number {
  return isHeads(unit.component)
    ? neuronCount(space) + neuronId(headSpace(space), unit)
    : neuronId(space, unit);
}

/** Names of units, separated by commas. */
export function namesOf(space: NeuronSpace, ids: readonly number[]): string {
  return ids.map((id) => neuronName(unitOf(space, id))).join(",");
}

/** Numbers of the units of names; names that the model does not have are left out. */
export function idsOf(space: NeuronSpace, names: readonly string[]): number[] {
  return names.flatMap((name) => {
    try {
      return matching(space, name) ?? parseNeurons(space, name).map((unit) => idOf(space, unit));
    } catch {
      return []; // of another model
    }
  });
}

/** Heads of several layers, `*.head.*.query>passage` or `3.head.*`; undefined where a name has no `*`. */
function matching(space: NeuronSpace, name: string): number[] | undefined {
  if (!name.includes("*")) return undefined;
  const [, layer, word, head, pair] =
    /^(\d+|\*)\.((?:cross_)?head)\.(\d+|\*)(?:\.(.+))?$/.exec(name) ?? [];
  const wanted = pair === undefined ? undefined : parseSegmentPair(pair);
  const isOf = (pattern: string, number: number) => pattern === "*" || Number(pattern) === number;
  const neurons = neuronCount(space);
  const found: number[] = [];
  for (const part of partsOf(headSpace(space))) {
    if (part.component !== `${word}s` || !isOf(layer, part.layer)) continue;
    for (let own = 0; own < part.units / SEGMENT_PAIRS; own++) {
      if (!isOf(head, own)) continue;
      const first = wanted ? unitOfHead({ head: own, ...wanted }) : own * SEGMENT_PAIRS;
      const end = wanted ? first + 1 : first + SEGMENT_PAIRS;
      for (let unit = first; unit < end; unit++) found.push(neurons + part.first + unit);
    }
  }
  return found;
}

/** Heads of a model: all, those of one layer's attention, or one. */
export interface HeadScope {
  readonly part?: { readonly layer: number; readonly component: Component };
  readonly head?: number;
}

/** The name of heads, of one pair of segments where it is given; several with commas between them. */
export function nameOfHeads(
  { attention = [] }: NeuronSpace,
  { part, head }: HeadScope,
  pair?: string,
): string {
  const components = part ? [part.component] : attention.map(({ name }) => name);
  const end = pair === undefined ? "" : `.${pair}`;
  return components
    .map((name) => `${part?.layer ?? "*"}.${name.replace(/s$/, "")}.${head ?? "*"}${end}`).join();
}
