/**
 * Writes a cross-encoder with random weights, of any size, in Hugging Face layout:
 *
 *     deno run -A bench/random_checkpoint.ts FOLDER [LAYERS WIDTH HEADS INNER VOCABULARY LABELS]
 *
 * BERT-large's shape unless sizes are given. For measuring time and memory, not for judging
 * quadrature: random weights make every rule look good.
 */

import { streamSafetensors } from "../src/formats/safetensors_writer.ts";
import { seededRandom } from "../src/ir/random.ts";

const [folder, ...sizes] = Deno.args;
if (folder === undefined) {
  console.error("Expected FOLDER [LAYERS WIDTH HEADS INNER VOCABULARY LABELS]");
  Deno.exit(2);
}
const [layers, width, heads, inner, vocabulary, labels] = [
  ...sizes.map(Number),
  ...[24, 1024, 16, 4096, 30_522, 2].slice(sizes.length),
];
const shapes: [string, number[]][] = [];
const linear = (name: string, outputs: number, inputs: number) =>
  shapes.push([`${name}.weight`, [outputs, inputs]], [`${name}.bias`, [outputs]]);
const norm = (name: string) => shapes.push([`${name}.weight`, [width]], [`${name}.bias`, [width]]);
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

const random = seededRandom(0);
/** Uniform of BERT's initial deviation, .02; LayerNorm's gain is 1. */
function values(name: string, shape: readonly number[]): Float32Array {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (name.endsWith("LayerNorm.weight")) return data.fill(1);
  const most = 0.02 * Math.sqrt(3) / 2 ** 31;
  return data.map(() => most * (random() - 2 ** 31)); // random() is a 32-bit integer
}

await Deno.mkdir(folder, { recursive: true });
const file = await Deno.open(`${folder}/model.safetensors`, {
  write: true,
  create: true,
  truncate: true,
});
const writer = file.writable.getWriter();
const shapeOf = new Map(shapes);
const entries = shapes.map(([name, shape]) => ({ name, dtype: "F32", shape }));
for await (
  const bytes of streamSafetensors(entries, (name) => {
    const data = values(name, shapeOf.get(name)!);
    return Promise.resolve(new Uint8Array(data.buffer as ArrayBuffer));
  })
) await writer.write(bytes as Uint8Array<ArrayBuffer>);
await writer.close();
await Deno.writeTextFile(
  `${folder}/config.json`,
  JSON.stringify(
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
);
const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const words = Array.from({ length: vocabulary - special.length }, (_, i) => `w${i}`);
await Deno.writeTextFile(`${folder}/vocab.txt`, [...special, ...words].join("\n") + "\n");
await Deno.writeTextFile(
  `${folder}/tokenizer_config.json`,
  JSON.stringify({ do_lower_case: true }),
);
