/**
 * The same pairs on the same machine in the same run, by turns: our adaptive rule and our 100 steps
 * beside PyTorch with hooks on every linear and Captum one linear a call, with times and errors.
 *
 *     deno run -A bench/ratios.ts --model FOLDER --pairs FILE.tsv [--python python3]
 *
 * Options: --threads N (for all; every core unless given), --rounds N (2; the best counts), --gpu (also
 * the adaptive rule on the WebGPU adapter), --cuda (all on a GPU: ours on the WebGPU adapter, tuned, of
 * Deno and, with --dawn, of Dawn in float32 and tf16; PyTorch on CUDA in float32 by --chunks points a pass,
 * 10,101 unless given, and in TF32 and bfloat16 by the last of these), --memory GIB
 * (what a batch of ours may take then), --modules N (4 linears timed for Captum's extrapolation; 0
 * leaves it out), --reference N (steps of the reference, 400). Times leave out start and loading, and
 * a pass that is not counted warms each competitor up. An error is |found - reference| / |reference| over all
 * neurons; the reference is our trapezoid rule at --reference steps, extrapolated with half as many
 * (Richardson), and its distance from the extrapolated one says how far it can be trusted. Captum's
 * error is over the linears that were timed, of the first pair. Python needs torch, transformers,
 * captum and safetensors.
 */

import { parseArgs } from "node:util";
import {
  attribute,
  type CrossEncoder,
  openCrossEncoder,
  openSafetensors,
  type Ops,
  parseTextPairs,
  type Precision,
  type Rule,
  rule,
  simdOps,
} from "../internal.ts";
import { firstId, neuronCount } from "../src/model/neurons.ts";
import { best, distance, type Measured, ratiosTable } from "./ratios_table.ts";
import { openTunedGpu } from "./tuned_gpu.ts";
import { components } from "../tests/spaces.ts";

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    model: { type: "string" },
    pairs: { type: "string" },
    threads: { type: "string" },
    memory: { type: "string" },
    python: { type: "string", default: "python3" },
    rounds: { type: "string", default: "2" },
    modules: { type: "string", default: "4" },
    reference: { type: "string", default: "400" },
    gpu: { type: "boolean", default: false },
    cuda: { type: "boolean", default: false },
    dawn: { type: "boolean", default: false },
    chunks: { type: "string" },
  },
});
const { model, pairs: file, python } = options;
if (!model || !file) {
  console.error("Expected --model FOLDER --pairs FILE.tsv");
  Deno.exit(2);
}
const threads = Number(options.threads ?? navigator.hardwareConcurrency);
const pairs = parseTextPairs(await Deno.readTextFile(file), { name: file, labelled: true });
const folder = await Deno.makeTempDir();

/** Attributes the pairs; conductances in their order. */
async function ours(encoder: CrossEncoder, quadrature: Rule) {
  const conductances: Float64Array[] = [];
  let evaluations = 0;
  const start = performance.now();
  for await (const found of attribute(encoder, pairs, { rule: quadrature })) {
    conductances[found.index] = found.conductance;
    evaluations += found.evaluations / pairs.length;
  }
  return { conductances, evaluations, seconds: (performance.now() - start) / 1000 / pairs.length };
}

/** Runs a program of bench/peers; the number before `unit` in what it prints. */
async function peer(program: string, unit: string, args: readonly string[]): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command(python, {
    args: [new URL(`peers/${program}`, import.meta.url).pathname, ...peerOptions, ...args],
  }).output();
  const text = new TextDecoder().decode(stdout);
  const found = new RegExp(`([\\d.]+) ${unit}`).exec(text);
  if (!success || !found) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
  return Number(found[1]);
}
const peerOptions = ["--model", model, "--pairs", file, "--threads", String(threads)];

/** Conductances `<layer>.<component>` of a file; NaN where it has none. */
async function conductanceOf(name: string): Promise<Float64Array> {
  const { config } = encoder;
  const load = (path: string) => Deno.readFile(`${folder}/${path}`);
  const tensors = await openSafetensors(load, name);
  const values = new Float64Array(neuronCount(config)).fill(NaN);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const component of components) {
      const key = `${layer}.${component}`;
      if (tensors.entries.has(key)) {
        values.set(await tensors.read(key), firstId(config, layer, component));
      }
    }
  }
  return values;
}

const load = (name: string) => Deno.readFile(`${model}/${name}`);
const open = async (name: string, ops: Ops) => ({
  name,
  encoder: await openCrossEncoder(load, ops),
});
const memoryBytes = options.memory ? Number(options.memory) * 2 ** 30 : undefined;
const openGpu = async (precision: Precision, dawn = false) => {
  const { ops } = await openTunedGpu({ precision, memoryBytes, dawn });
  return await open(ops.adapter, ops);
};
const backends = options.cuda
  ? [
    await openGpu("f32"),
    ...(options.dawn ? [await openGpu("f32", true), await openGpu("tf16", true)] : []),
  ]
  : [
    await open("simd", await simdOps({ threads })),
    ...(options.gpu ? [await openGpu("f32")] : []),
  ];
const [{ name: first, encoder }] = backends;

const steps = Number(options.reference);
const [fine, coarse] = [
  (await ours(encoder, rule("trapezoid", { steps }))).conductances,
  (await ours(encoder, rule("trapezoid", { steps: steps / 2 }))).conductances,
];
const reference = fine.map((one, i) => one.map((value, id) => value + (value - coarse[i][id]) / 3));
const doubt = Math.max(...fine.map((one, i) => distance(one, reference[i])));
const errorsOf = (found: readonly Float64Array[]) =>
  found.map((one, i) => distance(one, reference[i]));

const measured: Measured[] = [];
const competitors = [
  ...backends.map((backend) => ({ ...backend, what: "adaptive", quadrature: rule("adaptive") })),
  ...(options.cuda ? backends : backends.slice(0, 1)).map((backend) => ({
    ...backend,
    what: "100 right-endpoint steps",
    quadrature: rule("right", { steps: 100 }),
  })),
];
for (const { encoder, quadrature } of competitors) await ours(encoder, quadrature); // warms up
const hooks = "PyTorch, hooks on every linear, 100 right-endpoint steps";
const chunks = options.chunks?.split(",").map(Number) ?? (options.cuda ? [10, 101] : [10]);
const peers = [
  ...chunks.map((chunk) => ({ chunk, products: "float32" })),
  ...(options.cuda ? ["tf32", "bf16"] : []).map((products) => ({
    chunk: chunks.at(-1)!,
    products,
  })),
];
for (let round = 0; round < Number(options.rounds); round++) {
  console.error(`round ${round + 1} of ${options.rounds}`);
  for (const { chunk, products } of peers) {
    const seconds = await peer("hooks.py", "seconds per pair", [
      ...["--output", folder, "--most-pairs", String(pairs.length), "--chunk", String(chunk)],
      ...["--products", products],
      ...(options.cuda ? ["--device", "cuda"] : []),
    ]);
    const found = await Promise.all(pairs.map((_, i) => conductanceOf(`${i}.safetensors`)));
    const name = `${hooks}, ${products}, ${chunk} points a pass`;
    measured.push({ name, seconds, evaluations: 101, errors: errorsOf(found) });
  }
  for (const { name, what, encoder, quadrature } of competitors) {
    const { conductances, evaluations, seconds } = await ours(encoder, quadrature);
    const errors = errorsOf(conductances);
    measured.push({ name: `${what}, ${name}`, seconds, evaluations, errors });
  }
}
const linears = encoder.config.layers * components.length;
const modules = Number(options.modules);
if (modules > 0) {
  const seconds = await peer("captum_modules.py", "seconds per pair", [
    ...["--modules", String(modules), "--output", `${folder}/captum.safetensors`],
  ]);
  const found = await conductanceOf("captum.safetensors");
  measured.push({
    name: `Captum, a linear a call, first pair, extrapolated from ${modules} of ${linears} linears`,
    seconds,
    evaluations: 101 * linears,
    errors: [distance(found, reference[0])],
  });
}
console.log(
  `${pairs.length} pairs, ${threads} threads, best of ${options.rounds} rounds; the reference (${first}) and ` +
    `the rule it is extrapolated from differ by ${doubt.toExponential(1)}\n`,
);
const fastest = best(measured);
const exact = fastest.filter(({ name }) => name.startsWith(`${hooks}, float32`));
console.log(ratiosTable(fastest, exact.sort((a, b) => a.seconds - b.seconds)[0].name));
for (const { encoder } of backends) encoder.ops.close();
await Deno.remove(folder, { recursive: true });
