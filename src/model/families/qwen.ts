/**
 * Decoders that judge a prompt with the query and the passage in it: Qwen2 (arXiv:2407.10671) and Qwen3
 * (arXiv:2505.09388), as Qwen3-Reranker uses them (arXiv:2506.05176). RMSNorm before sublayers, grouped
 * heads with rotary positions, gated feed-forward layers; a token sees none after it.
 */

import { harmless, only, type Treatment } from "../settings.ts";
import type { Rotary, Value } from "../steps.ts";
import type { Build } from "../record.ts";
import type { Family, ModelConfig, Sizes, Words } from "./family.ts";
import { linear, norm, table } from "./names.ts";
import { type ConfigReader } from "./reader.ts";

/** What config.json says beyond the sizes. */
interface QwenConfig extends ModelConfig {
  /** Heads of keys and values. */
  readonly keyHeads: number;
  /** d. */
  readonly headWidth: number;
  readonly theta: number;
  /** Whether query, key and value have biases. */
  readonly biases: boolean;
  /** Whether the words' embeddings are the output's weights too. */
  readonly tied: boolean;
}

function sizes(config: ConfigReader, isThree: boolean) {
  const width = config.size("hidden_size", 4096);
  const inner = config.size("intermediate_size", 22016);
  const heads = config.size("num_attention_heads", 32);
  const keyHeads = config.divisor("num_key_value_heads", heads, heads);
  const headWidth = isThree
    ? config.size("head_dim", 128)
    : config.size("head_dim", Math.floor(width / heads));
  const positions = config.size("max_position_embeddings", 32768);
  const fallback = config.number("rope_theta", { low: 1, high: 1e12, fallback: 10_000 });
  return {
    layers: config.size("num_hidden_layers", 32),
    components: [
      { name: "query", units: heads * headWidth },
      { name: "key", units: keyHeads * headWidth },
      { name: "value", units: keyHeads * headWidth },
      { name: "attention_output", units: width },
      { name: "gate", units: inner },
      { name: "up", units: inner },
      { name: "ff_output", units: width },
    ],
    ...{ width, inner, heads, keyHeads, headWidth, positions },
    ...{ embeddingWidth: width, maxTokens: positions, types: 1 },
    epsilon: config.number("rms_norm_eps", { low: 0, high: 1, fallback: 1e-6 }),
    theta: config.rotary("rope_parameters", fallback),
    biases: isThree ? config.flag("attention_bias", false) : true,
    tied: config.flag("tie_word_embeddings", false),
  } satisfies Sizes & Omit<QwenConfig, keyof ModelConfig>;
}

/** All layers up to the last token's final norm. */
function decode(b: Build, config: QwenConfig, isThree: boolean): Value {
  const { width, inner, heads, keyHeads, headWidth, epsilon, biases } = config;
  const normOf = (name: string, of = width) => norm(name, of, { epsilon, kind: "rms" });
  const rotary: Rotary = { theta: config.theta, width: headWidth, positions: config.positions };
  let hidden = b.embed({ words: table("model.embed_tokens", config.vocabulary, width) });
  b.cut("embedding", hidden);
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `model.layers.${layer}`;
    const attention = `${name}.self_attn`;
    // only the last token is read in the end: of the last layer's others keys and values matter alone
    const isLast = layer === config.layers - 1;
    const stream = isLast ? b.take(hidden, "last") : hidden;
    const x = b.norm(hidden, normOf(`${name}.input_layernorm`));
    const queries = isLast ? b.take(x, "last") : x;
    const part = (component: string, of: Value, [letter, outputs]: readonly [string, number]) =>
      b.linear(of, linear(`${attention}.${letter}_proj`, outputs, width, { bias: biases }), {
        layer,
        component,
      });
    /** Qwen3 normalises every head of queries and keys. */
    const turned = (heads: Value, letter: string) =>
      b.rotate(
        isThree ? b.norm(heads, normOf(`${attention}.${letter}_norm`, headWidth)) : heads,
        rotary,
      );
    const value = part("value", x, ["v", keyHeads * headWidth]);
    const key = turned(part("key", x, ["k", keyHeads * headWidth]), "k");
    const query = turned(part("query", queries, ["q", heads * headWidth]), "q");
    const context = b.attend(query, key, value, { heads, keyHeads, causal: true });
    const out = linear(`${attention}.o_proj`, width, heads * headWidth, {
      bias: isThree && biases,
    });
    const attended = b.add(
      stream,
      b.linear(context, out, { layer, component: "attention_output" }),
    );
    b.cut(`${layer}.attention`, attended);
    // down(silu(gate(x)) ⊙ up(x))
    const fed = b.norm(attended, normOf(`${name}.post_attention_layernorm`));
    const half = (component: "gate" | "up") =>
      b.linear(fed, linear(`${name}.mlp.${component}_proj`, inner, width, { bias: false }), {
        layer,
        component,
      });
    const up = half("up");
    const gated = b.activate(half("gate"), "silu", up);
    const down = linear(`${name}.mlp.down_proj`, width, inner, { bias: false });
    hidden = b.add(attended, b.linear(gated, down, { layer, component: "ff_output" }));
    b.cut(`${layer}.ff`, hidden);
  }
  return b.norm(hidden, normOf("model.norm"));
}

/** Logits of "no" and "yes" as the next word. */
function yesOrNo(b: Build, config: QwenConfig, isThree: boolean, words: Words): Value {
  const { width, vocabulary, tied } = config;
  return b.linear(decode(b, config, isThree), {
    inputs: width,
    outputs: 2,
    weight: {
      name: tied ? "model.embed_tokens.weight" : "lm_head.weight",
      shape: [vocabulary, width],
      rows: [words.idOf("no"), words.idOf("yes")],
      classes: true,
    },
  });
}

const settings: Readonly<Record<string, Treatment>> = {
  hidden_act: only(["silu"], "another activation gives other numbers"),
  use_sliding_window: only([false], "attention within a window is not computed for decoders"),
  layer_types: harmless("without sliding windows all layers see everything"),
  rope_scaling: only([null], "scaled rotations give other numbers"),
  quantization_config: only([null], "quantized weights are no plain numbers"),
  num_experts: only([null], "mixtures of experts are not computed"),
  auto_map: only([null], "the model brings code of its own"),
};

/** Qwen3-Reranker's prompt, with the instruction for web search. */
const RERANKER =
  "<|im_start|>system\nJudge whether the Document meets the requirements based on the " +
  'Query and the Instruct provided. Note that the answer can only be "yes" or "no".<|im_end|>\n' +
  "<|im_start|>user\n<Instruct>: Given a web search query, retrieve relevant passages that answer the query\n" +
  "<Query>: {query}\n<Document>: {document}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n";

const common = {
  ...{ settings, padding: undefined, positionsAfterPadding: false, doubleSeparator: false },
};

function family(type: "qwen2" | "qwen3"): readonly Family[] {
  const isThree = type === "qwen3";
  const name = isThree ? "Qwen3" : "Qwen2";
  return [
    {
      ...{ ...common, type, architecture: `${name}ForCausalLM` },
      template: { text: isThree ? RERANKER : undefined },
      generates: true,
      sizes: (config) => sizes(config, isThree),
      forward: (b: Build, config: QwenConfig, words: Words) => yesOrNo(b, config, isThree, words),
    },
    {
      ...{ ...common, type, architecture: `${name}ForSequenceClassification` },
      template: { text: undefined },
      sizes: (config) => sizes(config, isThree),
      forward: (b: Build, config: QwenConfig) =>
        b.linear(
          decode(b, config, isThree),
          linear("score", config.labels, config.width, { bias: false, classes: true }),
        ),
    },
  ];
}

/** The families, with their two heads each. */
export const qwenFamilies: readonly Family[] = [...family("qwen3"), ...family("qwen2")];
