/**
 * Scores of many candidates under many masks: ours beside PyTorch's forward passes with hooks.
 *
 *     deno run -A bench/masks.ts --model FOLDER --pairs FILE.tsv --sets 50 [--device gpu,dawn] [--cuda]
 *
 * Options: --sets N random sets of 1 % of the neurons, a third each from layer 0 on, from the middle on and
 * from the last third on; --device, a list (simd, gpu, dawn); --precision f32 or tf16; --python; --cuda
 * (PyTorch there, in float32, TF32 and bfloat16), --memory GIB. Seconds are of one set over all pairs, mean;
 * a pass before it warms up. The largest difference of a logit from PyTorch's float32 is told.
 */

import { parseArgs } from "node:util";
import {
  type CrossEncoder,
  type Neuron,
  openCrossEncoder,
  type Ops,
  parseTextPairs,
  type Precision,
  simdOps,
} from "../internal.ts";
import { seededRandom } from "../src/ir/random.ts";
import { scoresUnderMasks } from "../src/model/masked_scores.ts";
import { neuronCount, neuronOf } from "../src/model/neurons.ts";
import { openTunedGpu } from "./tuned_gpu.ts";

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    model: { type: "string" },
    pairs: { type: "string" },
    sets: { type: "string", default: "50" },
    device: { type: "string", default: "simd" },
    precision: { type: "string", default: "f32" },
    python: { type: "string", default: "python3" },
    memory: { type: "string" },
    cuda: { type: "boolean", default: false },
  },
});
const { model, pairs: file } = options;
if (!model || !file) {
  console.error("Expected --model FOLDER --pairs FILE.tsv");
  Deno.exit(2);
}
const pairs = parseTextPairs(await Deno.readTextFile(file), { name: file, labelled: true });
const load = (name: string) => Deno.readFile(`${model}/${name}`);
const memoryBytes = options.memory ? Number(options.memory) * 2 ** 30 : undefined;
const folder = await Deno.makeTempDir();

async function open(kind: string): Promise<Ops> {
  if (kind === "simd") return await simdOps();
  const precision = options.precision as Precision;
  return (await openTunedGpu({ dawn: kind === "dawn", precision, memoryBytes })).ops;
}

/** The i-th third of the sets begin in layer 0, in the middle, and where the last third does. */
function randomSets({ config }: CrossEncoder, count: number): Neuron[][] {
  const random = seededRandom(1);
  const all = neuronCount(config);
  return Array.from({ length: count }, (_, set) => {
    const lowest = [0, Math.floor(config.layers / 2), Math.floor(2 * config.layers / 3)][set % 3];
    const below = all * lowest / config.layers;
    const size = Math.round(all / 100);
    return Array.from({ length: size }, () => neuronOf(config, below + random() % (all - below)));
  });
}

const rows: string[][] = [];
const logits = new Map<string, number[][]>();
for (const kind of options.device.split(",")) {
  const ops = await open(kind);
  const encoder = await openCrossEncoder(load, ops);
  const candidates = pairs.map(({ query, passage }) => encoder.tokenizer.encode(query, passage));
  const sets = randomSets(encoder, Number(options.sets));
  await Deno.writeTextFile(
    `${folder}/masks.json`,
    JSON.stringify(
      sets.map((set) => set.map(({ layer, component, unit }) => [layer, component, unit])),
    ),
  );
  await scoresUnderMasks(encoder, candidates, sets.slice(0, 3));
  const start = performance.now();
  const found = await scoresUnderMasks(encoder, candidates, sets);
  const seconds = (performance.now() - start) / 1000 / sets.length;
  logits.set(ops.adapter, found.map((scores) => scores.map((score) => score.logits.at(-1)!)));
  rows.push([ops.adapter, seconds.toPrecision(3)]);
  ops.close();
}
for (const products of options.cuda ? ["float32", "tf32", "bf16"] : ["float32"]) {
  const { success, stdout, stderr } = await new Deno.Command(options.python, {
    args: [
      new URL("peers/masks.py", import.meta.url).pathname,
      ...["--model", model, "--pairs", file, "--masks", `${folder}/masks.json`],
      ...["--device", options.cuda ? "cuda" : "cpu", "--products", products],
      ...["--output", `${folder}/${products}.tsv`],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const [, seconds] = /([\d.]+) seconds a set/.exec(new TextDecoder().decode(stdout))!;
  rows.push([`PyTorch, hooks, ${products}`, Number(seconds).toPrecision(3)]);
}
const exact = (await Deno.readTextFile(`${folder}/float32.tsv`)).trim().split("\n")
  .map((line) => line.split("\t").map(Number));
for (const [adapter, found] of logits) {
  const differences = found.flatMap((scores, set) =>
    scores.map((score, i) => Math.abs(score - exact[set][i]))
  );
  const most = differences.reduce((a, b) => Math.max(a, b), 0);
  rows.find(([name]) => name === adapter)!.push(most.toExponential(1));
}
console.log(`${pairs.length} pairs, ${options.sets} sets of 1 % of the neurons\n`);
console.log("| what | seconds a set | largest difference of a logit |\n| --- | --- | --- |");
for (const [name, seconds, most = ""] of rows) console.log(`| ${name} | ${seconds} | ${most} |`);
await Deno.remove(folder, { recursive: true });
Deno.exit(0); // Dawn's instance keeps the process
