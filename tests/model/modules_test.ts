/** Folders of sentence-transformers: which modules are read, and what is refused by name. */

import { assertEquals, assertRejects } from "@std/assert";
import { cpuOps, openCrossEncoder, score } from "../../internal.ts";
import { parseJsonObject } from "../../src/formats/json.ts";
import type { Load } from "../../src/formats/load.ts";
import { loaderOf } from "../backends.ts";

const folder = "tests/golden/encoders/models";
const pair = { query: "river", passage: "the old stone bridge" };
type Json = Record<string, unknown>;

/** A golden model with keys of some files replaced, and other files added. */
function changed(name: string, changes: Readonly<Record<string, Json | readonly Json[]>>): Load {
  const load = loaderOf(`${folder}/${name}`);
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  return async (file, range) => {
    const change = changes[file];
    if (change === undefined) return await load(file, range);
    if (Array.isArray(change)) return bytes(change);
    const own = await load(file).then(
      (found) => parseJsonObject(new TextDecoder().decode(found), file),
      () => ({}),
    );
    return bytes({ ...own, ...change });
  };
}

const open = (name: string, changes: Parameters<typeof changed>[1], options = {}) =>
  openCrossEncoder(changed(name, changes), cpuOps(), options);
const about = "config_sentence_transformers.json";
const module = (type: string, path: string) => ({
  type: `sentence_transformers.models.${type}`,
  path,
});
const [transformer, pooling] = [module("Transformer", ""), module("Pooling", "1_Pooling")];

Deno.test("openCrossEncoder() compares encodings as config_sentence_transformers.json says, by cosine where it says nothing", async () => {
  const model = "xlmr-l1-w20-h1-cls"; // dot, without a Normalize
  const [dot] = (await score(await open(model, {}), [pair]))[0].logits;
  for (const name of [null, undefined, "cosine"]) {
    const encoder = await open(model, { [about]: { similarity_fn_name: name } });
    assertEquals(encoder.config.similarity, "cosine");
    const [{ logits: [cosine] }] = await score(encoder, [pair]);
    assertEquals(Math.abs(cosine) <= 1 && cosine !== dot, true);
  }
  // behind a Normalize vectors have length 1, whatever they are compared by
  const plain = await score(await open("bert-w36-mean", {}), [pair]);
  const other = await open("bert-w36-mean", { [about]: { similarity_fn_name: "dot_product" } });
  assertEquals(await score(other, [pair]), plain);
});

Deno.test("openCrossEncoder() reads the folders of sentence-transformers 2 as bi-encoders", async () => {
  const encoder = await open("bert-w36-mean", {
    "modules.json": [transformer, pooling, module("Normalize", "2_Normalize")],
    "1_Pooling/config.json": {
      pooling_mode: undefined,
      pooling_mode_cls_token: false,
      pooling_mode_mean_tokens: true,
    },
    [about]: { model_type: undefined, similarity_fn_name: undefined, prompts: undefined },
  });
  assertEquals(
    await score(encoder, [pair]),
    await score(await open("bert-w36-mean", {}), [pair]),
  );
});

Deno.test("PairTokenizer.encode() cuts each text of a bi-encoder by itself, at max_seq_length or earlier", async () => {
  const { tokenizer, config } = await open("bert-w36-mean", {});
  const long = "the old stone bridge ".repeat(20);
  const lengths = (maxLength?: number) => {
    const { ids, second, tokens } = tokenizer.encode(long, "river", { maxLength });
    assertEquals([tokens[0], tokens[second!], tokens.at(-1)], ["[CLS]", "[CLS]", "[SEP]"]);
    return [second, ids.length - second!];
  };
  assertEquals(config.maxTokens, 24);
  assertEquals(lengths(), [24, 3]);
  assertEquals(lengths(10), [10, 3]);
  assertEquals(lengths(512), [24, 3]);
});

for (
  const [what, model, changes, says] of [
    [
      "another pooling",
      "bert-w36-mean",
      { "1_Pooling/config.json": { pooling_mode: "max" } },
      'Cannot use 1_Pooling/config.json: expected pooling by cls or mean, got "max"',
    ],
    [
      "SPLADE over an encoder without a head",
      "bert-w36-mean",
      {
        "modules.json": [module("MLMTransformer", ""), module("SpladePooling", "1_SpladePooling")],
        [about]: { similarity_fn_name: null },
      },
      "Cannot use modules.json with architecture BertModel: expected a masked language model's head (BertForMaskedLM) before a SpladePooling",
    ],
    [
      "a pooling behind logits of words",
      "splade-l1-w36",
      {
        "modules.json": [transformer, pooling],
        "1_Pooling/config.json": { pooling_mode: "mean" },
      },
      "Cannot use modules.json with architecture BertForMaskedLM: expected a SpladePooling behind it, as its head makes logits of words",
    ],
    [
      "sums of weights of words",
      "splade-st-w30",
      { "1_SpladePooling/config.json": { pooling_strategy: "sum" } },
      'Cannot use pooling_strategy "sum" of 1_SpladePooling/config.json: expected "max" of SPLADE',
    ],
    [
      "another activation of weights of words",
      "splade-st-w30",
      { "1_SpladePooling/config.json": { activation_function: "log1p_relu" } },
      'Cannot use activation_function "log1p_relu" of 1_SpladePooling/config.json: expected "relu" of SPLADE',
    ],
    [
      "another similarity of weights of words",
      "splade-st-w30",
      { [about]: { similarity_fn_name: "cosine" } },
      'Cannot use similarity_fn_name "cosine" of config_sentence_transformers.json: expected "dot" of SPLADE',
    ],
    [
      "a decoder of its own",
      "splade-l1-w36",
      { "config.json": { tie_word_embeddings: false } },
      "Cannot use tie_word_embeddings false: expected true, as logits are made by the words' embeddings",
    ],
    [
      "no pooling",
      "bert-w36-mean",
      { "modules.json": [transformer, module("Dense", "1_Dense")] },
      "with Pooling first, or with nothing but Dense (ColBERT)",
    ],
    [
      "another similarity",
      "xlmr-l1-w20-h1-cls",
      { [about]: { similarity_fn_name: "euclidean" } },
      'Cannot use similarity_fn_name "euclidean" of config_sentence_transformers.json: expected cosine or dot',
    ],
    [
      "prompts",
      "bert-w36-mean",
      { [about]: { prompts: { query: "query: ", document: "" } } },
      'Cannot use the prompt "query" of config_sentence_transformers.json: expected none, as texts are read without prompts; got "query: "',
    ],
    [
      "small letters",
      "bert-w36-mean",
      { "sentence_bert_config.json": { do_lower_case: true } },
      "Cannot use do_lower_case true of sentence_bert_config.json",
    ],
    [
      "a Dense of other inputs",
      "bert-w30-cls-dot",
      { "2_Dense/config.json": { in_features: 31 } },
      "Cannot use 2_Dense/config.json: expected 30 inputs, as what comes before it gives, got 31",
    ],
    [
      "an encoder without modules",
      "bert-w36-mean",
      { "modules.json": [transformer] },
      "Cannot use architecture BertModel: expected modules.json with what makes a score of it",
    ],
  ] as const
) {
  Deno.test(`openCrossEncoder() refuses ${what} of a bi-encoder in one sentence`, () =>
    assertRejects(() => open(model, changes), Error, says).then(() => {}));
}

Deno.test("openCrossEncoder() refuses a relevant class and a prompt of a bi-encoder", async () => {
  await assertRejects(
    () => open("bert-w36-mean", {}, { relevantClass: 0 }),
    TypeError,
    "Cannot use --relevant-class (relevantClass) with a bi-encoder",
  );
  await assertRejects(
    () => open("bert-w36-mean", {}, { template: "{query} {document}" }),
    TypeError,
    "Cannot use --template with model_type",
  );
});

Deno.test("openCrossEncoder() reads a masked language model without modules.json as SPLADE, and says so", async () => {
  const plain = await open("splade-l1-w36", {});
  assertEquals([plain.config.similarity, plain.config.maxTokens, plain.config.labels], [
    "dot",
    40,
    1,
  ]);
  assertEquals(plain.notes.map((note) => note.split(":")[0]), [
    "config.json's class is BertForMaskedLM, without modules.json",
  ]);
  const modules = [module("MLMTransformer", ""), module("SpladePooling", "1_SpladePooling")];
  const listed = await open("splade-l1-w36", { "modules.json": modules });
  assertEquals(listed.notes, []);
  assertEquals(await score(listed, [pair]), await score(plain, [pair]));
  const { tokenizer, config } = await open("splade-st-w30", {});
  const long = "the old stone bridge ".repeat(20);
  const { ids, second } = tokenizer.encode(long, long);
  assertEquals([config.maxTokens, second, ids.length], [20, 20, 40]);
});
