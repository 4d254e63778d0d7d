/**
 * DeBERTa v2 and v3 (He et al. 2020, arXiv:2006.03654): BERT's layer without absolute positions; scores
 * have terms of content and relative position, whose table goes through the projections of queries and
 * keys themselves.
 */

import { harmless, only, type Treatment } from "../settings.ts";
import type { RelativeProjections, Value } from "../steps.ts";
import type { Build } from "../record.ts";
import { bertComponents } from "./bert.ts";
import type { Family, ModelConfig, Sizes } from "./family.ts";
import { linear, norm, table } from "./names.ts";
import { type ConfigReader, headsOf } from "./reader.ts";

const disentangled = "only DeBERTa's relative attention as v3 has it is computed";

/** What config.json says beyond the sizes. */
interface DebertaConfig extends ModelConfig {
  /** Distances up to half of it have a line of the table each; those beyond share lines. */
  readonly buckets: number;
  /** The distance from which on the last line serves. */
  readonly farthest: number;
  readonly normalised: boolean;
}

function sizes(config: ConfigReader): Sizes & Omit<DebertaConfig, keyof ModelConfig> {
  const width = config.size("hidden_size", 1536);
  const inner = config.size("intermediate_size", 6144);
  const positions = config.size("max_position_embeddings", 512);
  const { max_relative_positions: farthest, pos_att_type: terms } = config.json;
  const named = new Set(Array.isArray(terms) ? terms : String(terms).split("|"));
  if (named.size !== 2 || !named.has("c2p") || !named.has("p2c")) {
    throw new TypeError(
      `Cannot use pos_att_type ${
        JSON.stringify(terms)
      }: expected "c2p" and "p2c", as ${disentangled}`,
    );
  }
  return {
    layers: config.size("num_hidden_layers", 24),
    components: bertComponents({ width, inner }),
    ...{ width, inner, positions, embeddingWidth: width, maxTokens: positions, types: 1 },
    heads: headsOf(config, width),
    epsilon: config.number("layer_norm_eps", { low: 0, high: 1, fallback: 1e-7 }),
    buckets: config.size("position_buckets"),
    farthest: typeof farthest === "number" && farthest >= 1 ? farthest : positions,
    normalised: config.choice("norm_rel_ebd", ["none", "layer_norm"]) === "layer_norm",
  };
}

/** Near distances as they are, far ones on a logarithmic scale; in float32, as PyTorch rounds up. */
function bucketOf(distance: number, { buckets, farthest }: DebertaConfig): number {
  const middle = Math.floor(buckets / 2);
  const far = Math.abs(distance);
  if (far <= middle) return distance;
  const log = Math.fround(Math.log(Math.fround(far / middle)));
  const most = Math.fround(Math.log(Math.fround((farthest - 1) / middle)));
  const part = Math.fround(Math.fround(log / most) * (middle - 1));
  return Math.sign(distance) * (Math.ceil(part) + middle);
}

function forward(b: Build, config: DebertaConfig): Value {
  const { width, inner, heads, epsilon, buckets, labels } = config;
  const normOf = (name: string) => norm(name, width, { epsilon });
  const encoder = "deberta.encoder";
  const positions = table(`${encoder}.rel_embeddings`, 2 * buckets, width);
  const positionNorm = config.normalised ? normOf(`${encoder}.LayerNorm`) : undefined;
  let hidden = b.embed({
    words: table("deberta.embeddings.word_embeddings", config.vocabulary, width),
    norm: normOf("deberta.embeddings.LayerNorm"),
  });
  b.cut("embedding", hidden);
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `${encoder}.layer.${layer}`;
    const part = (path: string, outputs = width, inputs = width) =>
      linear(`${name}.${path}`, outputs, inputs);
    const projections = {
      query: part("attention.self.query_proj"),
      key: part("attention.self.key_proj"),
    };
    const relative: RelativeProjections = {
      ...projections,
      table: positions,
      norm: positionNorm,
      bucketOf: (distance) =>
        Math.max(0, Math.min(2 * buckets - 1, bucketOf(distance, config) + buckets)),
      positions: config.positions,
    };
    // only [CLS] is read in the end: of the last layer's other tokens keys and values matter alone
    const queries = layer === config.layers - 1 ? b.take(hidden) : hidden;
    const value = b.linear(hidden, part("attention.self.value_proj"), {
      layer,
      component: "value",
    });
    const key = b.linear(hidden, projections.key, { layer, component: "key" });
    const query = b.linear(queries, projections.query, { layer, component: "query" });
    // scores of content with content, with position and of position with content: three terms
    const scale = 1 / Math.sqrt(3 * width / heads);
    const context = b.attend(query, key, value, { heads, scale, relative });
    const output = b.linear(context, part("attention.output.dense"), {
      layer,
      component: "attention_output",
    });
    const attended = b.norm(output, normOf(`${name}.attention.output.LayerNorm`), queries);
    b.cut(`${layer}.attention`, attended);
    const up = b.linear(attended, part("intermediate.dense", inner), {
      layer,
      component: "intermediate",
    });
    const down = part("output.dense", width, inner);
    const fed = b.linear(b.activate(up, "gelu"), down, { layer, component: "ff_output" });
    hidden = b.norm(fed, normOf(`${name}.output.LayerNorm`), attended);
    b.cut(`${layer}.ff`, hidden);
  }
  const pooled = b.activate(b.linear(hidden, linear("pooler.dense", width, width)), "gelu");
  return b.linear(pooled, linear("classifier", labels, width, { classes: true }));
}

const settings: Readonly<Record<string, Treatment>> = {
  hidden_act: only(["gelu"], "another activation gives other numbers"),
  pooler_hidden_act: only(["gelu"], "another activation gives other numbers"),
  relative_attention: only([true], disentangled),
  share_att_key: only([true], disentangled),
  position_biased_input: only([false], disentangled),
  type_vocab_size: only([0], disentangled),
  conv_kernel_size: only([0], "the convolution of some v2 checkpoints is not computed"),
  legacy: harmless("it says how a language model's head is named"),
  quantization_config: only([null], "quantized weights are no plain numbers"),
  auto_map: only([null], "the model brings code of its own"),
};

/** The family. */
export const deberta: Family = {
  ...{ type: "deberta-v2", architecture: "DebertaV2ForSequenceClassification", settings },
  ...{ padding: 0, positionsAfterPadding: false, doubleSeparator: false },
  sizes,
  forward,
};
