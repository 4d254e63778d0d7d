/**
 * Whole attributions on a GPU: pairs and TFLOP a second, and memory, by model shape, tokens and precision.
 *
 *     deno run -A bench/throughput.ts --shape BERT-large --tokens 128,256 --pairs 24 --memory 40
 *
 * Options: --shape (BERT-large, BERT-base, MiniLM-L12, MiniLM-L6), --tokens, --precision (lists: f32,
 * f16, tf16), --device (gpu, dawn), --pairs a run, --memory GiB a batch may take, --rule (a list: adaptive, or the number of points
 * of the trapezoid rule), --deviation D of the random weights (BERT's initial .02 unless given: the
 * adaptive rule then needs few points; wider weights make paths rough), --profile (also time by kernel,
 * which takes more time itself). Weights are random: times and memory count, not conductances. A run of
 * the same pairs warms up: it compiles, and allocates. FLOPs are those of `computedFlops`; memory is what
 * nvidia-smi says is in use at the end, where it is there.
 */

import { parseArgs } from "node:util";
import {
  attribute,
  type LabelledPair,
  openCrossEncoder,
  type Precision,
  rule,
} from "../internal.ts";
import { randomModel } from "./checkpoint.ts";
import { computedFlops } from "./replication_cost.ts";
import { openTunedGpu } from "./tuned_gpu.ts";

const shapes = {
  "BERT-large": { layers: 24, width: 1024, heads: 16, inner: 4096, vocabulary: 1000, labels: 2 },
  "BERT-base": { layers: 12, width: 768, heads: 12, inner: 3072, vocabulary: 1000, labels: 2 },
  "MiniLM-L12": { layers: 12, width: 384, heads: 12, inner: 1536, vocabulary: 1000, labels: 1 },
  "MiniLM-L6": { layers: 6, width: 384, heads: 12, inner: 1536, vocabulary: 1000, labels: 1 },
} as const;

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    shape: { type: "string", default: "BERT-large" },
    tokens: { type: "string", default: "128" },
    precision: { type: "string", default: "f32" },
    device: { type: "string", default: "gpu" },
    pairs: { type: "string", default: "8" },
    rule: { type: "string", default: "adaptive" },
    memory: { type: "string" },
    deviation: { type: "string" },
    profile: { type: "boolean", default: false },
  },
});
const sizes = shapes[options.shape as keyof typeof shapes];
if (!sizes) throw new RangeError(`Expected --shape ${Object.keys(shapes).join(", ")}`);
const load = randomModel(sizes, options.deviation ? Number(options.deviation) : undefined);
const rules = options.rule.split(",").map((name) =>
  name === "adaptive" ? rule(name) : rule("trapezoid", { steps: Number(name) - 1 })
);

/** Words that differ from pair to pair; `tokens` with [CLS] and two [SEP]. */
function pairOf(index: number, tokens: number): LabelledPair {
  const words = Array.from({ length: tokens - 3 }, (_, i) => `w${(7 * i + 13 * index) % 900}`);
  return {
    query: words.slice(0, 8).join(" "),
    passage: words.slice(8).join(" "),
    label: "relevant",
  };
}

function memoryInUse(): string {
  try {
    const { stdout } = new Deno.Command("nvidia-smi", {
      args: ["--query-gpu=memory.used", "--format=csv,noheader"],
    }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  } catch {
    return "unknown";
  }
}

const head = [
  "shape",
  "tokens",
  "precision",
  "evaluations",
  "s a pair",
  "pairs/s",
  "TFLOP/s",
  "memory",
];
console.log(`| ${head.join(" | ")} |\n|${" --- |".repeat(head.length)}`);
for (const precision of options.precision.split(",") as Precision[]) {
  const { ops } = await openTunedGpu({
    ...{ precision, profile: options.profile, dawn: options.device === "dawn" },
    ...(options.memory ? { memoryBytes: Number(options.memory) * 2 ** 30 } : {}),
  });
  const encoder = await openCrossEncoder(load, ops);
  const runs = (options.tokens as string).split(",").map(Number).flatMap((tokens) =>
    rules.map((quadrature) => ({ tokens, quadrature }))
  );
  for (const { tokens, quadrature } of runs) {
    const pairs = Array.from({ length: Number(options.pairs) }, (_, i) => pairOf(i, tokens));
    for await (const _ of attribute(encoder, pairs, { rule: quadrature }));
    const before = new Map(ops.timings?.().map((one) => [one.operation, one]));
    const start = performance.now();
    let [evaluations, repeated] = [0, 0];
    for await (const found of attribute(encoder, pairs, { rule: quadrature })) {
      evaluations += found.evaluations;
      repeated += found.repeated;
    }
    const seconds = (performance.now() - start) / 1000;
    const flops = (evaluations + repeated) * computedFlops({ ...sizes, tokens });
    const cells = [
      ...[options.shape, tokens, `${precision}, ${options.device}`, quadrature.name],
      (evaluations / pairs.length).toFixed(1) + (repeated > 0 ? ` (+${repeated} again)` : ""),
      (seconds / pairs.length).toPrecision(3),
      (pairs.length / seconds).toPrecision(3),
      (flops / seconds / 1e12).toPrecision(3),
      memoryInUse(),
    ];
    console.log(`| ${cells.join(" | ")} |`);
    if (!ops.timings) continue;
    const spent = ops.timings().map((one) => {
      const { calls = 0, milliseconds = 0, gigaflop = 0 } = before.get(one.operation) ?? {};
      return {
        ...{ operation: one.operation, calls: one.calls - calls },
        ...{ milliseconds: one.milliseconds - milliseconds, gigaflop: one.gigaflop - gigaflop },
      };
    }).sort((a, b) => b.milliseconds - a.milliseconds);
    for (const { operation, calls, milliseconds, gigaflop } of spent) {
      const rate = gigaflop > 0 ? `${(gigaflop / milliseconds).toFixed(1)} TFLOP/s` : "";
      console.log(
        `${operation.padEnd(52)} ${String(calls).padStart(6)} ${
          milliseconds.toFixed(1).padStart(9)
        } ms ${rate}`,
      );
    }
  }
  ops.close();
}
