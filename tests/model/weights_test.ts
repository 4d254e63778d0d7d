/** Weights: every name a checkpoint may use, and one sentence for each tensor that does not fit. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { cpuOps, openCrossEncoder, score } from "../../internal.ts";
import { loaderOf } from "../backends.ts";
import { goldenModel, loadWith, loadWithWeights, readConfig, readTensors } from "./models.ts";

const { folder, pairs } = await goldenModel("l1-w20-h2-f36-labels1");
const query = "bert.encoder.layer.0.attention.self.query";

type Tensors = Awaited<ReturnType<typeof readTensors>>;

/** Opens the model after a change of its weights. */
async function opening(change: (tensors: Tensors) => void) {
  const tensors = await readTensors(folder);
  change(tensors);
  return openCrossEncoder(loadWithWeights(folder, tensors), cpuOps());
}

async function logits(change: (tensors: Tensors) => void = () => {}) {
  return (await score(await opening(change), pairs)).map((found) => found.logits[0]);
}

Deno.test("openCrossEncoder() names a missing tensor", async () => {
  for (const name of [`${query}.weight`, "bert.pooler.dense.bias", "classifier.weight"]) {
    await assertRejects(
      () => opening((tensors) => tensors.delete(name)),
      RangeError,
      `Cannot open the model: its weights lack the tensor ${name}`,
    );
  }
});

Deno.test("openCrossEncoder() names a misshapen tensor, with both shapes", async () => {
  const reshape = (name: string, shape: readonly number[]) => (tensors: Tensors) => {
    const count = shape.reduce((product, size) => product * size, 1);
    tensors.set(name, { shape, data: new Float32Array(count) });
  };
  await assertRejects(
    () => opening(reshape(`${query}.weight`, [20, 19])),
    TypeError,
    `Cannot open the model: expected ${query}.weight of shape [20, 20], got [20, 19]`,
  );
  await assertRejects(
    () => opening(reshape(`${query}.bias`, [1, 20])),
    TypeError,
    `Cannot open the model: expected ${query}.bias of shape [20], got [1, 20]`,
  );
  await assertRejects(
    () => opening(reshape("bert.embeddings.word_embeddings.weight", [55, 20])),
    TypeError,
    "of shape [56, 20], got [55, 20]",
  );
  // the transpose of a matrix that is not square has as many numbers
  await assertRejects(
    () => opening(reshape("bert.encoder.layer.0.intermediate.dense.weight", [20, 36])),
    TypeError,
    "of shape [36, 20], got [20, 36]",
  );
});

Deno.test("openCrossEncoder() names the first number of a tensor that is not finite", async () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    for (const name of [`${query}.weight`, "bert.embeddings.word_embeddings.weight"]) {
      await assertRejects(
        () => opening((tensors) => tensors.get(name)!.data.set([value, NaN], 7)),
        RangeError,
        `Cannot open the model: ${name} holds ${value} at element 7`,
      );
    }
  }
});

Deno.test("openCrossEncoder() reads gamma and beta, as TensorFlow's checkpoints name them", async () => {
  const renamed = await logits((tensors) => {
    for (const [name, tensor] of [...tensors]) {
      if (!name.includes("LayerNorm")) continue;
      tensors.delete(name);
      tensors.set(name.replace(/weight$/, "gamma").replace(/bias$/, "beta"), tensor);
    }
    assertEquals([...tensors.keys()].filter((name) => name.endsWith(".gamma")).length, 3);
  });
  assertEquals(renamed, await logits());
  await assertRejects(
    () =>
      opening((tensors) => {
        const name = "bert.embeddings.LayerNorm";
        tensors.set(`${name}.gamma`, tensors.get(`${name}.weight`)!);
        tensors.delete(`${name}.bias`);
      }),
    RangeError,
    "lack the tensor bert.embeddings.LayerNorm.beta",
  );
});

Deno.test("openCrossEncoder() passes by tensors that it has no use for", async () => {
  const more = await logits((tensors) => {
    tensors.set("bert.embeddings.position_ids", { shape: [48], data: new Float32Array(48) });
    tensors.set("cls.predictions.bias", { shape: [1], data: Float32Array.of(NaN) });
  });
  assertEquals(more, await logits());
});

Deno.test("openCrossEncoder() brings one tensor at a time to memory, each once", async () => {
  const ops = cpuOps();
  let numbers = 0;
  const counted = (make: typeof ops.floats): typeof ops.floats => (rows, width, data) => {
    numbers += rows * width;
    return make(rows, width, data);
  };
  const [floats, weights] = [counted(ops.floats), counted(ops.weights)];
  await openCrossEncoder(loaderOf(folder), { ...ops, floats, weights });
  const tensors = await readTensors(folder);
  let stored = 0;
  for (const [name, { data }] of tensors) if (!name.includes("word_emb")) stored += data.length;
  assertEquals(numbers, stored); // word embeddings stay on the host
});

Deno.test("openCrossEncoder() says which file of a folder is missing or unusable", async () => {
  const open = (files: Parameters<typeof loadWith>[1]) => () =>
    openCrossEncoder(loadWith(folder, files), cpuOps());
  await assertRejects(
    open({ "config.json": null }),
    RangeError,
    "Cannot open the model: expected config.json, found none",
  );
  await assertRejects(
    open({ "model.safetensors": null }),
    RangeError,
    "Cannot open the model's weights: expected one of model.safetensors",
  );
  await assertRejects(open({ "vocab.txt": null }), RangeError, "Cannot open the tokenizer");
  const bytes = await loaderOf(folder)("model.safetensors");
  await assertRejects(
    open({ "model.safetensors": bytes.subarray(0, bytes.length - 1) }),
    SyntaxError,
    `Cannot read "model.safetensors" as safetensors`,
  );
  const config = await readConfig(folder);
  await assertRejects(
    open({ "config.json": { ...config, num_hidden_layers: 2 } }),
    RangeError,
    "lack the tensor bert.encoder.layer.1.attention.self.value.weight",
  );
  const { id2label: _, ...two } = config;
  await assertRejects(
    open({ "config.json": two }),
    TypeError,
    "expected classifier.weight of shape [2, 20], got [1, 20]",
  );
});

Deno.test("openCrossEncoder() refuses an index tensor where numbers are wanted", async () => {
  const name = "classifier.bias";
  const header = JSON.stringify({ [name]: { dtype: "I64", shape: [1], data_offsets: [0, 8] } });
  const file = new Uint8Array(8 + header.length + 8);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(new TextEncoder().encode(header), 8);
  const tensors = await readTensors(folder);
  tensors.delete(name);
  const names = [...tensors.keys()];
  const index = {
    weight_map: { ...Object.fromEntries(names.map((one) => [one, "a"])), [name]: "b" },
  };
  const whole = await loaderOf(folder)("model.safetensors");
  const load = loadWith(folder, {
    "model.safetensors": null,
    "model.safetensors.index.json": index,
    a: whole,
    b: file,
  });
  const error = await assertRejects(() => openCrossEncoder(load, cpuOps()), TypeError);
  assert(error.message.includes(`"${name}"`) && error.message.includes("got I64"), error.message);
});
