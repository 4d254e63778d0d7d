/** Random weights in the shape of a BERT cross-encoder: for time and memory, not for quadrature. */

import { encodeSafetensors } from "../src/formats/safetensors.ts";
import type { Load } from "../src/formats/load.ts";
import { seededRandom } from "../src/ir/random.ts";

/** Sizes of a checkpoint. */
export interface Sizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly inner: number;
  readonly vocabulary: number;
  readonly labels: number;
}

/** Names and shapes of its tensors. */
export function shapesOf(
  { layers, width, inner, vocabulary, labels }: Sizes,
): Map<string, number[]> {
  const shapes: [string, number[]][] = [];
  const linear = (name: string, outputs: number, inputs: number) =>
    shapes.push([`${name}.weight`, [outputs, inputs]], [`${name}.bias`, [outputs]]);
  const norm = (name: string) =>
    shapes.push([`${name}.weight`, [width]], [`${name}.bias`, [width]]);
  shapes.push(
    ["bert.embeddings.word_embeddings.weight", [vocabulary, width]],
    ["bert.embeddings.position_embeddings.weight", [512, width]],
    ["bert.embeddings.token_type_embeddings.weight", [2, width]],
  );
  norm("bert.embeddings.LayerNorm");
  for (let l = 0; l < layers; l++) {
    const layer = `bert.encoder.layer.${l}`;
    for (const part of ["query", "key", "value"]) {
      linear(`${layer}.attention.self.${part}`, width, width);
    }
    linear(`${layer}.attention.output.dense`, width, width);
    norm(`${layer}.attention.output.LayerNorm`);
    linear(`${layer}.intermediate.dense`, inner, width);
    linear(`${layer}.output.dense`, width, inner);
    norm(`${layer}.output.LayerNorm`);
  }
  linear("bert.pooler.dense", width, width);
  linear("classifier", labels, width);

  return new Map(shapes);
}

/** Draws a tensor: uniform of `deviation`, BERT's initial one unless given; LayerNorm's gain is 1. */
export function drawing(
  { seed = 0, deviation = 0.02 } = {},
): (name: string, shape: readonly number[]) => Float32Array {
  const random = seededRandom(seed); // 32-bit integers
  return (name, shape) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (name.endsWith("LayerNorm.weight")) return data.fill(1);
    const most = deviation * Math.sqrt(3) / 2 ** 31;
    return data.map(() => most * (random() - 2 ** 31));
  };
}

/** The files beside its weights, by name. */
export function filesOf(
  { layers, width, heads, inner, vocabulary, labels }: Sizes,
): Record<string, string> {
  const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
  const words = Array.from({ length: vocabulary - special.length }, (_, i) => `w${i}`);
  return {
    "config.json": JSON.stringify(
      {
        architectures: ["BertForSequenceClassification"],
        model_type: "bert",
        hidden_size: width,
        num_hidden_layers: layers,
        num_attention_heads: heads,
        intermediate_size: inner,
        vocab_size: vocabulary,
        max_position_embeddings: 512,
        type_vocab_size: 2,
        hidden_act: "gelu",
        layer_norm_eps: 1e-12,
        pad_token_id: 0,
        id2label: Object.fromEntries(Array.from({ length: labels }, (_, i) => [i, `LABEL_${i}`])),
      },
      null,
      2,
    ),
    "vocab.txt": [...special, ...words].join("\n") + "\n",
    "tokenizer_config.json": JSON.stringify({ do_lower_case: true }),
  };
}

/** Loads a checkpoint of random weights that lies in memory. */
export function randomModel(sizes: Sizes, deviation?: number): Load {
  const draw = drawing({ deviation });
  const tensors = Array.from(
    shapesOf(sizes),
    ([name, shape]) => [name, { shape, data: draw(name, shape) }],
  );
  const weights = encodeSafetensors(Object.fromEntries(tensors));
  const files = filesOf(sizes);
  return (name, range) => {
    if (name === "model.safetensors") {
      return Promise.resolve(range ? weights.slice(range.start, range.end) : weights);
    }
    if (name in files) return Promise.resolve(new TextEncoder().encode(files[name]));
    return Promise.reject(Object.assign(new Error(name), { name: "NotFound" }));
  };
}
