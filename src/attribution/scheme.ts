/** Attribution schemes: mean and spread of every neuron's conductance over pairs, as a file. */

import { encodeSafetensors, openSafetensors, type Tensor } from "../formats/safetensors.ts";
import type { Load } from "../formats/load.ts";
import { type Component, components, unitsOf } from "../model/components.ts";
import { firstId, neuronCount, type NeuronSpace } from "../model/neurons.ts";
import {
  addExactly,
  type ExactSum,
  exactSum,
  mergeExactly,
  MOST_VECTORS,
  rounded,
} from "./exact_sum.ts";
import { addToQuery, mergeQuerySums, type QuerySums } from "./query_sums.ts";
import { encodeQuerySums, readQuerySums } from "./query_sums_file.ts";

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
  /** Sums by query, where they are kept. */
  byQuery?: QuerySums;
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
export function schemeSums(
  space: NeuronSpace,
  { byQuery = false }: { readonly byQuery?: boolean } = {},
): SchemeSums {
  const count = neuronCount(space);
  return {
    ...{ space, pairs: 0, sum: exactSum(count), squares: exactSum(count) },
    ...(byQuery ? { byQuery: new Map() } : {}),
  };
}

/** Adds one pair's conductances, by neuron id; `query` is its text, for the sums by query. */
export function addPair(sums: SchemeSums, conductance: Float64Array, query = ""): void {
  addExactly(sums.sum, conductance);
  addExactly(sums.squares, conductance.map((value) => value * value));
  if (sums.byQuery) addToQuery(sums.byQuery, query, conductance);
  sums.pairs++;
}

/** Adds the pairs of other sums of the same model; sums by query are kept where both have them. */
export function mergeSums(into: SchemeSums, other: SchemeSums): void {
  mergeExactly(into.sum, other.sum);
  mergeExactly(into.squares, other.squares);
  if (into.byQuery && other.byQuery) mergeQuerySums(into.byQuery, other.byQuery);
  else delete into.byQuery;
  into.pairs += other.pairs;
}

/** The scheme of sums of at least one pair. */
export function schemeOf(sums: SchemeSums, metadata: Readonly<Record<string, string>>): Scheme {
  const { space, pairs, sum, squares } = sums;
  if (pairs === 0) {
    throw new RangeError("Cannot make an attribution scheme: expected pairs, got none");
  }
  if (pairs > MOST_VECTORS) {
    throw new RangeError(`Cannot sum ${pairs} pairs exactly: expected at most ${MOST_VECTORS}`);
  }
  const total = rounded(sum);
  const mean = total.map((value) => value / pairs);
  const m2 = rounded(squares).map((value, i) => Math.max(0, value - total[i] * mean[i]));
  return { space, pairs, mean, m2, metadata, sums };
}

/** The parts of the exact sums by the names of their tensors. */
function sumArrays({ sum, squares }: SchemeSums): Record<string, Float64Array> {
  return Object.fromEntries(
    [
      ...sum.parts.map((part, p) => [`sum_${p}`, part]),
      ...squares.parts.map((part, p) => [`squares_${p}`, part]),
    ],
  );
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
 * The file of a scheme: `mean/<component>` and `m2/<component>` F64 [layers, units]; the exact sums
 * behind them, `sum_<part>/<component>` and `squares_<part>/<component>`, for merging; and the sums by
 * query where they are kept (query_sums_file.ts).
 */
export function encodeScheme(scheme: Scheme): Uint8Array {
  const vectors = { mean: scheme.mean, m2: scheme.m2, ...(scheme.sums && sumArrays(scheme.sums)) };
  const tensors = Object.entries(vectors).flatMap(([name, values]) =>
    byComponent(scheme.space, values).map(([component, tensor]) =>
      [`${name}/${component}`, tensor] as const
    )
  );
  const byQuery = scheme.sums?.byQuery && encodeQuerySums(scheme.space, scheme.sums.byQuery);
  return encodeSafetensors({ ...Object.fromEntries(tensors), ...byQuery?.tensors }, {
    ...scheme.metadata,
    format: "attribution-scheme/1",
    pairs: String(scheme.pairs),
    ...(byQuery ? { queries: byQuery.queries } : {}),
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
  const least = file.metadata.shard === undefined ? 1 : 0; // all of a shard's may be dropped
  if (!(layers > 0 && width > 0 && space.inner > 0 && Number.isInteger(pairs) && pairs >= least)) {
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
  const { queries: _, ...metadata } = file.metadata; // the sums by query hold them
  const byQuery = await readQuerySums(file, { space, pairs, wrong });
  return {
    space,
    pairs,
    mean: await vector("mean"),
    m2: await vector("m2"),
    metadata,
    sums: !file.entries.has("sum_0/query") ? undefined : {
      space,
      pairs,
      ...(byQuery ? { byQuery } : {}),
      sum: { parts: [await vector("sum_0"), await vector("sum_1"), await vector("sum_2")] },
      squares: {
        parts: [await vector("squares_0"), await vector("squares_1"), await vector("squares_2")],
      },
    },
  };
}
