/**
 * What one evaluation of a point (forward and backward) costs, family by family, beside BERT-base: random
 * weights of two layers of base size, extrapolated to twelve by the difference of two and one.
 *
 *     deno run -A bench/families.ts [--device simd|gpu] [--tokens 128] [--points 8] [--rounds 5]
 *
 * Families take turns; the least of the rounds counts, as other work on the machine only adds.
 */

import { parseArgs } from "node:util";
import { openDevice } from "../src/compute/gpu/device.ts";
import { gpuOps } from "../src/compute/gpu/gpu_ops.ts";
import type { Ops } from "../src/compute/ops.ts";
import { simdOps } from "../src/compute/simd/simd_ops.ts";
import { evaluatePoints } from "../src/attribution/path/path_points.ts";
import type { TensorEntry, TensorFile } from "../src/formats/tensor_file.ts";
import { parseConfig } from "../src/model/config.ts";
import type { Encoder } from "../src/model/forward.ts";
import type { Graph } from "../src/model/graph.ts";
import { record } from "../src/model/record.ts";
import { loadWeights, weightNames } from "../src/model/weights.ts";

const { values } = parseArgs({
  options: {
    device: { type: "string", default: "simd" },
    tokens: { type: "string", default: "128" },
    points: { type: "string", default: "8" },
    rounds: { type: "string", default: "5" },
  },
});
const [tokens, points, rounds] = [values.tokens, values.points, values.rounds].map(Number);

const encoder = { vocab_size: 1000, num_attention_heads: 12, hidden_size: 768 };

/** config.json of base size, by layers. */
const configs: Readonly<Record<string, (layers: number) => Record<string, unknown>>> = {
  BERT: (layers) => ({
    ...encoder,
    ...{ model_type: "bert", num_hidden_layers: layers, intermediate_size: 3072 },
    max_position_embeddings: 512,
  }),
  ModernBERT: (layers) => ({
    ...encoder,
    ...{ model_type: "modernbert", architectures: ["ModernBertForSequenceClassification"] },
    ...{ num_hidden_layers: layers, intermediate_size: 1152, pad_token_id: 0 },
    // one global layer in three, as the model has them
    layer_types: Array.from(
      { length: layers },
      (_, l) => l % 3 === 0 ? "full_attention" : "sliding_attention",
    ),
    max_position_embeddings: 512,
  }),
  DeBERTa: (layers) => ({
    ...encoder,
    ...{ model_type: "deberta-v2", num_hidden_layers: layers, intermediate_size: 3072 },
    ...{ max_position_embeddings: 512, position_buckets: 256, pos_att_type: ["p2c", "c2p"] },
    norm_rel_ebd: "layer_norm",
  }),
  Qwen3: (layers) => ({
    ...encoder,
    ...{ model_type: "qwen3", architectures: ["Qwen3ForSequenceClassification"] },
    ...{ num_hidden_layers: layers, intermediate_size: 2304, pad_token_id: 0 },
    ...{ num_key_value_heads: 6, head_dim: 64, max_position_embeddings: 512 },
  }),
  "T5 encoder": (layers) => ({
    ...{ model_type: "t5", vocab_size: 1000, d_model: 768, d_kv: 64, d_ff: 3072, num_heads: 12 },
    ...{ num_layers: layers, num_decoder_layers: 1 },
  }),
};

/** A file whose tensors are made when they are read. */
function randomFile(graph: Graph): TensorFile {
  const entries = new Map(
    weightNames(graph).map((
      { name, shape },
    ): [string, TensorEntry] => [name, { name, shape, dtype: "F32" }]),
  );
  return {
    ...{ metadata: {}, entries },
    read(name) {
      const { shape } = entries.get(name)!;
      const scale = shape.length === 1 ? 1 : shape[1] ** -0.5;
      const count = shape.reduce((product, size) => product * size, 1);
      let seed = 1 + name.length;
      const next = () => (seed = seed * 16807 % 2147483647) / 2147483647 - 0.5;
      return Promise.resolve(Float32Array.from({ length: count }, () => 3 * scale * next()));
    },
    bytes: () => Promise.reject(new Error("not asked for")),
  };
}

async function openRandom(json: Record<string, unknown>, ops: Ops): Promise<Encoder> {
  const template = /qwen/.test(String(json.model_type)) ? "{query} {document}" : undefined;
  const config = parseConfig(new TextEncoder().encode(JSON.stringify(json)), { template });
  const words = { idOf: (word: string) => word.length };
  const graph = record((build) => config.family.forward(build, config, words));
  const weights = await loadWeights(randomFile(graph), { graph, config, ops });
  return { ops, graph, config, weights };
}

/** Seconds of an evaluation of `points` points. */
async function time(model: Encoder): Promise<number> {
  const ids = Uint32Array.from({ length: tokens }, (_, i) => 5 + i % 900);
  const encoded = {
    ids,
    types: new Uint32Array(tokens),
    segments: new Uint8Array(tokens),
    tokens: Array.from(ids, String),
  };
  const path = { encoded, baseline: new Int32Array(tokens), label: 1 } as const;
  const t = Array.from({ length: points }, (_, k) => k / points);
  const begin = performance.now();
  const found = evaluatePoints(model, path, { t, target: "logit" });
  const F = await model.ops.read(found.F);
  found.free();
  if (!F.every(Number.isFinite)) throw new Error("not finite");
  return (performance.now() - begin) / 1000;
}

const ops = values.device === "gpu"
  ? gpuOps(await openDevice(navigator.gpu), { memoryBytes: 2 ** 32 })
  : await simdOps({ threads: navigator.hardwareConcurrency, memoryBytes: 2 ** 31 });
const models = new Map<string, readonly Encoder[]>();
for (const [name, config] of Object.entries(configs)) {
  models.set(name, [await openRandom(config(1), ops), await openRandom(config(2), ops)]);
}
const least = new Map<string, number[]>();
for (let round = 0; round <= rounds; round++) { // the first warms up
  for (const [name, sizes] of models) {
    for (const [i, model] of sizes.entries()) {
      const seconds = await time(model);
      if (round === 0) continue;
      const best = least.get(name) ?? [Infinity, Infinity];
      best[i] = Math.min(best[i], seconds);
      least.set(name, best);
    }
  }
}
const layer = ([one, two]: readonly number[]) => two - one;
const bert = layer(least.get("BERT")!);
console.log(`${ops.adapter}, ${points} points of ${tokens} tokens`);
console.log("family\tms a layer and point\tx BERT-base");
for (const [name, best] of least) {
  const ms = 1000 * layer(best) / points;
  console.log(`${name}\t${ms.toFixed(2)}\t${(layer(best) / bert).toFixed(2)}`);
}
ops.close();
