/** Attribution schemes: mean and spread of every neuron's conductance over pairs, as a file. */

import {
  encodeSafetensors,
  openSafetensors,
  type Tensor,
  type TensorFile,
} from "../formats/safetensors.ts";
import type { Load } from "../formats/load.ts";
import {
  type Component,
  componentsOf,
  firstId,
  layersOf,
  neuronCount,
  type NeuronSpace,
  type Part,
  spaceOf,
  unitsOf,
} from "../model/neurons.ts";
import {
  addExactly,
  type ExactSum,
  exactSum,
  mergeExactly,
  MOST_VECTORS,
  oneNaN,
  rounded,
} from "./exact_sum.ts";
import { addToQuery, mergeQuerySums, type QuerySums } from "./query_sums.ts";
import { encodeQuerySums, readQuerySums } from "./query_sums_file.ts";

/** Exact sums of conductances over pairs. */
export interface ConductanceSums {
  /** Σ conductance, by neuron id. */
  readonly sum: ExactSum;
  /** Σ conductance², by neuron id. */
  readonly squares: ExactSum;
}

/** Sums over pairs, exact whatever their order. */
export interface SchemeSums extends ConductanceSums {
  /** The model's sizes. */
  readonly space: NeuronSpace;
  /** How many pairs were added. */
  pairs: number;
  /** Of target `pairwise` the sums of the pairs with the other passages. */
  readonly other?: ConductanceSums;
  /** Sums by query, where they are kept. */
  byQuery?: QuerySums;
}

/** Mean and spread of conductances over pairs. */
export interface ConductanceMoments {
  /** Mean conductance by neuron id. */
  readonly mean: Float64Array;
  /** Sum of squared deviations from the mean by neuron id. */
  readonly m2: Float64Array;
}

/** An attribution scheme. */
export interface Scheme extends ConductanceMoments {
  /** The model's sizes. */
  readonly space: NeuronSpace;
  /** Number of pairs. */
  readonly pairs: number;
  /** Mean conductance by neuron id; NaN for one that is not below the unit of a scheme towards one. */
  readonly mean: Float64Array;
  /** Sum of squared deviations from the mean by neuron id; variance = m2 / (pairs - 1). */
  readonly m2: Float64Array;
  /** Of target `pairwise` those of the pairs with the other passages; mean and m2 are the relevant ones'. */
  readonly other?: ConductanceMoments;
  /** The strings of the file's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The sums that mean and m2 come from, for merging; files of other programs may lack them. */
  readonly sums?: SchemeSums;
}

/**
 * No pairs yet. The neurons of `absent` linears, which are not below the unit that conductance is towards,
 * have no numbers: they are NaN in the sums, and in all that is made of them.
 */
export function schemeSums(
  space: NeuronSpace,
  { byQuery = false, absent = [], isPairwise = false }: {
    readonly byQuery?: boolean;
    /** Whether triples are summed, whose pairs with the other passages have sums of their own. */
    readonly isPairwise?: boolean;
    readonly absent?: readonly Part[];
  } = {},
): SchemeSums {
  const count = neuronCount(space);
  const zeros = () => {
    const sum = exactSum(count);
    for (const { first, units } of absent) {
      for (const part of sum.parts) part.fill(NaN, first, first + units);
    }
    return sum;
  };
  return {
    ...{ space, pairs: 0, sum: zeros(), squares: zeros() },
    ...(isPairwise ? { other: { sum: zeros(), squares: zeros() } } : {}),
    ...(byQuery ? { byQuery: new Map() } : {}),
  };
}

/**
 * Adds one pair's conductances, by neuron id; `query` is its text, for the sums by query, and `other` what a
 * triple's other pair has.
 */
export function addPair(
  sums: SchemeSums,
  conductance: Float64Array,
  query = "",
  other?: Float64Array,
): void {
  if ((other === undefined) !== (sums.other === undefined)) {
    throw new TypeError("Cannot add pairs and triples in one scheme");
  }
  addConductance(sums, conductance);
  if (sums.other && other) addConductance(sums.other, other);
  if (sums.byQuery) addToQuery(sums.byQuery, query, conductance);
  sums.pairs++;
}

function addConductance({ sum, squares }: ConductanceSums, conductance: Float64Array): void {
  addExactly(sum, conductance);
  addExactly(squares, conductance.map((value) => value * value));
}

/** Adds the pairs of other sums of the same model; sums by query are kept where both have them. */
export function mergeSums(into: SchemeSums, other: SchemeSums): void {
  mergeExactly(into.sum, other.sum);
  mergeExactly(into.squares, other.squares);
  if ((into.other === undefined) !== (other.other === undefined)) {
    throw new TypeError("Cannot merge sums of pairs with sums of triples");
  }
  if (into.other && other.other) {
    mergeExactly(into.other.sum, other.other.sum);
    mergeExactly(into.other.squares, other.other.squares);
  }
  if (into.byQuery && other.byQuery) mergeQuerySums(into.byQuery, other.byQuery);
  else delete into.byQuery;
  into.pairs += other.pairs;
}

/** The scheme of sums of at least one pair. */
export function schemeOf(sums: SchemeSums, metadata: Readonly<Record<string, string>>): Scheme {
  const { space, pairs } = sums;
  if (pairs === 0) {
    throw new RangeError("Cannot make an attribution scheme: expected pairs, got none");
  }
  if (pairs > MOST_VECTORS) {
    throw new RangeError(`Cannot sum ${pairs} pairs exactly: expected at most ${MOST_VECTORS}`);
  }
  return {
    ...{ space, pairs, ...momentsOf(sums, pairs), metadata, sums },
    ...(sums.other ? { other: momentsOf(sums.other, pairs) } : {}),
  };
}

function momentsOf({ sum, squares }: ConductanceSums, pairs: number): ConductanceMoments {
  const total = rounded(sum);
  const mean = total.map((value) => value / pairs);
  const m2 = rounded(squares).map((value, i) => Math.max(0, value - total[i] * mean[i]));
  return { mean, m2 };
}

/** What the names of a triple's other pair's tensors have behind their kind: `mean_other`. */
const OTHER = "_other";

/** Moments and the parts of the exact sums by the names of their tensors. */
function arraysOf(
  { mean, m2 }: ConductanceMoments,
  sums: ConductanceSums | undefined,
  suffix = "",
): Record<string, Float64Array> {
  const parts = sums
    ? [
      ...sums.sum.parts.map((part, p) => [`sum${suffix}_${p}`, part] as const),
      ...sums.squares.parts.map((part, p) => [`squares${suffix}_${p}`, part] as const),
    ]
    : [];
  return { [`mean${suffix}`]: mean, [`m2${suffix}`]: m2, ...Object.fromEntries(parts) };
}

/** A vector by neuron id as one tensor [layers that have it, units] a component. */
export function byComponent(
  space: NeuronSpace,
  values: Float64Array,
): readonly (readonly [Component, Tensor])[] {
  return componentsOf(space).map((component) => {
    const units = unitsOf(space, component);
    const layers = layersOf(space, component);
    const data = new Float64Array(layers.length * units);
    layers.forEach((layer, line) => {
      const id = firstId(space, layer, component);
      data.set(values.subarray(id, id + units), line * units);
    });
    oneNaN(data);
    return [component, { shape: [layers.length, units], data }];
  });
}

/** Metadata `layers/<component>` of components that not every layer has. */
export function layerMetadata({ components }: NeuronSpace): Record<string, string> {
  return Object.fromEntries(
    components.flatMap(({ name, layers }) => layers ? [[`layers/${name}`, layers.join(",")]] : []),
  );
}

/** The sizes that a file's tensors `<prefix><component>` and its metadata tell. */
export function spaceOfFile(
  { entries, metadata }: Pick<TensorFile, "entries" | "metadata">,
  prefix = "",
): NeuronSpace {
  const shapes = new Map(
    Array.from(entries.values()).filter(({ name, shape }) =>
      name.startsWith(prefix) && shape.length === 2
    ).map(({ name, shape }) => [name.slice(prefix.length), shape]),
  );
  return spaceOf(shapes, (name) => {
    const layers = metadata[`layers/${name}`];
    return layers === undefined ? undefined : layers.split(",").map(Number);
  });
}

/**
 * The file of a scheme: `mean/<component>` and `m2/<component>` F64 [layers, units]; the exact sums
 * behind them, `sum_<part>/<component>` and `squares_<part>/<component>`, for merging; of triples the same
 * of the pairs with the other passages, `mean_other/<component>` and so on; and the sums by query where they
 * are kept (query_sums_file.ts).
 */
export function encodeScheme(scheme: Scheme): Uint8Array {
  const { space } = scheme;
  const vectors = {
    ...arraysOf(scheme, scheme.sums),
    ...(scheme.other ? arraysOf(scheme.other, scheme.sums?.other, OTHER) : {}),
  };
  const tensors = Object.entries(vectors).flatMap(([name, values]) =>
    byComponent(space, values).map(([component, tensor]) =>
      [`${name}/${component}`, tensor] as const
    )
  );
  const byQuery = scheme.sums?.byQuery && encodeQuerySums(space, scheme.sums.byQuery);
  return encodeSafetensors({ ...Object.fromEntries(tensors), ...byQuery?.tensors }, {
    ...scheme.metadata,
    ...layerMetadata(space),
    format: "attribution-scheme/1",
    pairs: String(scheme.pairs),
    ...(byQuery ? { queries: byQuery.queries } : {}),
  });
}

/** Metadata less what the scheme itself holds: its queries, and the layers of its components. */
function withoutDerived(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([key]) => key !== "queries" && !key.startsWith("layers/")),
  );
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
  const space = spaceOfFile(file, "mean/");
  const pairs = Number(file.metadata.pairs);
  const least = file.metadata.shard === undefined ? 1 : 0; // all of a shard's may be dropped
  if (!(neuronCount(space) > 0 && Number.isInteger(pairs) && pairs >= least)) {
    throw wrong("expected mean/<component> [layers, units] and a number of pairs");
  }
  const vector = (kind: string) => readVector(file, { space, kind, wrong });
  const metadata = withoutDerived(file.metadata);
  const byQuery = await readQuerySums(file, { space, pairs, wrong });
  const has = (kind: string) => file.entries.has(`${kind}/${componentsOf(space)[0]}`);
  const exactly = async (kind: string): Promise<ExactSum> => (
    { parts: [await vector(`${kind}_0`), await vector(`${kind}_1`), await vector(`${kind}_2`)] }
  );
  const momentsOf = async (suffix = "") => (
    { mean: await vector(`mean${suffix}`), m2: await vector(`m2${suffix}`) }
  );
  const sumsOf = async (suffix = "") => (
    { sum: await exactly(`sum${suffix}`), squares: await exactly(`squares${suffix}`) }
  );
  const isPairwise = has(`mean${OTHER}`);
  return {
    ...{ space, pairs, ...await momentsOf(), metadata },
    ...(isPairwise ? { other: await momentsOf(OTHER) } : {}),
    sums: !has("sum_0") ? undefined : {
      ...{ space, pairs, ...await sumsOf() },
      ...(isPairwise ? { other: await sumsOf(OTHER) } : {}),
      ...(byQuery ? { byQuery } : {}),
    },
  };
}

/** A vector by neuron id of a file's tensors `<kind>/<component>` F64 [layers that have it, units]. */
export async function readVector(
  { entries, read }: Pick<TensorFile, "entries" | "read">,
  { space, kind, wrong }: {
    readonly space: NeuronSpace;
    readonly kind: string;
    /** The error of a file that is otherwise. */
    readonly wrong: (what: string) => Error;
  },
): Promise<Float64Array> {
  const values = new Float64Array(neuronCount(space));
  for (const component of componentsOf(space)) {
    const tensor = `${kind}/${component}`;
    const units = unitsOf(space, component);
    const layers = layersOf(space, component);
    const entry = entries.get(tensor);
    if (entry?.dtype !== "F64" || entry.shape.join() !== [layers.length, units].join()) {
      throw wrong(`expected ${tensor} F64 [${layers.length}, ${units}]`);
    }
    const data = await read(tensor);
    layers.forEach((layer, line) => {
      values.set(
        data.subarray(line * units, (line + 1) * units),
        firstId(space, layer, component),
      );
    });
  }
  return values;
}
