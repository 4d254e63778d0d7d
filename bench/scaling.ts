/**
 * How cost grows with tokens, evaluations, layers, pairs and masks: `deno run -A bench/scaling.ts`,
 * at MiniLM-L6's shape with random weights, on the backend that DEVICE names (simd unless given), THREADS
 * (every core unless given), best of ROUNDS (3). Prints tables in Markdown, each with a fitted line, or
 * a parabola over tokens.
 */

import {
  attribute,
  type CrossEncoder,
  gpuOps,
  openCrossEncoder,
  openDevice,
  rule,
  simdOps,
} from "../internal.ts";
import { scoresUnderMasks } from "../src/model/masked_scores.ts";
import { neuronCount, neuronOf } from "../src/model/neurons.ts";
import { randomModel } from "./checkpoint.ts";
import { fit, fitText } from "./fit.ts";

const threads = Number(Deno.env.get("THREADS") ?? navigator.hardwareConcurrency);
const rounds = Number(Deno.env.get("ROUNDS") ?? 3);
const ops = Deno.env.get("DEVICE") === "gpu"
  ? gpuOps(await openDevice(navigator.gpu))
  : await simdOps({ threads });
const shape = { layers: 6, width: 384, heads: 12, inner: 1536, vocabulary: 1000, labels: 1 };
const encoders = new Map<number, CrossEncoder>();
const layerCounts = [2, 4, 6, 9, 12];
for (const layers of layerCounts) {
  encoders.set(layers, await openCrossEncoder(randomModel({ ...shape, layers }), ops));
}
const six = encoders.get(6)!;
const words = (count: number, first = 0) =>
  Array.from({ length: count }, (_, i) => `w${(first + 7 * i) % 900}`).join(" ");

/** Attributes pairs of `tokens` tokens; [CLS], two [SEP] and five words of a query among them. */
async function attributed(
  encoder: CrossEncoder,
  { tokens, evaluations, pairs }: Record<"tokens" | "evaluations" | "pairs", number>,
) {
  const alike = Array.from({ length: pairs }, (_, i) => (
    { query: words(5, i), passage: words(tokens - 8, i), label: "relevant" as const }
  ));
  const options = { rule: rule("trapezoid", { steps: evaluations - 1 }) };
  for await (const found of attribute(encoder, alike, options)) {
    if (found.tokens !== tokens) throw new Error(`expected ${tokens} tokens, got ${found.tokens}`);
  }
}

/** Scores 4 candidates of 64 tokens under masks of 1 % of all neurons. */
async function masked(masks: number) {
  const candidates = Array.from(
    { length: 4 },
    (_, i) => six.tokenizer.encode(words(5, i), words(56, i)),
  );
  const all = neuronCount(six.config);
  const sets = Array.from(
    { length: masks },
    (_, mask) =>
      Array.from(
        { length: Math.floor(all / 100) },
        (_, i) => neuronOf(six.config, (97 * i + 31 * mask) % all),
      ),
  );
  await scoresUnderMasks(six, candidates, sets);
}

const usual = { tokens: 64, evaluations: 20, pairs: 1 };
const tables = [
  {
    title: "tokens (5 evaluations)",
    at: [32, 64, 128, 256, 384, 512],
    degree: 2,
    run: (tokens: number) => attributed(six, { ...usual, tokens, evaluations: 5 }),
  },
  {
    title: "evaluations (64 tokens)",
    at: [5, 10, 20, 40, 80],
    degree: 1,
    run: (evaluations: number) => attributed(six, { ...usual, evaluations }),
  },
  {
    title: "layers (64 tokens, 20 evaluations)",
    at: layerCounts,
    degree: 1,
    run: (layers: number) => attributed(encoders.get(layers)!, usual),
  },
  {
    title: "pairs (64 tokens, 20 evaluations)",
    at: [1, 2, 4, 8],
    degree: 1,
    run: (pairs: number) => attributed(six, { ...usual, pairs }),
  },
  {
    title: "masks (4 candidates of 64 tokens)",
    at: [1, 4, 10, 25, 50],
    degree: 1,
    run: masked,
  },
];

const best = tables.map(({ at }) => at.map(() => Infinity));
await attributed(six, usual); // warms up
for (let round = 0; round < rounds; round++) {
  for (const [i, { at, run }] of tables.entries()) {
    for (const [j, value] of at.entries()) {
      const start = performance.now();
      await run(value);
      best[i][j] = Math.min(best[i][j], performance.now() - start);
    }
  }
}
console.log(`${ops.adapter}; milliseconds, best of ${rounds}\n`);
for (const [i, { title, at, degree }] of tables.entries()) {
  const cells = [[title, ...at], ["---", ...at.map(() => "---")], [
    "ms",
    ...best[i].map(Math.round),
  ]];
  console.log(cells.map((line) => `| ${line.join(" | ")} |`).join("\n"));
  console.log(`\n${fitText(fit(at, best[i], degree))}\n`);
}
ops.close();
