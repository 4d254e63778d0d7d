/** A model's folder as a whole: which class is relevant, padding, neighbours that change scores, notes. */

import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { attribute, cpuOps, openCrossEncoder, score } from "../../internal.ts";
import { folderOf, loadWith, readConfig } from "./models.ts";

type Changes = Parameters<typeof loadWith>[1];

const pair = { query: "what is the old bridge", passage: "The old stone bridge." };

/** Logits of the pair and conductances of its label, by a folder with changed files. */
async function logitsOf(name: string, files: Changes, relevantClass?: 0 | 1) {
  const ops = cpuOps();
  const encoder = await openCrossEncoder(loadWith(folderOf(name), files), ops, { relevantClass });
  const [{ logits, probability }] = await score(encoder, [pair]);
  let F = NaN;
  for await (const found of attribute(encoder, [{ ...pair, label: "relevant" }])) F = found.F.input;
  ops.close();
  return { logits, probability, F, notes: encoder.notes };
}

const two = "l2-w36-h3-f50-labels2";
const one = "l1-w20-h2-f36-labels1";

Deno.test("openCrossEncoder() puts the relevant class last, by the user's word or by its name", async () => {
  const plain = await logitsOf(two, {});
  const id2label = { 0: "relevant", 1: "irrelevant" };
  const config = { ...await readConfig(folderOf(two)), id2label };
  const named = await logitsOf(two, { "config.json": config });
  const told = await logitsOf(two, {}, 0);
  const toldBack = await logitsOf(two, { "config.json": config }, 1);
  assertEquals(plain.notes, []);
  assertEquals(named.notes.length, 1);
  assertEquals(named.logits, plain.logits.toReversed());
  assertEquals({ ...named, notes: [] }, told);
  assertEquals(toldBack, plain);
  assertAlmostEquals(named.probability, 1 - plain.probability, 1e-12);
  assertEquals(told.F, told.logits[1]); // F of label 1 is the relevant class's logit
});

Deno.test("openCrossEncoder() turns a single output where the user says that relevance lowers it", async () => {
  const plain = await logitsOf(one, {});
  const turned = await logitsOf(one, {}, 0);
  assertEquals(turned.logits, plain.logits.map((logit) => -logit));
  assertEquals(turned.F, -plain.F);
  assertAlmostEquals(turned.probability, 1 - plain.probability, 1e-12);
});

const opening = (name: string, files: Changes) => () =>
  openCrossEncoder(loadWith(folderOf(name), files), cpuOps());

Deno.test("openCrossEncoder() refuses a padding id that is another token's", async () => {
  const bert = await readConfig(folderOf(two));
  await assertRejects(
    opening(two, { "config.json": { ...bert, pad_token_id: 3 } }),
    RangeError,
    "Cannot use pad_token_id 3: expected 0, the id of the tokenizer's padding token [PAD]",
  );
  await assertRejects(
    opening(two, {
      "config.json": { ...bert, pad_token_id: 3 },
      "tokenizer_config.json": { pad_token: "[SEP]" },
    }),
    RangeError,
    "Cannot use pad_token_id 3: expected the id of a token of its own, got that of [SEP]",
  );
});

const plain = { type: "sentence_transformers.models.Transformer", path: "" };
const pooling = { type: "sentence_transformers.models.Pooling", path: "1_Pooling" };
const neighbour = "config_sentence_transformers.json";

Deno.test("openCrossEncoder() takes sentence-transformers' files that change nothing", async () => {
  const taken: readonly Changes[] = [
    { "modules.json": JSON.stringify([plain]) },
    {
      "modules.json": JSON.stringify([
        { ...plain, type: "sentence_transformers.base.modules.transformer.Transformer" },
      ]),
    },
    { [neighbour]: { activation_fn: "torch.nn.modules.linear.Identity", prompts: { a: "b" } } },
    { [neighbour]: { default_prompt_name: null } },
    { [neighbour]: { default_prompt_name: "none", prompts: { none: "" } } },
  ];
  for (const files of taken) {
    const { ops } = await opening(one, files)();
    ops.close();
  }
});

Deno.test("openCrossEncoder() refuses neighbours that change scores, by name", async () => {
  for (
    const [files, why] of [
      [
        {
          "modules.json": JSON.stringify([plain, pooling]),
          "1_Pooling/config.json": { pooling_mode: "cls" },
        },
        'Cannot use modules.json with architecture BertForSequenceClassification: expected a Transformer in "" alone, or an encoder without a head',
      ],
      [{ "modules.json": "{}" }, "Cannot use modules.json"],
      [{ "modules.json": "[]" }, "Cannot use modules.json"],
      [
        { "modules.json": JSON.stringify([{ ...plain, path: "0_Transformer" }]) },
        'in "0_Transformer"',
      ],
      [{ [neighbour]: { activation_fn: "my.Own" } }, 'Cannot use the activation "my.Own"'],
      [
        { [neighbour]: { default_prompt_name: "query", prompts: { query: "query: " } } },
        'Cannot use default_prompt_name "query" of config_sentence_transformers.json',
      ],
      [{ "adapter_config.json": {} }, "Cannot use adapter_config.json"],
      [
        { "sentence_bert_config.json": { max_seq_length: 512, do_lower_case: true } },
        "Cannot use do_lower_case true of sentence_bert_config.json",
      ],
    ] as const
  ) {
    await assertRejects(opening(one, files), TypeError, why);
  }
});

Deno.test("openCrossEncoder() notes a length at which transformers would cut", async () => {
  const settings = { "tokenizer_config.json": { model_max_length: 20 } };
  const { notes, ops } = await opening(one, settings)();
  ops.close();
  assertEquals(notes, [
    "tokenizer_config.json's model_max_length is 20, the model's positions allow 48: --max-length 20 cuts pairs as transformers does",
  ]);
});
