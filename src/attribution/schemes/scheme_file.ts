/** Files of attribution schemes. */

import {
  encodeSafetensors,
  openSafetensors,
  type Tensor,
  type TensorFile,
} from "../../formats/safetensors.ts";
import type { Load } from "../../formats/load.ts";
import { isHeads, segmentNames } from "../../model/heads.ts";
import {
  type Component,
  componentsOf,
  firstId,
  layersOf,
  neuronCount,
  type NeuronSpace,
  spaceOf,
  unitsOf,
} from "../../model/neurons.ts";
import { type ExactSum, oneNaN } from "./exact_sum.ts";
import { encodeQuerySums, readQuerySums } from "./query_sums_file.ts";
import type { ConductanceMoments, ConductanceSums, Scheme } from "./scheme.ts";

/** Suffix of the tensors of triples' pairs with the other passages: `mean_other/<component>`. */
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
 * of the pairs with the other passages, `mean_other/<component>` and so on; where segments are apart the same
 * of the tokens of each, `mean/<component>/<segment>`; and the sums by query where they are kept
 * (query_sums_file.ts).
 */
export function encodeScheme(scheme: Scheme): Uint8Array {
  const { space } = scheme;
  const linears = { ...space, components: space.components.filter(({ name }) => !isHeads(name)) };
  const vectors = {
    ...arraysOf(scheme, scheme.sums),
    ...(scheme.other ? arraysOf(scheme.other, scheme.sums?.other, OTHER) : {}),
  };
  const named = (name: string, values: Float64Array) =>
    byComponent(space, values).map(([component, tensor]) =>
      [`${name}/${component}`, tensor] as const
    );
  const bySegment = scheme.bySegment?.flatMap((moments, i) =>
    Object.entries(arraysOf(moments, scheme.sums?.bySegment?.[i])).flatMap(([name, values]) =>
      named(name, values).flatMap(([tensor, data]) =>
        unitsOf(linears, tensor.slice(name.length + 1)) > 0
          ? [[`${tensor}/${segmentNames[i]}`, data] as const]
          : []
      )
    )
  );
  const tensors = [
    ...Object.entries(vectors).flatMap(([name, values]) => named(name, values)),
    ...bySegment ?? [],
  ];
  const { byQuery: queries, other } = scheme.sums ?? {};
  const byQuery = queries && encodeQuerySums(space, queries);
  const ofOther = other?.byQuery && encodeQuerySums(space, other.byQuery, OTHER);
  const sums = { ...byQuery?.tensors, ...ofOther?.tensors };
  return encodeSafetensors({ ...Object.fromEntries(tensors), ...sums }, {
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
  const least = file.metadata.shard === undefined ? 1 : 0; // a shard may have dropped all of its pairs
  if (!(neuronCount(space) > 0 && Number.isInteger(pairs) && pairs >= least)) {
    throw wrong("expected mean/<component> [layers, units] and a number of pairs");
  }
  const vector = (kind: string, segment?: string) =>
    readVector(file, { space, kind, segment, wrong });
  const metadata = withoutDerived(file.metadata);
  const byQuery = await readQuerySums(file, { space, pairs, wrong });
  const has = (kind: string) => file.entries.has(`${kind}/${componentsOf(space)[0]}`);
  const exactly = async (kind: string, segment?: string): Promise<ExactSum> => ({
    parts: [
      await vector(`${kind}_0`, segment),
      await vector(`${kind}_1`, segment),
      await vector(`${kind}_2`, segment),
    ],
  });
  const momentsOf = async (suffix = "", segment?: string) => ({
    mean: await vector(`mean${suffix}`, segment),
    m2: await vector(`m2${suffix}`, segment),
  });
  const sumsOf = async (suffix = "", segment?: string) => ({
    sum: await exactly(`sum${suffix}`, segment),
    squares: await exactly(`squares${suffix}`, segment),
  });
  const isPairwise = has(`mean${OTHER}`);
  const otherByQuery = isPairwise && has(`by_query${OTHER}`)
    ? await readQuerySums(file, { space, pairs, suffix: OTHER, wrong })
    : undefined;
  const isBySegment = file.entries.has(`mean/${componentsOf(space)[0]}/${segmentNames[0]}`);
  const eachSegment = async <T>(of: (segment: string) => Promise<T>): Promise<T[]> => {
    const found: T[] = [];
    for (const segment of segmentNames) found.push(await of(segment));
    return found;
  };
  return {
    ...{ space, pairs, ...await momentsOf(), metadata },
    ...(isPairwise ? { other: await momentsOf(OTHER) } : {}),
    ...(isBySegment ? { bySegment: await eachSegment((segment) => momentsOf("", segment)) } : {}),
    sums: !has("sum_0") ? undefined : {
      ...{ space, pairs, ...await sumsOf() },
      ...(isPairwise
        ? { other: { ...await sumsOf(OTHER), ...(otherByQuery && { byQuery: otherByQuery }) } }
        : {}),
      ...(isBySegment ? { bySegment: await eachSegment((segment) => sumsOf("", segment)) } : {}),
      ...(byQuery ? { byQuery } : {}),
    },
  };
}

/**
 * A vector by neuron id of a file's tensors `<kind>/<component>` F64 [layers that have it, units]; with a
 * segment `<kind>/<component>/<segment>`, which heads have none of.
 */
export async function readVector(
  { entries, read }: Pick<TensorFile, "entries" | "read">,
  { space, kind, segment, wrong }: {
    readonly space: NeuronSpace;
    readonly kind: string;
    readonly segment?: string;
    /** The error of a file that is otherwise. */
    readonly wrong: (what: string) => Error;
  },
): Promise<Float64Array> {
  const values = new Float64Array(neuronCount(space));
  for (const component of componentsOf(space)) {
    if (segment !== undefined && isHeads(component)) continue;
    const tensor = `${kind}/${component}${segment === undefined ? "" : `/${segment}`}`;
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
