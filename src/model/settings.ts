/**
 * Every key of config.json that transformers' configurations and classifiers of BERT, ELECTRA, RoBERTa,
 * XLM-RoBERTa and CamemBERT read (4.x and 5.x), and what is made of it here. Keys that are not listed are
 * read by no code of theirs.
 */

/** What is made of a key. */
export type Treatment =
  /** Read by this program. */
  | { readonly use: "read" }
  /** It changes no logit, because … */
  | { readonly use: "harmless"; readonly because: string }
  /** Only these values are computed here; an absent or null value is the first. */
  | { readonly use: "only"; readonly values: readonly unknown[]; readonly because: string };

/** Read by this program. */
export const read: Treatment = { use: "read" };
/** It changes no logit. */
export const harmless = (because: string): Treatment => ({ use: "harmless", because });
/** Only some values are computed here; an absent or null one is the first. */
export const only = (values: readonly unknown[], because: string): Treatment => ({
  use: "only",
  values,
  because,
});

const training = harmless("it acts in training only");
const generation = harmless("a classifier generates no text");
const running = harmless("it says how to run the same mathematics");
const naming = harmless("it names things");
const multipleChoice = harmless("ELECTRA's classifier of sequences has a head of its own");

/** The table of BERT and its kin. */
export const settings: Readonly<Record<string, Treatment>> = {
  model_type: read,
  architectures: read,
  vocab_size: read,
  hidden_size: read,
  embedding_size: read,
  num_hidden_layers: read,
  num_attention_heads: read,
  intermediate_size: read,
  max_position_embeddings: read,
  type_vocab_size: read,
  layer_norm_eps: read,
  pad_token_id: read,
  id2label: read,
  label2id: read,
  num_labels: read,
  problem_type: read,
  sentence_transformers: read,
  sbert_ce_default_activation_function: read,

  hidden_act: only(["gelu", "gelu_python"], "another activation gives other numbers"),
  position_embedding_type: only(["absolute"], "relative positions add to attention"),
  is_decoder: only([false], "a decoder's tokens do not attend to what follows them"),
  add_cross_attention: only([false], "an encoder has nothing to attend to across"),
  is_encoder_decoder: only([false], "an encoder has no decoder"),
  auto_map: only([null], "the model brings code of its own"),
  quantization_config: only([null], "quantized weights are no plain numbers"),

  hidden_dropout_prob: training,
  attention_probs_dropout_prob: training,
  classifier_dropout: training,
  initializer_range: training,
  gradient_checkpointing: training,
  tie_word_embeddings: harmless("the output embeddings that it ties are no part of a classifier"),
  tie_encoder_decoder: harmless("an encoder has no decoder"),
  cross_attention_hidden_size: harmless("without cross-attention nothing reads it"),
  decoder_start_token_id: generation,
  bos_token_id: harmless("the tokenizer puts the special tokens"),
  eos_token_id: harmless("the tokenizer puts the special tokens"),
  sep_token_id: harmless("the tokenizer puts the special tokens"),
  prefix: generation,
  max_length: generation,
  use_cache: generation,
  summary_type: multipleChoice,
  summary_use_proj: multipleChoice,
  summary_activation: multipleChoice,
  summary_first_dropout: multipleChoice,
  summary_last_dropout: multipleChoice,
  summary_proj_to_labels: multipleChoice,
  chunk_size_feed_forward: running,
  _attn_implementation: running,
  attn_implementation: running,
  dtype: harmless("weights are read as they are stored, and computed with as --device says"),
  torch_dtype: harmless("weights are read as they are stored, and computed with as --device says"),
  output_attentions: running,
  output_hidden_states: running,
  return_dict: running,
  torchscript: running,
  use_bfloat16: running,
  tf_legacy_loss: training,
  transformers_version: naming,
  name_or_path: naming,
  _name_or_path: naming,
  tokenizer_class: naming,
  finetuning_task: naming,
  task_specific_params: generation,
};

/** Refuses what is not computed here. */
export function checkSettings(
  json: Readonly<Record<string, unknown>>,
  settings: Readonly<Record<string, Treatment>>,
): void {
  for (const [key, treatment] of Object.entries(settings)) {
    const value = Object.hasOwn(json, key) ? json[key] : undefined;
    if (treatment.use !== "only" || value === undefined || value === null) continue;
    if (treatment.values.includes(value)) continue;
    throw new TypeError(
      `Cannot use ${key} ${shortened(value)}: expected ${
        treatment.values.map((one) => one === null ? "none" : JSON.stringify(one)).join(" or ")
      }, as ${treatment.because}`,
    );
  }
  const pruned = json.pruned_heads;
  if (pruned !== undefined && pruned !== null && Object.keys(pruned as object).length > 0) {
    throw new TypeError(
      `Cannot use pruned_heads ${shortened(pruned)}: expected none, as layers must be alike`,
    );
  }
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
