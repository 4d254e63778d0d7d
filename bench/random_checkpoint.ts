/**
 * Writes a cross-encoder with random weights, of any size, in Hugging Face layout:
 *
 *     deno run -A bench/random_checkpoint.ts FOLDER [LAYERS WIDTH HEADS INNER VOCABULARY LABELS]
 *
 * BERT-large's shape unless sizes are given. For measuring time and memory, not for judging
 * quadrature: random weights make every rule look good.
 */

import { streamSafetensors } from "../src/formats/safetensors_writer.ts";
import { drawing, filesOf, shapesOf } from "./checkpoint.ts";

const [folder, ...given] = Deno.args;
if (folder === undefined) {
  console.error("Expected FOLDER [LAYERS WIDTH HEADS INNER VOCABULARY LABELS]");
  Deno.exit(2);
}
const large = [24, 1024, 16, 4096, 30_522, 2];
const [layers, width, heads, inner, vocabulary, labels] = large.map((size, i) =>
  Number(given[i] ?? size)
);
const sizes = { layers, width, heads, inner, vocabulary, labels };
const shapes = shapesOf(sizes);
const draw = drawing();

await Deno.mkdir(folder, { recursive: true });
const file = await Deno.open(`${folder}/model.safetensors`, {
  write: true,
  create: true,
  truncate: true,
});
const writer = file.writable.getWriter();
const entries = Array.from(shapes, ([name, shape]) => ({ name, dtype: "F32", shape }));
const bytesOf = (name: string) =>
  Promise.resolve(new Uint8Array(draw(name, shapes.get(name)!).buffer as ArrayBuffer));
for await (const bytes of streamSafetensors(entries, bytesOf)) {
  await writer.write(bytes as Uint8Array<ArrayBuffer>);
}
await writer.close();
for (const [name, text] of Object.entries(filesOf(sizes))) {
  await Deno.writeTextFile(`${folder}/${name}`, text);
}
