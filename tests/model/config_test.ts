/** config.json: what is read, and one sentence for each thing that is not supported. */

import { bertComponents } from "../../src/model/families/bert.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type EncoderConfig, parseConfig } from "../../internal.ts";
import { settings } from "../../src/model/settings.ts";
import { root } from "../backends.ts";
import { folderOf, readConfig } from "./models.ts";

const bert = await readConfig(folderOf("l2-w30-h3-f37-labels2"));
const parse = (json: Readonly<Record<string, unknown>>): EncoderConfig =>
  parseConfig(new TextEncoder().encode(JSON.stringify(json)));

Deno.test("parseConfig() reads the sizes of a BERT", () => {
  const { family, ...sizes } = parse(bert);
  assertEquals(family.type, "bert");
  assertEquals(sizes, {
    layers: 2,
    width: 30,
    embeddingWidth: 30,
    heads: 3,
    inner: 37,
    components: bertComponents({ width: 30, inner: 37 }),
    maxTokens: 128,
    positions: 128,
    types: 2,
    vocabulary: 56,
    labels: 2,
    epsilon: 1e-12,
    padding: 0,
    relevantClass: 1,
    notes: [],
  });
});

Deno.test("parseConfig() reads ELECTRA's embedding width and RoBERTa's positions and types", async () => {
  const electra = parse(await readConfig(folderOf("electra-w36-e20-labels1")));
  assertEquals([electra.family.type, electra.embeddingWidth, electra.width], ["electra", 20, 36]);
  const roberta = parse(await readConfig(folderOf("roberta-w36-labels2")));
  assertEquals(
    [roberta.maxTokens, roberta.positions, roberta.padding, roberta.types],
    [64, 66, 1, 1],
  );
  const xlm = parse(await readConfig(folderOf("xlm-roberta-w36-labels1")));
  assertEquals([xlm.family.type, xlm.labels], ["xlm-roberta", 1]);
});

Deno.test("parseConfig() fills what old configs leave out as transformers does", () => {
  const old = Object.fromEntries(
    ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"]
      .concat("max_position_embeddings", "vocab_size").map((key) => [key, bert[key]]),
  );
  assertEquals(parse(old), parse(bert));
});

Deno.test("parseConfig() counts labels by id2label, then num_labels, then 2", () => {
  const { id2label: _, ...none } = bert;
  assertEquals(parse(none).labels, 2);
  assertEquals(parse({ ...none, num_labels: 1 }).labels, 1);
  assertEquals(parse({ ...none, id2label: { 0: "score" }, num_labels: 2 }).labels, 1);
});

Deno.test("parseConfig() takes the family of the class where there is no model_type", () => {
  const { model_type: _, ...none } = bert;
  for (const name of ["Bert", "Electra", "Roberta", "XLMRoberta", "Camembert"]) {
    const { family } = parse({ ...none, architectures: [`${name}ForSequenceClassification`] });
    assertEquals(family.architecture, `${name}ForSequenceClassification`);
  }
  assertEquals(parse({ ...none, architectures: undefined }).family.type, "bert");
  assertThrows(
    () => parse({ ...none, architectures: ["NewForSequenceClassification"] }),
    TypeError,
    'Cannot use architecture "NewForSequenceClassification": expected BertForSequenceClassification, ',
  );
});

Deno.test("parseConfig() takes ELECTRA's embeddings to be 128 wide unless told, as transformers does", async () => {
  const { embedding_size: _, ...electra } = await readConfig(folderOf("electra-w36-e20-labels1"));
  assertEquals(parse(electra).embeddingWidth, 128);
});

/** Names of the classes, which is relevant, and how many notes are made. */
const namings: readonly (readonly [readonly string[], 0 | 1, number])[] = [
  [["not_relevant", "relevant"], 1, 0],
  [["relevant", "not_relevant"], 0, 1],
  [["Relevant", "Irrelevant"], 0, 1],
  [["non-relevant", "is_relevant"], 1, 0],
  [["yes", "no"], 0, 1],
  [["LABEL_0", "LABEL_1"], 1, 0],
  [["LABEL_1", "LABEL_0"], 0, 1],
  [["0", "1"], 1, 0],
  [["1", "0"], 0, 1],
  [["relevant", "LABEL_1x"], 0, 1],
  [["something", "relevant"], 1, 0],
  [["something", "irrelevant"], 0, 1],
  [["entailment", "contradiction"], 1, 1],
  [["LABEL_0"], 1, 0],
  [["0"], 1, 0],
  [["score"], 1, 0],
  [["relevant"], 1, 0],
];

for (const [names, relevantClass, notes] of namings) {
  Deno.test(`parseConfig() takes class ${relevantClass} of ${names.join(", ")} for relevant`, () => {
    const id2label = Object.fromEntries(names.entries());
    const label2id = Object.fromEntries(names.map((name, id) => [name, id]));
    const config = parse({ ...bert, id2label, label2id });
    assertEquals([config.relevantClass, config.notes.length], [relevantClass, notes]);
  });
}

Deno.test("parseConfig() lets the user's word decide which class is relevant", () => {
  const parseWith = (id2label: Record<number, string>, relevantClass: 0 | 1) =>
    parseConfig(new TextEncoder().encode(JSON.stringify({ ...bert, id2label })), { relevantClass });
  for (const relevantClass of [0, 1] as const) {
    for (const id2label of [{ 0: "relevant", 1: "no" }, { 0: "yes", 1: "yes" }]) {
      const found = parseWith(id2label, relevantClass);
      assertEquals([found.relevantClass, found.notes], [relevantClass, []]);
    }
  }
});

Deno.test("parseConfig() notes where num_labels and id2label differ", () => {
  assertEquals(parse({ ...bert, id2label: { 0: "score" }, num_labels: 2 }).notes, [
    "config.json's num_labels is 2, its id2label has 1: the latter holds, as in transformers",
  ]);
});

Deno.test("parseConfig() takes the activations of sentence-transformers that keep the order of logits", () => {
  const named = (path: string, labels: number) =>
    parse({ ...bert, num_labels: labels, sentence_transformers: { activation_fn: path } });
  named("torch.nn.modules.linear.Identity", 1);
  named("torch.nn.modules.activation.Sigmoid", 1);
  named("torch.nn.Identity", 2);
  named("torch.nn.modules.activation.Softmax", 2);
  parse({ ...bert, sbert_ce_default_activation_function: "torch.nn.modules.linear.Identity" });
  assertThrows(() => named("torch.nn.modules.activation.Sigmoid", 2), TypeError, "with 2 labels");
  assertThrows(() => named("my.own.Activation", 1), TypeError, "my.own.Activation");
  assertThrows(
    () => parse({ ...bert, sbert_ce_default_activation_function: "torch.nn.Tanh" }),
    TypeError,
    "torch.nn.Tanh",
  );
});

const keys: string[] = JSON.parse(
  await Deno.readTextFile(new URL("tests/golden/config_keys.json", root)),
);

Deno.test("settings has every key that transformers' configurations and classifiers read", () => {
  assert(keys.length >= 39);
  assertEquals(keys.filter((key) => !Object.hasOwn(settings, key)), []);
});

Deno.test("parseConfig() makes the same of a config whatever its harmless keys hold", () => {
  const harmless = Object.entries(settings).filter(([, { use }]) => use === "harmless");
  assert(harmless.length > 30);
  for (const [key] of harmless) {
    for (const value of [true, 7, "other", { a: 1 }]) {
      assertEquals(parse({ ...bert, [key]: value }), parse(bert), key);
    }
  }
});

/** The types that are known. */
const types = "bert electra roberta xlm-roberta camembert modernbert deberta-v2 qwen3 qwen2 t5"
  .split(" ");

/** What is changed, the kind of error, and all that it says. */
const faults: readonly (readonly [Record<string, unknown>, ErrorConstructor, string])[] = [
  [
    { model_type: "distilbert" },
    TypeError,
    `Cannot use model_type "distilbert": expected ${types.join(", ")}`,
  ],
  [
    { architectures: ["BertForTokenClassification"] },
    TypeError,
    `Cannot use architecture "BertForTokenClassification" with model_type "bert": expected BertForSequenceClassification, BertModel, HF_ColBERT, BertForMaskedLM`,
  ],
  [
    { hidden_act: "gelu_new" },
    TypeError,
    `Cannot use hidden_act "gelu_new": expected "gelu" or "gelu_python", as another activation gives other numbers`,
  ],
  [
    { position_embedding_type: "relative_key" },
    TypeError,
    `Cannot use position_embedding_type "relative_key": expected "absolute", as relative positions add to attention`,
  ],
  [
    { is_decoder: true },
    TypeError,
    "Cannot use is_decoder true: expected false, as a decoder's tokens do not attend to what follows them",
  ],
  [
    { add_cross_attention: true },
    TypeError,
    "Cannot use add_cross_attention true: expected false, as an encoder has nothing to attend to across",
  ],
  [
    { is_encoder_decoder: true },
    TypeError,
    "Cannot use is_encoder_decoder true: expected false, as an encoder has no decoder",
  ],
  [
    { auto_map: { AutoModel: "a.B" } },
    TypeError,
    'Cannot use auto_map {"AutoModel":"a.B"}: expected none, as the model brings code of its own',
  ],
  [
    { quantization_config: { bits: 4 } },
    TypeError,
    'Cannot use quantization_config {"bits":4}: expected none, as quantized weights are no plain numbers',
  ],
  [
    { pruned_heads: { 0: [1] } },
    TypeError,
    'Cannot use pruned_heads {"0":[1]}: expected none, as layers must be alike',
  ],
  [
    { model_type: "bert", architectures: ["RobertaForSequenceClassification"] },
    TypeError,
    'Cannot use architecture "RobertaForSequenceClassification" with model_type "bert": expected BertForSequenceClassification, BertModel, HF_ColBERT, BertForMaskedLM',
  ],
  [
    { model_type: "roberta", architectures: undefined, pad_token_id: null },
    RangeError,
    `Cannot read "config.json": expected pad_token_id below vocab_size, got null, and positions count from it`,
  ],
  [
    { problem_type: "multi_label_classification" },
    TypeError,
    'Cannot use problem_type "multi_label_classification" with 2 labels: expected "single_label_classification"',
  ],
  [
    { sentence_transformers: { activation_fn: "torch.nn.modules.activation.Tanh" } },
    TypeError,
    `Cannot use the activation "torch.nn.modules.activation.Tanh" with 2 labels: expected torch.nn's Identity or Softmax`,
  ],
  [
    { id2label: { 1: "a", 2: "b" } },
    TypeError,
    'Cannot use id2label {"1":"a","2":"b"}: expected the names of classes 0, 1, …',
  ],
  [
    { id2label: { 0: "relevant", 1: "Relevant" } },
    TypeError,
    `Cannot tell which class is relevant: config.json's id2label names 0 "relevant", 1 "Relevant"; --relevant-class (relevantClass) says it`,
  ],
  [
    { id2label: { 0: "no", 1: "yes" }, label2id: { no: 1, yes: 0 } },
    TypeError,
    `Cannot tell which class is relevant: config.json's id2label calls class 0 "no", its label2id class 1; --relevant-class (relevantClass) says it`,
  ],
  [
    { id2label: { 0: "irrelevant" } },
    TypeError,
    `Cannot tell which class is relevant: config.json's id2label calls the only one "irrelevant"; --relevant-class (relevantClass) says it`,
  ],
  [{ num_labels: 3 }, TypeError, "Cannot use 3 labels: expected 1 or 2"],
  [{ id2label: { 0: "a", 1: "b", 2: "c" } }, TypeError, "Cannot use 3 labels: expected 1 or 2"],
  [
    { hidden_size: null },
    RangeError,
    `Cannot read "config.json": expected hidden_size to be a positive integer, got undefined`,
  ],
  [
    { num_hidden_layers: 0 },
    RangeError,
    `Cannot read "config.json": expected num_hidden_layers to be a positive integer, got 0`,
  ],
  [
    { vocab_size: "56" },
    RangeError,
    `Cannot read "config.json": expected vocab_size to be a positive integer, got "56"`,
  ],
  [
    { intermediate_size: 2.5 },
    RangeError,
    `Cannot read "config.json": expected intermediate_size to be a positive integer, got 2.5`,
  ],
  [
    { max_position_embeddings: 1e9 },
    RangeError,
    `Cannot read "config.json": expected max_position_embeddings to be a positive integer, got 1000000000`,
  ],
  [
    { num_attention_heads: 4 },
    RangeError,
    `Cannot read "config.json": expected num_attention_heads to divide hidden_size 30, got 4`,
  ],
  [
    { pad_token_id: -1 },
    RangeError,
    `Cannot read "config.json": expected pad_token_id below vocab_size 56, got -1`,
  ],
  [
    { pad_token_id: 56 },
    RangeError,
    `Cannot read "config.json": expected pad_token_id below vocab_size 56, got 56`,
  ],
  [
    { layer_norm_eps: 2 },
    RangeError,
    `Cannot read "config.json": expected layer_norm_eps in [0, 1], got 2`,
  ],
  [
    { type_vocab_size: 0 },
    RangeError,
    `Cannot read "config.json": expected type_vocab_size to be a positive integer, got 0`,
  ],
];

for (const [change, kind, sentence] of faults) {
  Deno.test(`parseConfig() refuses ${JSON.stringify(change)} in one sentence`, () => {
    const error = assertThrows(() => parse({ ...bert, ...change }), kind);
    assertEquals(error.message, sentence);
  });
}

Deno.test("parseConfig() refuses what is no JSON object", () => {
  const parseText = (text: string) => () => parseConfig(new TextEncoder().encode(text));
  assertThrows(parseText(""), SyntaxError, `Cannot read "config.json": expected JSON`);
  assertThrows(parseText("[]"), SyntaxError, "expected a JSON object, got an array");
  assertThrows(() => parseConfig(Uint8Array.of(0xff)), SyntaxError, "expected UTF-8 text");
});
