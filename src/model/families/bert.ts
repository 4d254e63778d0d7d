/**
 * BERT (Devlin et al. 2019) and what shares its layer: ELECTRA, RoBERTa, XLM-RoBERTa, CamemBERT. Every
 * sublayer is followed by LayerNorm over its output plus its input ("post-norm").
 */

import type { ComponentSpace } from "../neurons.ts";
import { settings } from "../settings.ts";
import type { EncoderConfig, Family, Sizes } from "./family.ts";
import { type ConfigReader, headsOf } from "./reader.ts";
import type { Build, Value } from "../graph.ts";
import { linear, norm, table } from "./names.ts";

/** How weights are named outside the layers, and what the head is. */
interface Names {
  /** First part of the names of the encoder's weights. */
  readonly prefix: string;
  /** The head's two linears, and what lies between them. */
  readonly head: {
    readonly dense: string;
    readonly classifier: string;
    readonly activation: "tanh" | "gelu";
  };
}

/** The linears of a layer whose outputs are neurons. */
export function bertComponents(
  { width, inner }: Pick<EncoderConfig, "width" | "inner">,
): readonly ComponentSpace[] {
  return [
    ...["query", "key", "value", "attention_output"].map((name) => ({ name, units: width })),
    { name: "intermediate", units: inner },
    { name: "ff_output", units: width },
  ];
}

/** The forward pass of BERT and its kin. */
function bertForward(b: Build, config: EncoderConfig, { prefix, head }: Names): Value {
  const { width, inner, heads, embeddingWidth, epsilon, labels } = config;
  const embeddings = `${prefix}embeddings`;
  const embedding = (name: string, lines: number) =>
    table(`${embeddings}.${name}_embeddings`, lines, embeddingWidth);
  // LayerNorm(word + position + type), which ELECTRA projects where embeddings are narrower
  let hidden = b.embed({
    words: embedding("word", config.vocabulary),
    positions: embedding("position", config.positions),
    types: embedding("token_type", config.types),
    norm: norm(`${embeddings}.LayerNorm`, embeddingWidth, { epsilon }),
  });
  if (embeddingWidth !== width) {
    hidden = b.linear(hidden, linear(`${prefix}embeddings_project`, width, embeddingWidth));
  }
  b.cut("embedding", hidden);
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `${prefix}encoder.layer.${layer}`;
    const unit = (component: string, x: Value, part: string, outputs = width): Value =>
      b.linear(x, linear(`${name}.${part}`, outputs, x.width), { layer, component });
    // only [CLS] is read in the end: of the last layer's other tokens keys and values matter alone
    const queries = layer === config.layers - 1 ? b.take(hidden) : hidden;
    // on the way back query, key and value meet in the reverse of this order
    const value = unit("value", hidden, "attention.self.value");
    const key = unit("key", hidden, "attention.self.key");
    const query = unit("query", queries, "attention.self.query");
    const context = b.attend(query, key, value, { heads });
    const output = unit("attention_output", context, "attention.output.dense");
    const attended = b.norm(
      output,
      norm(`${name}.attention.output.LayerNorm`, width, { epsilon }),
      queries,
    );
    b.cut(`${layer}.attention`, attended);
    const activated = b.activate(
      unit("intermediate", attended, "intermediate.dense", inner),
      "gelu",
    );
    const fed = unit("ff_output", activated, "output.dense");
    hidden = b.norm(fed, norm(`${name}.output.LayerNorm`, width, { epsilon }), attended);
    b.cut(`${layer}.ff`, hidden);
  }
  const pooled = b.activate(b.linear(hidden, linear(head.dense, width, width)), head.activation);
  return b.linear(pooled, linear(head.classifier, labels, width, { classes: true }));
}

function sizesOf(
  config: ConfigReader,
  { embeddingWidth, firstPosition }: {
    readonly embeddingWidth?: number;
    readonly firstPosition: number;
  },
): Sizes {
  const width = config.size("hidden_size");
  const positions = config.size("max_position_embeddings");
  const inner = config.size("intermediate_size");
  return {
    layers: config.size("num_hidden_layers"),
    components: bertComponents({ width, inner }),
    ...{ width, inner, positions },
    embeddingWidth: embeddingWidth ?? width,
    heads: headsOf(config, width),
    maxTokens: positions - firstPosition,
    types: config.size("type_vocab_size", 2),
    epsilon: config.number("layer_norm_eps", { low: 0, high: 1, fallback: 1e-12 }),
  };
}

const bert: Family = {
  ...{ type: "bert", architecture: "BertForSequenceClassification", settings, padding: 0 },
  ...{ positionsAfterPadding: false, doubleSeparator: false },
  sizes: (config) => sizesOf(config, { firstPosition: 0 }),
  forward: (build, config) =>
    bertForward(build, config, {
      prefix: "bert.",
      head: { dense: "bert.pooler.dense", classifier: "classifier", activation: "tanh" },
    }),
};

const electra: Family = {
  ...bert,
  ...{ type: "electra", architecture: "ElectraForSequenceClassification" },
  sizes: (config) =>
    sizesOf(config, { embeddingWidth: config.size("embedding_size", 128), firstPosition: 0 }),
  forward: (build, config) =>
    bertForward(build, config, {
      prefix: "electra.",
      head: { dense: "classifier.dense", classifier: "classifier.out_proj", activation: "gelu" },
    }),
};

const roberta: Family = {
  ...bert,
  ...{ type: "roberta", architecture: "RobertaForSequenceClassification", padding: 1 },
  ...{ positionsAfterPadding: true, doubleSeparator: true },
  sizes: (config, padding) => sizesOf(config, { firstPosition: padding + 1 }),
  forward: (build, config) =>
    bertForward(build, config, {
      prefix: "roberta.",
      head: { dense: "classifier.dense", classifier: "classifier.out_proj", activation: "tanh" },
    }),
};

/** BERT first. */
export const bertFamilies: readonly Family[] = [
  bert,
  electra,
  roberta,
  { ...roberta, type: "xlm-roberta", architecture: "XLMRobertaForSequenceClassification" },
  { ...roberta, type: "camembert", architecture: "CamembertForSequenceClassification" },
];
