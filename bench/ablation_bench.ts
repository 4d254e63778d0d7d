/**
 * 50 random masks on one list of 21 candidates of 100 tokens, MiniLM-L12's shape, on the backend that
 * DEVICE names (simd unless given): one after another, each as a run of its own, and together.
 * `deno bench -A bench/ablation_bench.ts`
 */

import {
  freeMasks,
  gpuOps,
  type Neuron,
  neuronMasks,
  openCrossEncoder,
  openDevice,
  simdOps,
} from "../internal.ts";
import { seededRandom } from "../src/ir/random.ts";
import { scoreEncoded } from "../src/model/cross_encoder.ts";
import { scoresUnderMasks } from "../src/model/masked_scores.ts";
import { neuronCount, neuronOf } from "../src/model/neurons.ts";
import { randomModel } from "./checkpoint.ts";

const sizes = { layers: 12, width: 384, heads: 12, inner: 1536, vocabulary: 1000, labels: 1 };
const ops = Deno.env.get("DEVICE") === "gpu"
  ? gpuOps(await openDevice(navigator.gpu))
  : await simdOps();
const encoder = await openCrossEncoder(randomModel(sizes), ops);
const random = seededRandom(1);
const words = (count: number) =>
  Array.from({ length: count }, () => `w${random() % 900}`).join(" ");
const count = Number(Deno.env.get("CANDIDATES") ?? 21);
const candidates = Array.from(
  { length: count },
  () => encoder.tokenizer.encode(words(10), words(87)),
);

/** 50 sets of 1 % of the neurons; the i-th of the layers from `lowest(i)` on. */
function randomSets(lowest: (set: number) => number): Neuron[][] {
  const { config } = encoder;
  const all = neuronCount(config);
  return Array.from({ length: 50 }, (_, set) => {
    const below = all * lowest(set) / config.layers;
    return Array.from(
      { length: Math.round(all / 100) },
      () => neuronOf(config, below + random() % (all - below)),
    );
  });
}

const groups = {
  "all from layer 6 on": () => 6,
  "a sixth each from layers 6, 7 … 11 on": (set: number) => 6 + set % 6,
  "everywhere": () => 0,
};
for (const [group, lowest] of Object.entries(groups)) {
  const sets = randomSets(lowest);
  Deno.bench("separately", { group, n: 1, warmup: 0, baseline: true }, async () => {
    for (const neurons of sets) {
      const masks = neuronMasks(ops, encoder.config, [neurons]);
      await scoreEncoded(encoder, candidates, { masks: { masks, of: candidates.map(() => 0) } });
      freeMasks(ops, masks);
    }
  });
  Deno.bench("together", { group, n: 1, warmup: 0 }, async () => {
    await scoresUnderMasks(encoder, candidates, sets);
  });
}
globalThis.addEventListener("unload", () => ops.close());
