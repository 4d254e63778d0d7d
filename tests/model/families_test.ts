/** What families read of config.json beyond BERT's keys, and one sentence for each thing that is not computed. */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  cpuOps,
  encodeSafetensors,
  openCrossEncoder,
  parseConfig,
  scoreUnder,
} from "../../internal.ts";
import { openCheckpoint } from "../../src/formats/checkpoint.ts";
import { loadWeights } from "../../src/model/weights.ts";
import { loaderOf, root } from "../backends.ts";
import { goldenModel, loadWith, readConfig, readTensors } from "./models.ts";

const folder = "tests/golden/families/models";
const parse = (json: Readonly<Record<string, unknown>>, template?: string) =>
  parseConfig(new TextEncoder().encode(JSON.stringify(json)), { template });
const configOf = (name: string) => readConfig(`${folder}/${name}`);
const prompt = "{query} {document}";

/** A model, what is changed in its config.json, and what is said. */
const faults: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ["modernbert-w36-labels1", { hidden_activation: "relu" }, "Cannot use hidden_activation"],
  [
    "modernbert-w36-labels1",
    { classifier_pooling: "max" },
    "expected classifier_pooling to be cls or mean",
  ],
  [
    "modernbert-w36-labels1",
    { layer_types: ["full_attention"] },
    "expected layer_types to be a list of 4",
  ],
  ["modernbert-w36-labels1", { norm_bias: 1 }, "expected norm_bias to be true or false, got 1"],
  ["modernbert-w36-labels1", { norm_eps: 2 }, "expected norm_eps in [0, 1], got 2"],
  [
    "modernbert-w36-labels1",
    { num_attention_heads: 5 },
    "expected num_attention_heads to divide hidden_size",
  ],
  [
    "modernbert-w36-mean-labels2",
    { rope_parameters: { full_attention: { rope_type: "yarn" } } },
    "expected rope_parameters.full_attention.rope_type to be default",
  ],
  ["debertav2-w36-labels1", { conv_kernel_size: 3 }, "Cannot use conv_kernel_size 3: expected 0"],
  [
    "debertav2-w36-labels1",
    { position_biased_input: true },
    "Cannot use position_biased_input true",
  ],
  ["debertav2-w36-labels1", { share_att_key: false }, "Cannot use share_att_key false"],
  ["debertav2-w36-labels1", { pos_att_type: ["c2p"] }, "Cannot use pos_att_type"],
  [
    "debertav2-w36-labels1",
    { position_buckets: -1 },
    "expected position_buckets to be a positive integer",
  ],
  ["qwen3-w32-labels1", { use_sliding_window: true }, "Cannot use use_sliding_window true"],
  [
    "qwen3-w32-labels1",
    { num_key_value_heads: 3 },
    "expected num_key_value_heads to divide 4, got 3",
  ],
  ["qwen3-w32-labels1", { quantization_config: { bits: 4 } }, "Cannot use quantization_config"],
  ["qwen3-w32-labels1", { num_experts: 8 }, "Cannot use num_experts 8: expected none"],
  ["qwen3-w32-labels1", { rope_scaling: { type: "yarn" } }, "Cannot use rope_scaling"],
  [
    "t5-w32",
    { feed_forward_proj: "gated-silu" },
    "expected feed_forward_proj to be relu or gated-gelu",
  ],
  ["t5-w32", { is_encoder_decoder: false }, "Cannot use is_encoder_decoder false"],
];

for (const [name, change, message] of faults) {
  Deno.test(`parseConfig() names what is not computed: ${JSON.stringify(change)}`, async () => {
    const json = await configOf(name);
    const template = /qwen|t5/.test(name) ? prompt : undefined;
    parse(json, template);
    const error = assertThrows(() => parse({ ...json, ...change }, template)) as Error;
    assert(error instanceof TypeError || error instanceof RangeError);
    assert(error.message.includes(message), error.message);
  });
}

Deno.test("parseConfig() asks for a prompt where none is known, and refuses one where pairs are read", async () => {
  assertThrows(
    () =>
      parse({
        model_type: "qwen2",
        architectures: ["Qwen2ForSequenceClassification"],
        vocab_size: 9,
      }),
    TypeError,
    'Cannot use model_type "qwen2" as it stands: expected --template "… {query} … {document} …"',
  );
  const modernbert = await configOf("modernbert-w36-labels1");
  assertThrows(() => parse(modernbert, prompt), TypeError, "Cannot use --template with model_type");
  const reranker = await configOf("qwen3-w32-reranker");
  assert(parse(reranker).template!.includes("<Query>: {query}\n<Document>: {document}"));
  assertEquals(parse(reranker, prompt).template, prompt);
});

Deno.test("openCrossEncoder() refuses prompts without query or document, and lengths that they leave no room", async () => {
  const load = loaderOf(`${folder}/qwen3-w32-labels1`);
  for (const template of ["", "{query}", "{query} {query}", "{document} {query} {document}"]) {
    const error = await openCrossEncoder(load, cpuOps(), { template }).catch((error) => error);
    assert(error instanceof RangeError, template);
    assert(error.message.includes("expected {query} and {document} once each"), error.message);
  }
  const { tokenizer } = await openCrossEncoder(load, cpuOps(), {
    template: "a {document} of {query}",
  });
  const { tokens, segments } = tokenizer.encode("river bank", "the old boat");
  const text = (segment: number) =>
    tokens.filter((_, i) => segments[i] === segment).join("").replaceAll("Ġ", " ").trim();
  assertEquals([text(1), text(3)], ["river bank", "the old boat"]);
  const whole = tokens.length;
  const shorter = tokenizer.encode("river bank", "the old boat", { maxLength: whole - 2 });
  assertEquals(shorter.tokens.length, whole - 2);
  const left = shorter.tokens.filter((_, i) => shorter.segments[i] === 3);
  assertEquals(left, tokens.filter((_, i) => segments[i] === 3).slice(0, -2)); // the passage's end goes
  assertEquals(
    [...shorter.segments].filter((s) => s === 1).length,
    [...segments].filter((s) => s === 1).length,
  );
  assertThrows(
    () => tokenizer.encode("river bank", "the old boat", { maxLength: 1 }),
    RangeError,
    "which the template takes, got 1",
  );
});

Deno.test("jina-reranker-v2's names and fused linears give XLM-RoBERTa's logits", async () => {
  const { folder, pairs } = await goldenModel("xlm-roberta-w36-labels1");
  const tensors = await readTensors(folder);
  const renamed: Record<string, { shape: readonly number[]; data: Float32Array | Float64Array }> =
    {};
  const thirds = new Map<string, (Float32Array | Float64Array)[]>();
  for (const [name, tensor] of tensors) {
    const [, layer, third, kind] =
      /layer\.(\d+)\.attention\.self\.(query|key|value)\.(\w+)$/.exec(name) ?? [];
    if (third) {
      const fused = `roberta.encoder.layers.${layer}.mixer.Wqkv.${kind}`;
      const parts = thirds.get(fused) ?? [];
      parts[["query", "key", "value"].indexOf(third)] = tensor.data;
      thirds.set(fused, parts);
      continue;
    }
    const own = name.replace("encoder.layer.", "encoder.layers.")
      .replace("embeddings.LayerNorm", "emb_ln")
      .replace("attention.output.dense", "mixer.out_proj")
      .replace("attention.output.LayerNorm", "norm1")
      .replace("intermediate.dense", "mlp.fc1")
      .replace("output.dense", "mlp.fc2")
      .replace("output.LayerNorm", "norm2");
    renamed[own] = tensor;
  }
  for (const [name, parts] of thirds) {
    const data = Float32Array.from(parts.flatMap((part) => [...part]));
    renamed[name] = { shape: name.endsWith("bias") ? [108] : [108, 36], data };
  }
  const { model_type: _, ...config } = await readConfig(folder);
  const map = { AutoConfig: "configuration_xlm_roberta.XLMRobertaFlashConfig" };
  const load = loadWith(folder, {
    "model.safetensors": encodeSafetensors(renamed as Parameters<typeof encodeSafetensors>[0]),
    "config.json": { ...config, auto_map: map },
  });
  const encoder = await openCrossEncoder(load, cpuOps());
  const scores = await scoreUnder(encoder, pairs);
  pairs.forEach(({ logits }, i) => assertAlmostEquals(scores[i].logits[0], logits[0], 1e-9));
});

for (const name of ["modernbert-w36-labels1", "qwen3-w32-reranker", "debertav2-w36-labels1"]) {
  Deno.test(`loadWeights() reads every tensor once, whatever shares it, ${name}`, async () => {
    const load = loaderOf(`${folder}/${name}`);
    const { graph, config, ops } = await openCrossEncoder(load, cpuOps());
    const file = await openCheckpoint(load);
    const read: string[] = [];
    const counted = { ...file, read: (tensor: string) => (read.push(tensor), file.read(tensor)) };
    await loadWeights(counted, { graph, config, ops });
    assertEquals(read.toSorted(), [...file.entries.keys()].sort());
  });
}

Deno.test("golden families are of the folders that are tested", () => {
  assert([...Deno.readDirSync(new URL(folder, root))].length >= 11);
});
