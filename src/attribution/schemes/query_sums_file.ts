/**
 * Sums by query in a scheme's file: `by_query/<component>` F64 [queries, layers, units],
 * `by_query_pairs` F64 [queries], and metadata `queries`, a JSON list of the queries' texts in that order;
 * of triples the same of the pairs with the other passages, `by_query_other/<component>`.
 */

import type { Tensor, TensorFile } from "../../formats/safetensors.ts";
import {
  componentsOf,
  firstId,
  layersOf,
  neuronCount,
  type NeuronSpace,
  unitsOf,
} from "../../model/neurons.ts";
import { oneNaN } from "./exact_sum.ts";
import type { QuerySums } from "./query_sums.ts";

/**
 * The tensors and the metadata; queries in the order of their texts, whatever that of the pairs. `suffix`
 * stands behind the tensors' kind: `by_query_other`.
 */
export function encodeQuerySums(
  space: NeuronSpace,
  sums: QuerySums,
  suffix = "",
): { readonly tensors: Readonly<Record<string, Tensor>>; readonly queries: string } {
  const ordered = [...sums].sort(([a], [b]) => a < b ? -1 : 1);
  const count = ordered.length;
  const pairs = Float64Array.from(ordered, ([, one]) => one.pairs);
  const tensors: Record<string, Tensor> = { by_query_pairs: { shape: [count], data: pairs } };
  for (const component of componentsOf(space)) {
    const units = unitsOf(space, component);
    const layers = layersOf(space, component);
    const data = new Float64Array(count * layers.length * units);
    ordered.forEach(([, { sum }], q) => {
      layers.forEach((layer, line) => {
        const id = firstId(space, layer, component);
        data.set(sum.subarray(id, id + units), (q * layers.length + line) * units);
      });
    });
    oneNaN(data);
    tensors[`by_query${suffix}/${component}`] = { shape: [count, layers.length, units], data };
  }
  return { tensors, queries: JSON.stringify(ordered.map(([query]) => query)) };
}

/**
 * Reads the sums by query of a scheme of `pairs` pairs; undefined where its file has none. `wrong`
 * makes the error of what is not as it should be.
 */
export async function readQuerySums(
  file: TensorFile,
  { space, pairs, suffix = "", wrong }: {
    readonly space: NeuronSpace;
    readonly pairs: number;
    /** What stands behind the tensors' kind. */
    readonly suffix?: string;
    readonly wrong: (what: string) => SyntaxError;
  },
): Promise<QuerySums | undefined> {
  if (file.metadata.queries === undefined) return undefined;
  const texts = textsOf(file.metadata.queries);
  if (!texts) throw wrong("expected metadata queries to be a JSON list of texts, each once");
  const read = async (name: string, shape: readonly number[]) => {
    const entry = file.entries.get(name);
    if (entry?.dtype === "F64" && entry.shape.join() === shape.join()) return await file.read(name);
    throw wrong(`expected ${name} F64 [${shape.join(", ")}]`);
  };
  const counts = [...await read("by_query_pairs", [texts.length])];
  if (!counts.every((count) => count >= 1) || counts.reduce((a, b) => a + b, 0) !== pairs) {
    throw wrong(`expected by_query_pairs of at least 1 that add up to ${pairs}`);
  }
  const sums: QuerySums = new Map(
    texts.map((text, q) => [text, {
      pairs: counts[q],
      sum: new Float64Array(neuronCount(space)),
    }]),
  );
  for (const component of componentsOf(space)) {
    const units = unitsOf(space, component);
    const layers = layersOf(space, component);
    const data = await read(`by_query${suffix}/${component}`, [texts.length, layers.length, units]);
    [...sums.values()].forEach(({ sum }, q) => {
      layers.forEach((layer, line) => {
        const from = (q * layers.length + line) * units;
        sum.set(data.subarray(from, from + units), firstId(space, layer, component));
      });
    });
  }
  return sums;
}

function textsOf(json: string): readonly string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined; // the caller names the file
  }
  const fits = Array.isArray(value) && value.every((text) => typeof text === "string") &&
    new Set(value).size === value.length;
  return fits ? value as string[] : undefined;
}
