// Arguments of commands that run for some seconds, and the files that they read.

import { encodeScheme, neuronCount, schemeOf, schemeSums } from "../../internal.ts";
import { addPair } from "../../src/attribution/schemes/scheme.ts";
import { root } from "../backends.ts";
import { randomVector } from "../experiments/schemes.ts";
import { bertSpace } from "../spaces.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const dataset = path("fixtures/collections/cooking");
const space = bertSpace({ layers: 4, width: 128, inner: 256 });
const backend = ["--device", "simd", "--threads", "1"];

/** Writes a run of every judged passage, and schemes P_ms and N_ms. */
export async function writeInputs(folder: string): Promise<void> {
  const qrels = await Deno.readTextFile(`${dataset}/qrels/test.tsv`);
  const lines = qrels.trimEnd().split("\n").slice(1).map((line) => line.split("\t"));
  const run = lines.map(([query, document], i) => `${query} Q0 ${document} 1 ${1e4 - i} x\n`);
  await Deno.writeTextFile(`${folder}/run`, run.join(""));
  for (const [seed, name] of ["P_ms", "N_ms"].entries()) {
    const sums = schemeSums(space);
    for (const pair of [1, 2, 3]) addPair(sums, randomVector(10 * seed + pair, neuronCount(space)));
    await Deno.writeFile(`${folder}/${name}.safetensors`, encodeScheme(schemeOf(sums, {})));
  }
}

/** `rerank` of the run in `folder` to a file of it. */
export function rerankArguments(folder: string, output: string): string[] {
  return [
    ...["rerank", "--model", model, "--dataset", dataset, "--candidates", `${folder}/run`],
    ...["--output", `${folder}/${output}`, ...backend],
  ];
}

/** `ablate` of the schemes in `folder` to a file of it. */
export function ablateArguments(folder: string, output: string): string[] {
  return [
    ...["ablate", "--model", model, "--datasets", dataset, "--candidates", `${folder}/run`],
    ...["--schemes", folder, "--levels", "1", "--repetitions", "4", "--queries", "12"],
    ...["--relevant-from", "2", "--output", `${folder}/${output}`, ...backend],
  ];
}

/** `converge` on some pairs to a file of `folder`. */
export function convergeArguments(folder: string, output: string): string[] {
  return [
    ...["converge", "--model", model, "--pairs", path("fixtures/pairs.tsv"), "--max-pairs", "4"],
    ...["--steps", "50,51", "--tolerances", ".2", "--reference", ".1"],
    ...["--output", `${folder}/${output}`, ...backend],
  ];
}
