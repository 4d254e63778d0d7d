/**
 * T5 (Raffel et al. 2020, arXiv:1910.10683) as monoT5 ranks with it (Nogueira et al. 2020,
 * arXiv:2003.06713): an encoder reads query and document, one step of the decoder gives the logits of
 * "false" and "true". RMSNorm before sublayers, biases of scores by relative position, no 1/√d.
 */

import { harmless, only, read, type Treatment } from "../settings.ts";
import type { RelativeBias, Value } from "../steps.ts";
import type { Build } from "../record.ts";
import type { ComponentSpace } from "../neurons.ts";
import type { Family, ModelConfig, Sizes, Words } from "./family.ts";
import { linear, norm, table } from "./names.ts";
import { type ConfigReader } from "./reader.ts";

/** What config.json says beyond the sizes. */
interface T5Config extends ModelConfig {
  /** Layers of the encoder; those of the decoder are numbered on from them. */
  readonly encoderLayers: number;
  /** d. */
  readonly headWidth: number;
  readonly buckets: number;
  readonly maxDistance: number;
  /** Whether feed-forward layers are gated (version 1.1). */
  readonly gated: boolean;
  readonly tied: boolean;
  /** Id of the token that the decoder starts with. */
  readonly start: number;
}

/** The model has no limit of its own; texts beyond this are rather cut. */
const LONGEST = 512;

function sizes(config: ConfigReader): Sizes & Omit<T5Config, keyof ModelConfig> {
  const width = config.size("d_model", 512);
  const inner = config.size("d_ff", 2048);
  const heads = config.size("num_heads", 8);
  const headWidth = config.size("d_kv", 64);
  const encoderLayers = config.size("num_layers", 6);
  const layers = encoderLayers + config.size("num_decoder_layers", encoderLayers);
  const gated = config.choice("feed_forward_proj", ["relu", "gated-gelu"]) === "gated-gelu";
  const positions = config.size("n_positions", LONGEST);
  const decoder = Array.from({ length: layers - encoderLayers }, (_, l) => encoderLayers + l);
  const attention = (prefix: string, own: Pick<ComponentSpace, "layers">) => [
    ...["query", "key", "value"].map((name) => (
      { name: `${prefix}${name}`, units: heads * headWidth, ...own }
    )),
    { name: prefix === "" ? "attention_output" : `${prefix}output`, units: width, ...own },
  ];
  return {
    ...{ layers, encoderLayers, width, inner, heads, headWidth, gated, positions },
    ...{ embeddingWidth: width, maxTokens: positions, types: 1 },
    components: [
      ...attention("", {}),
      ...attention("cross_", { layers: decoder }),
      ...(gated ? ["gate", "up"] : ["intermediate"]).map((name) => ({ name, units: inner })),
      { name: "ff_output", units: width },
    ],
    epsilon: config.number("layer_norm_epsilon", { low: 0, high: 1, fallback: 1e-6 }),
    buckets: config.size("relative_attention_num_buckets", 32),
    maxDistance: config.size("relative_attention_max_distance", 128),
    tied: config.flag("tie_word_embeddings", true),
    start: config.number("decoder_start_token_id", { low: 0, high: 2 ** 24, fallback: 0 }),
  };
}

function forward(b: Build, config: T5Config, words: Words): Value {
  const { width, inner, heads, headWidth, epsilon, vocabulary } = config;
  const normOf = (name: string) => norm(name, width, { epsilon, kind: "rms" });
  const projection = (name: string, outputs: number, inputs: number) =>
    linear(name, outputs, inputs, { bias: false });
  const attentionWidth = heads * headWidth;
  const embeddings = table("shared", vocabulary, width);

  /** Attention's output from a normed stream, whose keys and values come of `memory`. */
  function attend(
    { layer, prefix, name, bias }: {
      readonly layer: number;
      readonly prefix: "" | "cross_";
      readonly name: string;
      readonly bias?: RelativeBias;
    },
    x: Value,
    memory: Value,
  ): Value {
    const part = (component: string, of: Value) =>
      b.linear(of, projection(`${name}.${component[0]}`, attentionWidth, width), {
        layer,
        component: `${prefix}${component}`,
      });
    const value = part("value", memory);
    const key = part("key", memory);
    const context = b.attend(part("query", x), key, value, { heads, scale: 1, bias });
    const component = prefix === "" ? "attention_output" : "cross_output";
    return b.linear(context, projection(`${name}.o`, width, attentionWidth), { layer, component });
  }
  function feed(layer: number, name: string, x: Value): Value {
    const up = (component: string, tensor: string) =>
      b.linear(x, projection(`${name}.${tensor}`, inner, width), { layer, component });
    const gate = config.gated ? up("up", "wi_1") : undefined;
    const activated = gate
      ? b.activate(up("gate", "wi_0"), "gelu-tanh", gate)
      : b.activate(up("intermediate", "wi"), "relu");
    return b.linear(activated, projection(`${name}.wo`, width, inner), {
      layer,
      component: "ff_output",
    });
  }

  // the encoder; its first layer's bias serves all of them
  let hidden = b.embed({ words: embeddings });
  b.cut("embedding", hidden);
  const bias: RelativeBias = {
    table: table(
      "encoder.block.0.layer.0.SelfAttention.relative_attention_bias",
      config.buckets,
      heads,
    ),
    maxDistance: config.maxDistance,
    positions: config.positions,
  };
  for (let layer = 0; layer < config.encoderLayers; layer++) {
    const block = `encoder.block.${layer}.layer`;
    const x = b.norm(hidden, normOf(`${block}.0.layer_norm`));
    const place = { layer, prefix: "" as const, name: `${block}.0.SelfAttention`, bias };
    hidden = b.add(hidden, attend(place, x, x));
    b.cut(`${layer}.attention`, hidden);
    const fed = b.norm(hidden, normOf(`${block}.1.layer_norm`));
    hidden = b.add(hidden, feed(layer, `${block}.1.DenseReluDense`, fed));
    b.cut(`${layer}.ff`, hidden);
  }
  const memory = b.norm(hidden, normOf("encoder.final_layer_norm"));
  b.cut("memory", memory);

  // one step of the decoder: its stream has a line a sequence, and influence also comes by the memory
  let stream = b.start({ ...embeddings, rows: [config.start] });
  for (let layer = config.encoderLayers; layer < config.layers; layer++) {
    const block = `decoder.block.${layer - config.encoderLayers}.layer`;
    // of one token attention to itself is its value, whatever the bias
    const own = b.norm(stream, normOf(`${block}.0.layer_norm`));
    const self = { layer, prefix: "" as const, name: `${block}.0.SelfAttention` };
    stream = b.add(stream, attend(self, own, own));
    const x = b.norm(stream, normOf(`${block}.1.layer_norm`));
    const cross = { layer, prefix: "cross_" as const, name: `${block}.1.EncDecAttention` };
    stream = b.add(stream, attend(cross, x, memory));
    // until the memory is read for the last time there are two ways through, and no cut
    if (layer === config.layers - 1) b.cut(`${layer}.attention`, stream);
    const fed = b.norm(stream, normOf(`${block}.2.layer_norm`));
    stream = b.add(stream, feed(layer, `${block}.2.DenseReluDense`, fed));
    if (layer === config.layers - 1) b.cut(`${layer}.ff`, stream);
  }
  const last = b.norm(stream, normOf("decoder.final_layer_norm"));
  return b.linear(last, {
    inputs: width,
    outputs: 2,
    weight: {
      name: config.tied ? "shared.weight" : "lm_head.weight",
      shape: [vocabulary, width],
      rows: [words.idOf("▁false"), words.idOf("▁true")],
      scale: config.tied ? width ** -0.5 : 1,
      classes: true,
    },
  });
}

const settings: Readonly<Record<string, Treatment>> = {
  feed_forward_proj: read,
  is_encoder_decoder: only([true], "monoT5's way needs encoder and decoder"),
  quantization_config: only([null], "quantized weights are no plain numbers"),
  auto_map: only([null], "the model brings code of its own"),
  dropout_rate: harmless("it acts in training only"),
};

/** The family. */
export const t5: Family = {
  ...{ type: "t5", architecture: "T5ForConditionalGeneration", settings, padding: 0 },
  ...{ positionsAfterPadding: false, doubleSeparator: false, generates: true },
  template: { text: "Query: {query} Document: {document} Relevant:" },
  sizes,
  forward,
};
