/** What a graph keeps, and a batch's layout. */

import { assert, assertEquals } from "@std/assert";
import { cpuOps, openCrossEncoder } from "../../internal.ts";
import { keptTensors, numbersPerToken, windowOf } from "../../src/model/kept.ts";
import { uploadPairs, uploadSequences } from "../../src/model/batch.ts";
import { loaderOf } from "../backends.ts";
import { byRole, type LayerTensors } from "./literal_bert.ts";
import { encodedOf, folderOf, goldenModel } from "./models.ts";

const name = "l2-w36-h3-f50-labels2";
const encoder = await openCrossEncoder(loaderOf(folderOf(name)), cpuOps());
const { ops, config, graph, weights } = encoder;
const capacity = { tokens: 11, sequences: 3 };

const shapes = (layer: LayerTensors) =>
  Object.fromEntries(Object.entries(layer).map(([key, { rows, width }]) => [key, [rows, width]]));

Deno.test("keptTensors() has only [CLS] rows in the last layer, but for key and value", () => {
  const { embedding, layers } = byRole(encoder, keptTensors(ops, graph, capacity));
  assertEquals([embedding.rows, embedding.width], [11, 36]);
  const expected = (rows: number) => ({
    query: [rows, 36],
    key: [11, 36],
    value: [11, 36],
    attention_output: [rows, 36],
    attended: [rows, 36],
    intermediate: [rows, 50],
    ff_output: [rows, 36],
    output: [rows, 36],
  });
  assertEquals(layers.map(shapes), [expected(11), expected(3)]);
});

Deno.test("keptTensors() takes its own memory for every tensor, numbersPerToken() of them a token", () => {
  const tensors = [...keptTensors(ops, graph, { tokens: 7, sequences: 7 }).values()];
  assertEquals(tensors.length, 1 + 2 * 8);
  const numbers = tensors.reduce((sum, { rows, width }) => sum + rows * width, 0);
  assertEquals(numbers, 7 * numbersPerToken(graph));
});

Deno.test("windowOf() shows lines of kept tensors in their memory", async () => {
  const kept = keptTensors(ops, graph, { tokens: 11, sequences: 6 });
  const part = byRole(
    encoder,
    windowOf(ops, kept, {
      from: { tokens: 4, sequences: 2 },
      capacity: { tokens: 5, sequences: 3 },
    }),
  );
  assertEquals(part.layers.map((layer) => [layer.key.rows, layer.output.rows]), [[5, 5], [5, 3]]);
  const one = ops.floats(1, 36, new Float32Array(36).fill(1));
  ops.takeRows(ops.slice(part.layers[1].output, 0, 1), one, ops.indices(1, 1, new Uint32Array(1)));
  const whole = await ops.read(byRole(encoder, kept).layers[1].output);
  assertEquals(
    [...whole.keys()].filter((i) => whole[i] === 1).map((i) => Math.floor(i / 36))[0],
    2,
  );
});

const { pairs } = await goldenModel(name);
const [long, short] = [pairs[1], pairs[0]].map(encodedOf);

Deno.test("uploadPairs() keeps each word once, -1 as zeros, and gives every token its words", async () => {
  const baseline = Int32Array.from(short.ids, (id, i) => i === 1 ? -1 : id);
  const tensors = uploadPairs(ops, config, weights, [
    { encoded: long, baseline: new Int32Array(long.ids.length) },
    { encoded: short, baseline },
  ]);
  const [{ segments: ofLong }, { segments: ofShort }] = [long, short];
  assertEquals(tensors.texts, [
    [{ first: 0, length: 22, segments: ofLong }],
    [{ first: 22, length: 5, segments: ofShort }],
  ]);
  const distinct = new Set([...long.ids, ...short.ids, 0, -1]);
  assertEquals(tensors.words.rows, distinct.size);
  const [lines, words] = [await ops.read(tensors.tokens), await ops.read(tensors.words)];
  const word = (line: number) => words.slice(36 * line, 36 * line + 36);
  const table = (id: number) => Float64Array.from(weights.words.subarray(36 * id, 36 * id + 36));
  [long, short].forEach(({ ids, types }, p) =>
    ids.forEach((id, i) => {
      const [input, from, position, type] = lines.slice(4 * (tensors.texts[p][0].first + i)).slice(
        0,
        4,
      );
      assertEquals(word(input), table(id));
      const zero = p === 1 && i === 1;
      assertEquals(word(from), zero ? new Float64Array(36) : table(p === 0 ? 0 : id));
      assertEquals([position, type], [i, types[i]]);
    })
  );
});

Deno.test("uploadPairs() counts positions from behind the padding id in RoBERTa", async () => {
  const roberta = await openCrossEncoder(loaderOf(folderOf("roberta-w36-labels2")), ops);
  const encoded = encodedOf((await goldenModel("roberta-w36-labels2")).pairs[0]);
  const { tokens } = uploadPairs(ops, roberta.config, roberta.weights, [
    { encoded, baseline: Int32Array.from(encoded.ids) },
  ]);
  const lines = await ops.read(tokens);
  assertEquals(roberta.config.padding, 1);
  assertEquals([lines[2], lines[6], lines.at(-2)], [2, 3, encoded.ids.length + 1]);
});

Deno.test("uploadRows() lays rows one after another without padding, [CLS] first", async () => {
  const tensors = uploadPairs(
    ops,
    config,
    weights,
    [long, short].map((encoded) => ({ encoded, baseline: Int32Array.from(encoded.ids) })),
  );
  const sequences = uploadSequences(
    ops,
    graph,
    tensors,
    [1, 0, 1].map((pair, i) => ({ pair, t: i / 2 })),
  );
  assertEquals([sequences.count, sequences.tokens, sequences.longest], [3, 5 + 22 + 5, 22]);
  const read = async (x: typeof sequences.t) => [...await ops.read(x)];
  assertEquals(await read(sequences.t), [0, 0.5, 1]);
  assertEquals(await read(sequences.taken), [0, 5, 27]);
  assertEquals(await read(sequences.embedSequences), [0, 5, 22, 0, 5, 22, 0, 0, 27, 5, 22, 0]);
  assertEquals(await read(sequences.attentionSequences), [0, 5, 0, 5, 5, 22, 5, 22, 27, 5, 27, 5]);
  assertEquals(await read(sequences.lastSequences), [0, 5, 0, 1, 5, 22, 1, 1, 27, 5, 2, 1]);
  const rowOf = await read(sequences.sequenceOfToken);
  assert(rowOf.every((row, token) => row === (token < 5 ? 0 : token < 27 ? 1 : 2)));
});
