/** Attribution schemes: mean and spread of every neuron's conductance over pairs, as a file. */

import { encodeSafetensors, openSafetensors, type Tensor } from "../formats/safetensors.ts";
import type { Load } from "../formats/load.ts";
import { type Component, components, unitsOf } from "../model/components.ts";
import { firstId, neuronCount, type NeuronSpace } from "../model/neurons.ts";
import { addExactly, type ExactSum, exactSum, mergeExactly } from "./exact_sum.ts";

/** Sums over pairs, exact whatever their order. */
export interface SchemeSums {
  /** The model's sizes. */
  readonly space: NeuronSpace;
  /** How many pairs were added. */
  pairs: number;
  /** Σ conductance, by neuron id. */
  readonly sum: ExactSum;
  /** Σ conductance², by neuron id. */
  readonly squares: ExactSum;
}

/** An attribution scheme. */
export interface Scheme {
  /** The model's sizes. */
  readonly space: NeuronSpace;
  /** Number of pairs. */
  readonly pairs: number;
  /** Mean conductance by neuron id. */
  readonly mean: Float64Array;
  /** Sum of squared deviations from the mean by neuron id; variance = m2 / (pairs - 1). */
  readonly m2: Float64Array;
  /** The strings of the file's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The sums that mean and m2 come from, for merging; files of other programs may lack them. */
  readonly sums?: SchemeSums;
}

/** No pairs yet. */
export function schemeSums(space: NeuronSpace): SchemeSums {
  const count = neuronCount(space);
  return { space, pairs: 0, sum: exactSum(count), squares: exactSum(count) };
}

/** Adds one pair's conductances, by neuron id. */
export function addPair(sums: SchemeSums, conductance: Float64Array): void {
  addExactly(sums.sum, conductance);
  addExactly(sums.squares, conductance.map((value) => value * value));
  sums.pairs++;
}

/** Adds the pairs of other sums of the same model. */
export function mergeSums(into: SchemeSums, other: SchemeSums): void {
  mergeExactly(into.sum, other.sum);
  mergeExactly(into.squares, other.squares);
  into.pairs += other.pairs;
}

/** The scheme of sums of at least one pair. */
export function schemeOf(sums: SchemeSums, metadata: Readonly<Record<string, string>>): Scheme {
  const { space, pairs, sum, squares } = sums;
  if (pairs === 0) {
    throw new RangeError("Cannot make an attribution scheme: expected pairs, got none");
  }
  const mean = sum.high.map((high, i) => (high + sum.low[i]) / pairs);
  // The low parts are subtracted from low parts' size, so that little cancels.
  const m2 = squares.high.map((high, i) =>
    Math.max(0, high + squares.low[i] - (sum.high[i] + sum.low[i]) * mean[i])
  );
  return { space, pairs, mean, m2, metadata, sums };
}

const sumTensors = ["sum_high", "sum_low", "squares_high", "squares_low"] as const;

function sumArrays({ sum, squares }: SchemeSums): Record<typeof sumTensors[number], Float64Array> {
  return {
    sum_high: sum.high,
    sum_low: sum.low,
    squares_high: squares.high,
    squares_low: squares.low,
  };
}

/** A vector by neuron id as one tensor [layers, units] a component. */
export function byComponent(
  space: NeuronSpace,
  values: Float64Array,
): readonly (readonly [Component, Tensor])[] {
  return components.map((component) => {
    const units = unitsOf(space, component);
    const data = new Float64Array(space.layers * units);
    for (let layer = 0; layer < space.layers; layer++) {
      const id = firstId(space, layer, component);
      data.set(values.subarray(id, id + units), layer * units);
    }
    return [component, { shape: [space.layers, units], data }];
  });
}

/**
 * The file of a scheme: `mean/<component>` and `m2/<component>` F64 [layers, units], and the exact
 * sums behind them, `sum_high/<component>` and so on, for merging.
 */
export function encodeScheme(scheme: Scheme): Uint8Array {
  const vectors = { mean: scheme.mean, m2: scheme.m2, ...(scheme.sums && sumArrays(scheme.sums)) };
  const tensors = Object.entries(vectors).flatMap(([name, values]) =>
    byComponent(scheme.space, values).map(([component, tensor]) => [`${name}/${component}`, tensor])
  );
  return encodeSafetensors(Object.fromEntries(tensors), {
    ...scheme.metadata,
    format: "attribution-scheme/1",
    pairs: String(scheme.pairs),
  });
}

/**
 * Reads the file of a scheme.
 *
 * @throws {SyntaxError} where it is no attribution scheme.
 */
export async function openScheme(load: Load, name: string): Promise<Scheme> {
  const file = await openSafetensors(load, name);
  const wrong = (what: string) =>
    new SyntaxError(`Cannot read attribution scheme ${name}: ${what}`);
  if (file.metadata.format !== "attribution-scheme/1") {
    throw wrong(`expected format attribution-scheme/1, got ${file.metadata.format ?? "none"}`);
  }
  const shape = (component: string) => file.entries.get(`mean/${component}`)?.shape ?? [0, 0];
  const [layers, width] = shape("query");
  const space = { layers, width, inner: shape("intermediate")[1] };
  const pairs = Number(file.metadata.pairs);
  if (!(layers > 0 && width > 0 && space.inner > 0 && Number.isInteger(pairs) && pairs > 0)) {
    throw wrong("expected mean/<component> [layers, units] and a number of pairs");
  }
  async function vector(kind: string): Promise<Float64Array> {
    const values = new Float64Array(neuronCount(space));
    for (const component of components) {
      const tensor = `${kind}/${component}`;
      const units = unitsOf(space, component);
      const entry = file.entries.get(tensor);
      if (entry?.dtype !== "F64" || entry.shape.join() !== [layers, units].join()) {
        throw wrong(`expected ${tensor} F64 [${layers}, ${units}]`);
      }
      const data = await file.read(tensor);
      for (let layer = 0; layer < layers; layer++) {
        values.set(
          data.subarray(layer * units, (layer + 1) * units),
          firstId(space, layer, component),
        );
      }
    }
    return values;
  }
  return {
    space,
    pairs,
    mean: await vector("mean"),
    m2: await vector("m2"),
    metadata: file.metadata,
    sums: !file.entries.has("sum_high/query") ? undefined : {
      space,
      pairs,
      sum: { high: await vector("sum_high"), low: await vector("sum_low") },
      squares: { high: await vector("squares_high"), low: await vector("squares_low") },
    },
  };
}
