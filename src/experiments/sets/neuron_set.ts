/** The file of a neuron set: `neuron-set/1`, JSON. */

import { kindsOf } from "../../attribution/schemes/scheme_of_kinds.ts";
import { spaceOfKinds } from "../../model/asked.ts";
import { isObject, parseJsonObject } from "../../formats/json.ts";
import {
  type Component,
  componentOrder,
  describeSpace,
  neuronId,
  neuronName,
  neuronOf,
  type NeuronSpace,
  parseNeuron,
  sameSpace,
  spaceOf,
} from "../../model/neurons.ts";

/** A set of neurons and what made it. */
export interface NeuronSet {
  /** The model's sizes. */
  readonly space: NeuronSpace;
  /** Ascending. */
  readonly ids: Uint32Array;
  /** The model's name. */
  readonly model: string;
  /** The part of all neurons that each scheme was cut to; null where no level applies. */
  readonly level: number | null;
  /** What was asked for. */
  readonly expression: string;
  /** Hashes of the schemes, the program's version, … */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/** The text of a set's file. */
export function formatNeuronSet({ space, ids, ...set }: NeuronSet): string {
  const file = {
    format: "neuron-set/1",
    model: set.model,
    layers: space.layers,
    units: unitsByComponent(space),
    ...layersByComponent(space),
    level: set.level,
    expression: set.expression,
    neurons: Array.from(ids, (id) => neuronName(neuronOf(space, id))),
    provenance: set.provenance,
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** Units of a layer by component. */
export function unitsByComponent({ components }: NeuronSpace): Record<Component, number> {
  return Object.fromEntries(components.map(({ name, units }) => [name, units]));
}

/** `layersOf`: the layers of components that not all layers have. */
function layersByComponent({ components }: NeuronSpace): Record<string, unknown> {
  const own = components.flatMap(({ name, layers }) => layers ? [[name, layers]] : []);
  return own.length > 0 ? { layersOf: Object.fromEntries(own) } : {};
}

/**
 * Reads the file of a neuron set.
 *
 * @throws {SyntaxError} | {RangeError} that names the file, the key and what was found.
 */
export function parseNeuronSet(text: string, name: string): NeuronSet {
  const action = `Cannot read neuron set ${name}`;
  const file = parseJsonObject(text, action);
  const wrong = (key: string, wanted: string, found: unknown = file[key]) =>
    new SyntaxError(`${action}: expected ${key} ${wanted}, got ${JSON.stringify(found) ?? "none"}`);
  if (file.format !== "neuron-set/1") throw wrong("format", '"neuron-set/1"');
  const isSize = (value: unknown): value is number =>
    Number.isSafeInteger(value) && value as number > 0;
  const { layers, units, level = null, model = "", expression = "", provenance = {} } = file;
  if (!isSize(layers)) throw wrong("layers", "a number of layers");
  if (!isObject(units)) throw wrong("units", "{component: width}");
  const { layersOf: own = {} } = file;
  if (!isObject(own)) throw wrong("layersOf", "{component: layers}");
  const shapes = new Map<Component, readonly number[]>();
  for (const [component, width] of Object.entries(units)) {
    if (!componentOrder.includes(component)) throw wrong("units", "of known components", component);
    if (!isSize(width)) throw wrong(`units.${component}`, "a number of units", width);
    shapes.set(component, [layers, width]);
  }
  if (shapes.size === 0) throw wrong("units", "of one component at least");
  const isLayer = (value: unknown) =>
    Number.isSafeInteger(value) && value as number >= 0 && value as number < layers;
  const space = {
    ...spaceOf(shapes, (component) => {
      const list = own[component];
      if (list === undefined) return undefined;
      if (Array.isArray(list) && list.length > 0 && list.every(isLayer)) return list as number[];
      throw wrong(`layersOf.${component}`, `layers below ${layers}`, list);
    }),
    layers,
  };
  if (level !== null && !(typeof level === "number" && level > 0 && level <= 1)) {
    throw wrong("level", "more than 0 and at most 1, or null");
  }
  if (typeof model !== "string") throw wrong("model", "a text");
  if (typeof expression !== "string") throw wrong("expression", "a text");
  if (!isObject(provenance)) throw wrong("provenance", "an object");
  const { neurons } = file;
  if (!Array.isArray(neurons)) throw wrong("neurons", "a list of names");
  const seen = new Set<number>();
  neurons.forEach((neuron: unknown, i) => {
    if (typeof neuron !== "string") throw wrong(`neurons[${i}]`, "a name", neuron);
    let id: number;
    try {
      id = neuronId(space, parseNeuron(space, neuron));
    } catch (error) {
      throw new SyntaxError(`${action}: neurons[${i}]: ${(error as Error).message}`);
    }
    if (seen.has(id)) throw wrong(`neurons[${i}]`, "that is not there yet", neuron);
    seen.add(id);
  });
  return { space, ids: Uint32Array.from(seen).sort(), model, level, expression, provenance };
}

/** Throws a RangeError unless a set was made for a model of these sizes. */
export function checkFits(set: NeuronSet, space: NeuronSpace, name: string): void {
  const own = spaceOfKinds(space, kindsOf(set.space)); // a set may be of heads
  if (sameSpace(set.space, own)) return;
  throw new RangeError(
    `Cannot use neuron set ${name}: expected a model of ${describeSpace(set.space)}, got one of ${
      describeSpace(own)
    }`,
  );
}
