/** Golden conductances from PyTorch, and their distance from ours. */

import { assertEquals } from "@std/assert";
import {
  attribute,
  type CrossEncoder,
  type LabelledPair,
  openSafetensors,
  rule,
  type TensorFile,
} from "../../internal.ts";
import { firstId, layersOf, neuronCount, type NeuronSpace } from "../../src/model/neurons.ts";
import { loaderOf, root } from "../backends.ts";

/** One case of a golden file. */
export interface GoldenCase {
  readonly case: string;
  readonly pair: number;
  readonly rule: string;
  readonly steps: number;
  readonly target: "logit" | "probability" | "log-probability" | "margin";
  readonly baseline: "pad" | "pad-content" | "pad-query" | "zero" | "zero-query";
  readonly label: 0 | 1;
  readonly F_baseline: number;
  readonly F_input: number;
}

/** The cases of a model, with their conductances and texts. */
export interface Golden {
  readonly cases: readonly GoldenCase[];
  readonly pairs: readonly { readonly query: string; readonly passage: string }[];
  readonly file: TensorFile;
}

/** Reads the golden cases of a model. */
export async function readGolden(name: string): Promise<Golden> {
  const json = async (path: string) =>
    JSON.parse(await Deno.readTextFile(new URL(`tests/golden/${path}`, root)));
  return {
    cases: (await json(`conductance/${name}.json`)).cases,
    pairs: (await json(`forward/${name}.json`)).pairs,
    file: await openSafetensors(loaderOf("tests/golden/conductance"), `${name}.safetensors`),
  };
}

/** Conductances `<prefix>/<component>` of a file, by neuron id. */
export async function conductanceOf(
  file: TensorFile,
  prefix: string,
  space: NeuronSpace,
): Promise<Float64Array> {
  const values = new Float64Array(neuronCount(space));
  for (const { name, units } of space.components) {
    const tensor = await file.read(`${prefix}${name}`);
    const layers = layersOf(space, name);
    assertEquals(tensor.length, layers.length * units, name);
    layers.forEach((layer, line) => {
      values.set(
        tensor.subarray(line * units, (line + 1) * units),
        firstId(space, layer, name),
      );
    });
  }
  return values;
}

/** Runs a case; how far F and the conductances are from PyTorch's. */
export async function distanceOf(
  encoder: CrossEncoder,
  { file, pairs }: Golden,
  golden: GoldenCase,
): Promise<{ readonly conductance: number; readonly F: number }> {
  const { query, passage } = pairs[golden.pair];
  const pair: LabelledPair = {
    query,
    passage,
    label: golden.label === 1 ? "relevant" : "non-relevant",
  };
  const [found] = await Array.fromAsync(attribute(encoder, [pair], {
    rule: rule(golden.rule, { steps: golden.steps }),
    target: golden.target,
    baseline: golden.baseline,
  }));
  const expected = await conductanceOf(file, `${golden.case}/`, encoder.config);
  return {
    conductance: relativeDistance(found.conductance, expected),
    F: Math.max(
      Math.abs(found.F.baseline - golden.F_baseline),
      Math.abs(found.F.input - golden.F_input),
    ),
  };
}

/** ‖a - b‖ / ‖b‖. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let distance = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    distance += (a[i] - b[i]) ** 2;
    size += b[i] ** 2;
  }
  return a.length === b.length ? Math.sqrt(distance / size) : Infinity;
}
