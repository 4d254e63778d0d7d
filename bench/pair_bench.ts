/**
 * Whole pairs: `deno bench -A bench/pair_bench.ts`, on the backend that DEVICE names (simd unless given),
 * with THREADS=1 for one core.
 * The trained fixture by the default rule and by the paper's, and a pair of 100 tokens in the shapes of
 * MiniLM-L6 and (not on slow devices) BERT-base at 20 evaluations, about what the adaptive rule takes:
 * random weights, so only the time counts. Peers: bench/peers/hooks.py on the same shape.
 */

import {
  attribute,
  cpuOps,
  gpuOps,
  type LabelledPair,
  type Load,
  openCrossEncoder,
  openDevice,
  parseTextPairs,
  type Rule,
  rule,
  simdOps,
} from "../internal.ts";
import { calibrate } from "./calibration.ts";
import { randomModel } from "./checkpoint.ts";

const kind = Deno.env.get("DEVICE") ?? "simd";
const device = kind === "gpu" ? await openDevice(navigator.gpu) : undefined;
const threads = Number(Deno.env.get("THREADS") ?? navigator.hardwareConcurrency);
const ops = device ? gpuOps(device) : kind === "cpu" ? cpuOps() : await simdOps({ threads });
const slow = kind === "cpu" || device?.software === true;
const rates = new Map<string, number>();

/** Benches the attribution of pairs; the best rate of evaluations is told at the end. */
async function bench(
  name: string,
  load: Load,
  { pairs, quadrature, n }: {
    readonly pairs: readonly LabelledPair[];
    readonly quadrature: Rule;
    readonly n: number;
  },
) {
  const encoder = await openCrossEncoder(load, ops);
  Deno.bench(
    `${name}, ${quadrature.name}`,
    { group: "pairs", n, warmup: 1 },
    async () => {
      const start = performance.now();
      let evaluations = 0;
      for await (const found of attribute(encoder, pairs, { rule: quadrature })) {
        evaluations += found.evaluations;
      }
      const rate = evaluations / (performance.now() - start) * 1000;
      const key = `${name}, ${quadrature.name}`;
      rates.set(key, Math.max(rates.get(key) ?? 0, rate));
    },
  );
}

calibrate("pairs");
const fixtures = new URL("../fixtures/", import.meta.url);
const text = await Deno.readTextFile(new URL("pairs.tsv", fixtures));
const pairs = parseTextPairs(text, { name: "pairs.tsv", labelled: true }).slice(0, 8);
const fixture: Load = (name) => Deno.readFile(new URL(`tiny-cross-encoder/${name}`, fixtures));
for (const name of ["adaptive", "right"]) {
  await bench("8 pairs of the tiny one", fixture, {
    pairs,
    quadrature: rule(name),
    n: slow ? 2 : 5,
  });
}
const words = (count: number) => Array.from({ length: count }, (_, i) => `w${7 * i}`).join(" ");
const hundred = [{ query: words(10), passage: words(87), label: "relevant" as const }];
const twenty = rule("trapezoid", { steps: 19 });
const miniLM = { layers: 6, width: 384, heads: 12, inner: 1536, vocabulary: 1000, labels: 1 };
const options = { pairs: hundred, quadrature: twenty, n: slow ? 2 : 5 };
await bench("MiniLM-L6, 100 tokens", randomModel(miniLM), options);
if (!slow) {
  const base = { layers: 12, width: 768, heads: 12, inner: 3072, vocabulary: 1000, labels: 2 };
  await bench("BERT-base, 100 tokens", randomModel(base), { ...options, n: 2 });
}
globalThis.addEventListener("unload", () => {
  console.error(`\nbest rates, ${ops.adapter}:`);
  for (const [key, rate] of rates) {
    console.error(`${key.padEnd(44)} ${rate.toPrecision(3).padStart(6)} evaluations/s`);
  }
  ops.close();
});
