/**
 * BERT (Devlin et al. 2019) and what shares its layer: ELECTRA, RoBERTa, XLM-RoBERTa, CamemBERT. Every
 * sublayer is followed by LayerNorm over its output plus its input ("post-norm").
 */

import type { ComponentSpace } from "../neurons.ts";
import { isObject } from "../../formats/json.ts";
import { harmless, only, settings } from "../settings.ts";
import type { EncoderConfig, Family, Sizes } from "./family.ts";
import { type ConfigReader, headsOf } from "./reader.ts";
import type { LinearNames, Value } from "../steps.ts";
import type { Build } from "../record.ts";
import { COLBERT, MASKED_LM } from "../modules.ts";
import { linear, moduleHead, norm, table } from "./names.ts";

/** How weights are named, and what the head is. */
interface Names {
  /** First part of the names of the encoder's weights. */
  readonly prefix: string;
  /** Parts of the encoder's names; transformers' unless given. */
  readonly parts?: typeof transformers;
  /** The head's two linears, and what lies between them. */
  readonly head: {
    readonly dense: string;
    readonly classifier: string;
    readonly activation: "tanh" | "gelu";
  };
}

/** Parts of names as transformers has them. */
const transformers = {
  embeddingNorm: "embeddings.LayerNorm",
  layer: "encoder.layer",
  /** Linears of query, key and value, or one whose rows are theirs in this order. */
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  isFused: false,
  attention_output: "attention.output.dense",
  attentionNorm: "attention.output.LayerNorm",
  intermediate: "intermediate.dense",
  ff_output: "output.dense",
  outputNorm: "output.LayerNorm",
};

/** The same as flash-attention's BERT has them. */
const flash: typeof transformers = {
  embeddingNorm: "emb_ln",
  layer: "encoder.layers",
  ...{ query: "mixer.Wqkv", key: "mixer.Wqkv", value: "mixer.Wqkv", isFused: true },
  attention_output: "mixer.out_proj",
  attentionNorm: "norm1",
  intermediate: "mlp.fc1",
  ff_output: "mlp.fc2",
  outputNorm: "norm2",
};

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

/** Words of the vocabulary whose logits are in memory together. */
const WORDS_AT_ONCE = 1024;

/** The words' embeddings. */
const WORDS = "bert.embeddings.word_embeddings";

type Component = "query" | "key" | "value" | "attention_output" | "intermediate" | "ff_output";

/** Whose rows a fused linear has, in their order. */
const thirds: readonly string[] = ["query", "key", "value"];

/** The forward pass of BERT and its kin. */
function bertForward(
  b: Build,
  config: EncoderConfig,
  { head, ...names }: Names,
): Value {
  const { width, labels } = config;
  const cls = encode(b, config, { ...names, pooling: "cls" });
  const pooled = b.activate(b.linear(cls, linear(head.dense, width, width)), head.activation);
  return b.linear(pooled, linear(head.classifier, labels, width, { classes: true }));
}

/** The encoder, up to the vector that stands for the text. */
function encode(
  b: Build,
  config: EncoderConfig,
  { prefix, parts = transformers, pooling }: Omit<Names, "head"> & {
    readonly pooling: "cls" | "mean" | "none";
  },
): Value {
  const { width, inner, heads, embeddingWidth, epsilon } = config;
  const embedding = (name: string, lines: number) =>
    table(`${prefix}embeddings.${name}_embeddings`, lines, embeddingWidth);
  // LayerNorm(word + position + type), which ELECTRA projects where embeddings are narrower
  let hidden = b.embed({
    words: embedding("word", config.vocabulary),
    positions: embedding("position", config.positions),
    types: embedding("token_type", config.types),
    norm: norm(`${prefix}${parts.embeddingNorm}`, embeddingWidth, { epsilon }),
  });
  if (embeddingWidth !== width) {
    hidden = b.linear(hidden, linear(`${prefix}embeddings_project`, width, embeddingWidth));
  }
  b.cut("embedding", hidden);
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `${prefix}${parts.layer}.${layer}`;
    const normOf = (part: string) => norm(`${name}.${part}`, width, { epsilon });
    const unit = (component: Component, x: Value, outputs = width): Value => {
      const third = parts.isFused ? thirds.indexOf(component) : -1;
      const rows = third < 0 ? undefined : { from: third * width, of: 3 * width };
      const names = linear(`${name}.${parts[component]}`, outputs, x.width, { rows });
      return b.linear(x, names, { layer, component });
    };
    // only [CLS] is read in the end: of the last layer's other tokens keys and values matter alone
    const isLast = layer === config.layers - 1 && pooling === "cls";
    const queries = isLast ? b.take(hidden) : hidden;
    // on the way back query, key and value meet in the reverse of this order
    const value = unit("value", hidden);
    const key = unit("key", hidden);
    const query = unit("query", queries);
    const context = b.attend(query, key, value, { heads });
    const output = unit("attention_output", context);
    const attended = b.norm(output, normOf(parts.attentionNorm), queries);
    b.cut(`${layer}.attention`, attended);
    const activated = b.activate(
      unit("intermediate", attended, inner),
      "gelu",
    );
    const fed = unit("ff_output", activated);
    hidden = b.norm(fed, normOf(parts.outputNorm), attended);
    b.cut(`${layer}.ff`, hidden);
  }
  return pooling === "mean" ? b.pool(hidden) : hidden;
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

const fairseqHead: Names["head"] = {
  dense: "classifier.dense",
  classifier: "classifier.out_proj",
  activation: "tanh",
};

const roberta: Family = {
  ...bert,
  ...{ type: "roberta", architecture: "RobertaForSequenceClassification", padding: 1 },
  ...{ positionsAfterPadding: true, doubleSeparator: true },
  sizes: (config, padding) => sizesOf(config, { firstPosition: padding + 1 }),
  forward: (build, config) => bertForward(build, config, { prefix: "roberta.", head: fairseqHead }),
};

const xlmRoberta: Family = {
  ...roberta,
  ...{ type: "xlm-roberta", architecture: "XLMRobertaForSequenceClassification" },
};

const camembert: Family = {
  ...roberta,
  ...{ type: "camembert", architecture: "CamembertForSequenceClassification" },
};

/** jina-reranker-v2: XLM-RoBERTa's mathematics, with code and names of its own. */
const jina: Family = {
  ...xlmRoberta,
  settings: { ...settings, auto_map: harmless("its code is flash-attention's BERT") },
  recognises: ({ auto_map: map }) =>
    isObject(map) && /\bXLMRobertaFlashConfig$/.test(String(map.AutoConfig)),
  forward: (build, config) =>
    bertForward(build, config, { prefix: "roberta.", parts: flash, head: fairseqHead }),
};

/** An encoder alone; in a checkpoint of its own nothing comes before the names of its weights. */
function encoderAlone(family: Family, architecture: string, prefix = ""): Family {
  return {
    ...family,
    ...{ architecture, needsModules: true },
    forward(build, config) {
      const modules = config.modules!;
      const pooled = encode(build, config, { prefix, pooling: modules.pooling });
      return moduleHead(build, pooled, modules);
    },
  };
}

/** SPLADE: the head of BERT's masked language model, whose logits become weights of words. */
const splade: Family = {
  ...bert,
  ...{ architecture: MASKED_LM, needsModules: true, readsVocabulary: true },
  settings: {
    ...settings,
    tie_word_embeddings: only([true], "logits are made by the words' embeddings"),
  },
  forward(build, config) {
    const { width, vocabulary, embeddingWidth, epsilon } = config;
    const hidden = encode(build, config, { prefix: "bert.", pooling: "none" });
    // LayerNorm(gelu(dense x)) Eᵀ + b, E the embeddings of the words
    const head = "cls.predictions";
    const dense = build.linear(hidden, linear(`${head}.transform.dense`, width, width));
    const ready = build.norm(
      build.activate(dense, "gelu"),
      norm(`${head}.transform.LayerNorm`, width, { epsilon }),
    );
    const tiles: LinearNames[] = [];
    const most = Math.min(WORDS_AT_ONCE, config.inner); // no wider than what layers make
    for (let from = 0; from < vocabulary; from += most) {
      const count = Math.min(most, vocabulary - from);
      const rows = { from, count };
      tiles.push({
        ...{ inputs: width, outputs: count },
        weight: { ...table(WORDS, vocabulary, embeddingWidth), rows },
        bias: { name: `${head}.bias`, shape: [vocabulary], rows },
      });
    }
    return build.terms(ready, tiles);
  },
};

/** BERT first. */
export const bertFamilies: readonly Family[] = [
  bert,
  electra,
  roberta,
  xlmRoberta,
  jina,
  camembert,
];

/** The same without heads, whose scores modules of sentence-transformers make. */
export const bertEncoders: readonly Family[] = [
  encoderAlone(bert, "BertModel"),
  encoderAlone(electra, "ElectraModel"),
  encoderAlone(roberta, "RobertaModel"),
  encoderAlone(xlmRoberta, "XLMRobertaModel"),
  encoderAlone(camembert, "CamembertModel"),
  encoderAlone(bert, COLBERT, "bert."),
  splade,
];
