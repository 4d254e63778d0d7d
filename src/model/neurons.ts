/** Neurons: outputs of the linears, and attention's heads as units; their ids and their names. */

import {
  headComponents,
  headUnitName,
  isHeads,
  parseHeadName,
  parseSegmentPair,
  SEGMENT_PAIRS,
  unitOfHead,
} from "./heads.ts";

/**
 * A linear of a layer; a neuron is one of its outputs, before activation, residual and normalisation. Or
 * `heads`, the attention probabilities of the layer (heads.ts).
 */
export type Component = string;

/**
 * The components of all families, in the order of neuron ids. A family has some of them: BERT query,
 * key, value, attention_output, intermediate, ff_output.
 */
export const componentOrder: readonly Component[] = [
  "query",
  "key",
  "value",
  "attention_output",
  "cross_query",
  "cross_key",
  "cross_value",
  "cross_output",
  "intermediate",
  "gate",
  "up",
  "ff_output",
  ...headComponents,
];

/** One component of a model. */
export interface ComponentSpace {
  /** E.g. `value`. */
  readonly name: Component;
  /** Its outputs in one layer. */
  readonly units: number;
  /** The layers that have it, ascending; all unless given. */
  readonly layers?: readonly number[];
}

/** What neuron ids depend on: how many layers a model has, and the components of each. */
export interface NeuronSpace {
  /** L; a decoder's are numbered on from its encoder's. */
  readonly layers: number;
  /** In the order of neuron ids. */
  readonly components: readonly ComponentSpace[];
  /** What can be named and zeroed besides, without an id: a model's heads beside its linears. */
  readonly attention?: readonly ComponentSpace[];
}

/** One output of one linear. */
export interface Neuron {
  /** From 0. */
  readonly layer: number;
  /** Which linear of the layer. */
  readonly component: Component;
  /** From 0. */
  readonly unit: number;
}

/** One linear of one layer. */
export interface Part {
  readonly layer: number;
  readonly component: Component;
  /** Its outputs. */
  readonly units: number;
  /** The id of its first neuron. */
  readonly first: number;
}

const known = new WeakMap<readonly ComponentSpace[], Map<number, readonly Part[]>>();

/** Every linear whose outputs are neurons, in the order of their ids. */
export function partsOf({ layers, components }: NeuronSpace): readonly Part[] {
  const byLayers = known.get(components) ?? new Map<number, readonly Part[]>();
  known.set(components, byLayers);
  const found = byLayers.get(layers);
  if (found) return found;
  const parts: Part[] = [];
  let first = 0;
  for (let layer = 0; layer < layers; layer++) {
    for (const { name, units, layers: own } of components) {
      if (own && !own.includes(layer)) continue;
      parts.push({ layer, component: name, units, first });
      first += units;
    }
  }
  byLayers.set(layers, parts);
  return parts;
}

/** The layers that have a component. */
export function layersOf(space: NeuronSpace, component: Component): readonly number[] {
  const own = space.components.find(({ name }) => name === component)?.layers;
  return own ?? Array.from({ length: space.layers }, (_, layer) => layer);
}

/** Outputs of a component in one layer; 0 where the model has no such component. */
export function unitsOf(
  { components, attention = [] }: Pick<NeuronSpace, "components" | "attention">,
  component: Component,
): number {
  return [...components, ...attention].find(({ name }) => name === component)?.units ?? 0;
}

/** Names of a model's components, in the order of neuron ids. */
export function componentsOf({ components }: Pick<NeuronSpace, "components">): Component[] {
  return components.map(({ name }) => name);
}

/** Whether two models have the same linears with as many outputs each. */
export function sameSpace(one: NeuronSpace, other: NeuronSpace): boolean {
  const text = (space: NeuronSpace) =>
    JSON.stringify(partsOf(space).map(({ layer, component, units }) => [layer, component, units]));
  return text(one) === text(other);
}

/** Number of neurons of a model: 221,184 in BERT-large. */
export function neuronCount(space: NeuronSpace): number {
  const last = partsOf(space).at(-1);
  return last ? last.first + last.units : 0;
}

/** First id of a component of a layer. */
export function firstId(space: NeuronSpace, layer: number, component: Component): number {
  const part = partOf(space, layer, component);
  if (part) return part.first;
  throw new RangeError(`Cannot find ${layer}.${component}: the model has no such linear`);
}

/** The linear of a layer; undefined where the layer has no such component. */
export function partOf(
  space: NeuronSpace,
  layer: number,
  component: Component,
): Part | undefined {
  return partsOf(space).find((part) => part.layer === layer && part.component === component);
}

/** What tensors by component tell: [layers that have it, units] of each, and which layers where not all. */
export function spaceOf(
  shapes: ReadonlyMap<Component, readonly number[]>,
  layersWith: (component: Component) => readonly number[] | undefined = () => undefined,
): NeuronSpace {
  const components = componentOrder.filter((name) => shapes.has(name)).map((name) => {
    const layers = layersWith(name);
    return { name, units: shapes.get(name)![1], ...(layers ? { layers } : {}) };
  });
  const counts = components.map(({ name, layers }) =>
    layers ? Math.max(-1, ...layers) + 1 : shapes.get(name)![0]
  );
  return { layers: Math.max(0, ...counts), components };
}

/** A model's sizes one by one: its layers, then the units of each component, and the layers that have it. */
export function sizesOf({ layers, components }: NeuronSpace): ReadonlyMap<string, string> {
  const units = components.map(({ name, units, layers }): [string, string] => [
    `units of ${name}`,
    `${units}${layers ? ` in layers ${layers.join()}` : ""}`,
  ]);
  return new Map([["layers", String(layers)], ...units]);
}

/** The names of sizes that either of two models has. */
export function sizeNames(one: NeuronSpace, other: NeuronSpace): string[] {
  return [...new Set([one, other].flatMap((space) => [...sizesOf(space).keys()]))];
}

/** A model's sizes in words, as messages give them. */
export function describeSpace({ layers, components }: NeuronSpace): string {
  const units = components.map(({ name, units, layers }) =>
    `${units} ${name}${layers ? ` in ${layers.length}` : ""}`
  );
  return `${layers} layers with ${units.join(", ")}`;
}

/** The id of a neuron: those of the layers below, of the components before it, and its unit. */
export function neuronId(space: NeuronSpace, { layer, component, unit }: Neuron): number {
  return firstId(space, layer, component) + unit;
}

/**
 * The neuron of an id.
 *
 * @throws {RangeError} where the model has no such neuron.
 */
export function neuronOf(space: NeuronSpace, id: number): Neuron {
  if (!isBelow(id, neuronCount(space))) {
    throw new RangeError(
      `Cannot name neuron ${id}: expected an id from 0 to ${neuronCount(space) - 1}`,
    );
  }
  const parts = partsOf(space);
  let [from, to] = [0, parts.length]; // the part that holds it is one of from … to - 1
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (parts[middle].first <= id) from = middle;
    else to = middle;
  }
  const { layer, component, first } = parts[from];
  return { layer, component, unit: id - first };
}

/** `layer.component.unit`, e.g. `7.value.312`; of a head `7.head.3.query>passage`. */
export function neuronName(neuron: Neuron): string {
  if (isHeads(neuron.component)) return headUnitName(neuron);
  return `${neuron.layer}.${neuron.component}.${neuron.unit}`;
}

/**
 * The neuron of a name; a head's needs a pair of segments.
 *
 * @throws {SyntaxError} where it is no name, {@linkcode RangeError} where the model has no such neuron.
 */
export function parseNeuron(space: NeuronSpace, name: string): Neuron {
  const [neuron, ...others] = parseNeurons(space, name);
  if (others.length === 0) return neuron;
  throw new SyntaxError(
    `Cannot parse neuron ${JSON.stringify(name)}: expected a pair of segments too, e.g. ${
      neuronName(neuron)
    }`,
  );
}

/**
 * The neurons of a name: one, or those of all pairs of segments of a head `7.head.3`.
 *
 * @throws {SyntaxError} where it is no name, {@linkcode RangeError} where the model has no such neuron.
 */
export function parseNeurons(space: NeuronSpace, name: string): Neuron[] {
  const head = parseHeadName(name);
  if (head) {
    const { layer, component, pair } = head;
    const units = pair === undefined
      ? Array.from({ length: SEGMENT_PAIRS }, (_, i) => head.head * SEGMENT_PAIRS + i)
      : [unitOfHead({ head: head.head, ...parseSegmentPair(pair) })];
    return units.map((unit) => checked(space, { layer, component, unit }));
  }
  const [, layer, component, unit] = /^(\d{1,6})\.([a-z_]+)\.(\d{1,9})$/.exec(name) ?? [];
  if (component === undefined || !componentOrder.includes(component) || isHeads(component)) {
    throw new SyntaxError(
      `Cannot parse neuron ${
        JSON.stringify(name)
      }: expected layer.component.unit, e.g. 7.value.312, or a head, e.g. 7.head.3.query>passage`,
    );
  }
  return [checked(space, { layer: Number(layer), component, unit: Number(unit) })];
}

function checked(space: NeuronSpace, neuron: Neuron): Neuron {
  checkNeuron(space, neuron);
  return neuron;
}

/** Throws a `RangeError` where the model has no such neuron. */
export function checkNeuron(space: NeuronSpace, neuron: Neuron): void {
  const { layer, component } = neuron;
  const units = unitsOf(space, component);
  const { layers, attention = [] } = space;
  const part = partOf(space, layer, component) ??
    partOf({ layers, components: attention }, layer, component);
  if (part && isBelow(neuron.unit, units)) return;
  const own = [...space.components, ...attention].find(({ name }) => name === component)?.layers;
  if (isHeads(component) && units > 0) {
    const [of, count] = [
      own ? `layers ${own.join(", ")}` : `${layers} layers`,
      units / SEGMENT_PAIRS,
    ];
    throw new RangeError(
      `Cannot use neuron ${neuronName(neuron)}: the model has ${count} heads in each of ${of}`,
    );
  }
  const found = units === 0
    ? `no ${component}: its components are ${
      [...componentsOf(space), ...attention.map(({ name }) => name)].join(", ")
    }`
    : own
    ? `${component} of ${units} units in layers ${own.join(", ")}`
    : `${space.layers} layers with ${units} units in ${component}`;
  throw new RangeError(`Cannot use neuron ${neuronName(neuron)}: the model has ${found}`);
}

function isBelow(value: number, count: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < count;
}
