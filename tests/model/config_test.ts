/** config.json: what is read, and one sentence for each thing that is not supported. */

import { assertEquals, assertThrows } from "@std/assert";
import { type EncoderConfig, parseConfig } from "../../internal.ts";
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
    maxTokens: 128,
    positions: 128,
    types: 2,
    vocabulary: 56,
    labels: 2,
    epsilon: 1e-12,
    padding: 0,
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

/** What is changed, the kind of error, and all that it says. */
const faults: readonly (readonly [Record<string, unknown>, ErrorConstructor, string])[] = [
  [
    { model_type: "distilbert" },
    TypeError,
    `Cannot use model_type "distilbert": expected bert, electra, roberta, xlm-roberta`,
  ],
  [
    { architectures: ["BertForMaskedLM"] },
    TypeError,
    `Cannot use architecture "BertForMaskedLM": expected a sequence classifier (…ForSequenceClassification)`,
  ],
  [
    { hidden_act: "gelu_new" },
    TypeError,
    `Cannot use hidden_act "gelu_new": expected "gelu"`,
  ],
  [
    { position_embedding_type: "relative_key" },
    TypeError,
    `Cannot use position_embedding_type "relative_key": expected "absolute"`,
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
