/**
 * ModernBERT (Warner et al. 2024, arXiv:2412.13663): rotary positions, gated feed-forward layers,
 * norms before sublayers ("pre-norm"), and attention that sees a window in two layers of three.
 */

import { harmless, only, read, type Treatment } from "../settings.ts";
import type { Rotary, Value } from "../steps.ts";
import type { Build } from "../record.ts";
import type { Family, ModelConfig, Sizes } from "./family.ts";
import { linear, moduleHead, norm, table } from "./names.ts";
import { type ConfigReader, headsOf } from "./reader.ts";

/** What config.json says beyond the sizes. */
interface ModernBertConfig extends ModelConfig {
  /** For every layer, how far its tokens see to each side; everywhere where not given. */
  readonly windows: readonly (number | undefined)[];
  /** θ of layers that see everything, and of those with a window. */
  readonly theta: { readonly full: number; readonly window: number };
  readonly biases: Readonly<Record<"attention" | "mlp" | "norm" | "classifier", boolean>>;
  readonly pooling: "cls" | "mean" | "none";
}

function sizes(config: ConfigReader): Sizes & Omit<ModernBertConfig, keyof ModelConfig> {
  const width = config.size("hidden_size", 768);
  const inner = config.size("intermediate_size", 1152);
  const layers = config.size("num_hidden_layers", 22);
  const heads = headsOf(config, width);
  const positions = config.size("max_position_embeddings", 8192);
  const window = Math.floor(config.size("local_attention", 128) / 2);
  const every = config.size("global_attn_every_n_layers", 3);
  const kinds = config.list("layer_types", ["full_attention", "sliding_attention"], layers);
  const isFull = (layer: number) => kinds ? kinds[layer] === "full_attention" : layer % every === 0;
  const theta = (kind: "full_attention" | "sliding_attention", key: string, fallback: number) =>
    config.rotary(`rope_parameters.${kind}`, config.number(key, { low: 1, high: 1e12, fallback }));
  return {
    layers,
    components: [
      ...["query", "key", "value", "attention_output"].map((name) => ({ name, units: width })),
      { name: "intermediate", units: inner },
      { name: "gate", units: inner },
      { name: "ff_output", units: width },
    ],
    ...{ width, inner, heads, positions, embeddingWidth: width, maxTokens: positions, types: 1 },
    epsilon: config.number("norm_eps", { low: 0, high: 1, fallback: 1e-5 }),
    windows: Array.from({ length: layers }, (_, l) => isFull(l) ? undefined : window),
    theta: {
      full: theta("full_attention", "global_rope_theta", 160_000),
      window: theta("sliding_attention", "local_rope_theta", 10_000),
    },
    biases: {
      attention: config.flag("attention_bias", false),
      mlp: config.flag("mlp_bias", false),
      norm: config.flag("norm_bias", false),
      classifier: config.flag("classifier_bias", false),
    },
    pooling: config.choice("classifier_pooling", ["cls", "mean"]),
  };
}

/** The encoder, up to the vector that stands for the text. */
function encode(b: Build, config: ModernBertConfig, prefix: string): Value {
  const { width, inner, heads, epsilon, biases } = config;
  const normOf = (name: string) => norm(name, width, { epsilon, bias: biases.norm });
  const rotary = (theta: number): Rotary => (
    { theta, width: width / heads, positions: config.positions }
  );
  const turns = { full: rotary(config.theta.full), window: rotary(config.theta.window) };
  let hidden = b.embed({
    words: table(`${prefix}embeddings.tok_embeddings`, config.vocabulary, width),
    norm: normOf(`${prefix}embeddings.norm`),
  });
  b.cut("embedding", hidden);
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `${prefix}layers.${layer}`;
    // only [CLS] is read in the end: of the last layer's other tokens keys and values matter alone
    const isLast = layer === config.layers - 1 && config.pooling === "cls";
    const stream = isLast ? b.take(hidden) : hidden;
    const x = layer === 0 ? hidden : b.norm(hidden, normOf(`${name}.attn_norm`));
    const queries = isLast ? b.take(x) : x;
    const part = (component: string, of: Value, third: number): Value =>
      b.linear(
        of,
        linear(`${name}.attn.Wqkv`, width, width, {
          bias: biases.attention,
          rows: { from: third * width, of: 3 * width },
        }),
        { layer, component },
      );
    const value = part("value", x, 2);
    const window = config.windows[layer];
    const turn = window === undefined ? turns.full : turns.window;
    const key = b.rotate(part("key", x, 1), turn);
    const query = b.rotate(part("query", queries, 0), turn);
    const context = b.attend(query, key, value, { heads, window });
    const output = b.linear(
      context,
      linear(`${name}.attn.Wo`, width, width, { bias: biases.attention }),
      { layer, component: "attention_output" },
    );
    const attended = b.add(stream, output);
    b.cut(`${layer}.attention`, attended);
    // Wo(gelu(a) ⊙ g), a and g the halves of Wi's output
    const fed = b.norm(attended, normOf(`${name}.mlp_norm`));
    const half = (component: string, from: number) =>
      b.linear(
        fed,
        linear(`${name}.mlp.Wi`, inner, width, {
          bias: biases.mlp,
          rows: { from, of: 2 * inner },
        }),
        { layer, component },
      );
    const gate = half("gate", inner);
    const gated = b.activate(half("intermediate", 0), "gelu", gate);
    const down = linear(`${name}.mlp.Wo`, width, inner, { bias: biases.mlp });
    hidden = b.add(attended, b.linear(gated, down, { layer, component: "ff_output" }));
    b.cut(`${layer}.ff`, hidden);
  }
  const last = b.norm(hidden, normOf(`${prefix}final_norm`));
  return config.pooling === "mean" ? b.pool(last) : last;
}

/** ModernBERT's own head: classifier(LayerNorm(gelu(dense(x)))). */
function ownHead(b: Build, pooled: Value, config: ModernBertConfig): Value {
  const { width, biases, labels, epsilon } = config;
  const dense = linear("head.dense", width, width, { bias: biases.classifier });
  const headNorm = norm("head.norm", width, { epsilon, bias: biases.norm });
  const head = b.norm(b.activate(b.linear(pooled, dense), "gelu"), headNorm);
  return b.linear(head, linear("classifier", labels, width, { classes: true }));
}

const decoding = harmless("a classifier predicts no words");
const training = harmless("it acts in training only");

const settings: Readonly<Record<string, Treatment>> = {
  hidden_activation: only(["gelu"], "another activation gives other numbers"),
  classifier_activation: only(["gelu"], "another activation gives other numbers"),
  decoder_bias: decoding,
  sparse_prediction: decoding,
  sparse_pred_ignore_index: training,
  deterministic_flash_attn: harmless("it says how to run the same mathematics"),
  rope_scaling: only([null], "scaled rotations give other numbers"),
  quantization_config: only([null], "quantized weights are no plain numbers"),
  auto_map: only([null], "the model brings code of its own"),
  layer_types: read,
  rope_parameters: read,
};

/** The family with its own head. */
export const modernbert: Family = {
  ...{ type: "modernbert", architecture: "ModernBertForSequenceClassification", settings },
  ...{ padding: 50_283, positionsAfterPadding: false, doubleSeparator: false },
  sizes,
  forward: (b: Build, config: ModernBertConfig) => ownHead(b, encode(b, config, "model."), config),
};

/** Its encoder with the modules of sentence-transformers: Ettin's rerankers. */
export const modernbertEncoder: Family = {
  ...modernbert,
  ...{ architecture: "ModernBertModel", needsModules: true },
  forward(b: Build, config: ModernBertConfig) {
    const { modules, windows } = config;
    const late = modules!.late;
    const window = Math.min(...windows.filter((one) => one !== undefined));
    if (late?.expands && !late.attendsToMasks && late.queryTokens > window) {
      throw new RangeError(
        `Cannot use query_length ${late.queryTokens}: expected at most local_attention's half, ${window}, so that every [MASK] sees a token`,
      );
    }
    return moduleHead(b, encode(b, { ...config, pooling: modules!.pooling }, ""), modules!);
  },
};
