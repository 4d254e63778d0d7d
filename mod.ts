/**
 * Which neurons of a cross-encoder decide that a passage is relevant: Neuron Integrated Gradients
 * (conductance) of every linear output of BERT, on WebGPU or on the processor's cores.
 *
 * This entry runs in Deno, browsers and Node. Files and folders come in through functions
 * (`./deno` has them for Deno, {@linkcode fetchFolder} for addresses), a GPU from outside.
 *
 * @example The strongest neurons of one pair, and what a model scores without them
 * ```ts
 * import * as rn from "@relevance-neurons/relevance-neurons";
 * import { folder } from "@relevance-neurons/relevance-neurons/deno";
 * import { assert } from "@std/assert";
 *
 * const backend = await rn.openBackend(navigator.gpu); // a GPU, else WebAssembly
 * const model = await rn.openModel(folder("fixtures/tiny-cross-encoder"), backend);
 * const pair = {
 *   query: "how to toast with the steak",
 *   passage: "Sugar knight From the blade and a steak her Drill in a cheese with the toast.",
 *   label: "relevant",
 * } as const;
 * const one = await rn.attributePair(model, pair);
 * console.log(rn.topNeurons(one, { count: 5 }), one.gap); // ["2.attention_output.62", …] 0.03…
 * const [whole] = await rn.score(model, [pair]);
 * const [ablated] = await rn.score(model, [pair], { without: rn.topNeurons(one, { level: 0.01 }) });
 * assert(ablated.probability < whole.probability);
 * backend.close();
 * ```
 *
 * @module
 */

// A backend, a model, a pair
export { type BackendOptions, openBackend } from "./src/compute/open_backend.ts";
export {
  type Backend,
  type EndpointWeights,
  type Similarity,
  type Target,
  targets,
} from "./src/compute/ops.ts";
export {
  type Model,
  type Score,
  score,
  type ScoreOptions,
  type TextPair,
} from "./src/model/cross_encoder.ts";
export { openModel, type OpenModelOptions } from "./src/model/open_model.ts";
export type {
  EncodedPair,
  EncodeOptions,
  PairTokenizer,
  Segment,
} from "./src/model/pair_tokenizer.ts";
export { type Component, type ComponentSpace, type NeuronSpace } from "./src/model/neurons.ts";
export type { UnitKind } from "./src/model/heads.ts";
export type { EncoderConfig as ModelConfig, FamilyFacts } from "./src/model/config.ts";
export type { Comparison, LateInteraction } from "./src/model/late_interaction.ts";

// Attribution
export { attribute } from "./src/attribution/attribute.ts";
export {
  type AttributeOptions,
  type AttributionTarget,
  type LabelledPair,
  type PairAttribution,
} from "./src/attribution/attribution.ts";
export type { Round } from "./src/attribution/adaptive/pair_refinement.ts";
export {
  type AttributedPair,
  attributePair,
  attributeTokens,
  type TokenAttribution,
} from "./src/attribution/attribute_pair.ts";
export {
  type BuildOptions,
  buildScheme,
  type BuiltScheme,
} from "./src/attribution/schemes/build_scheme.ts";
export {
  type Baseline,
  baselines,
  type MovingText,
  movingTexts,
} from "./src/attribution/target/baseline.ts";
export {
  type AdaptiveRule,
  type FixedRule,
  type Rule,
  rule,
  ruleNames,
  type RuleOptions,
} from "./src/attribution/rule.ts";
export {
  type ConductanceMoments,
  type ConductanceSums,
  type OtherSums,
  type Scheme,
  type SchemeSums,
} from "./src/attribution/schemes/scheme.ts";
export { encodeScheme, openScheme } from "./src/attribution/schemes/scheme_file.ts";
export type { Completeness, CutGap } from "./src/attribution/completeness.ts";
export type { QuerySum, QuerySums } from "./src/attribution/schemes/query_sums.ts";
export type { ExactSum } from "./src/attribution/schemes/exact_sum.ts";
export type { Gaps } from "./src/attribution/schemes/ledger.ts";
export type { SchemeProvenance } from "./src/attribution/schemes/scheme_metadata.ts";

// Neurons
export { topNeurons } from "./src/attribution/neuron_sets.ts";
export {
  matchedRandomNeurons,
  selectNeurons,
  type SelectOptions,
} from "./src/experiments/sets/select_neurons.ts";

// What neurons respond to
export {
  type DescribedPair,
  describeNeurons,
  type DescribeOptions,
} from "./src/experiments/describe/describe.ts";
export type {
  AxiomSummary,
  DescribedSet,
  Description,
  NeuronDescription,
  PairDescription,
  SignalSummary,
} from "./src/experiments/describe/description.ts";
export type { AxiomEffect } from "./src/experiments/describe/axiom_effects.ts";
export { type AxiomName, axiomNames, type MinimalPair } from "./src/experiments/describe/axioms.ts";
export type {
  Quantity,
  SignalCorrelation,
  SignalLeftOut,
} from "./src/experiments/describe/correlations.ts";
export type { Example } from "./src/experiments/describe/examples.ts";
export type { NearestWords, NearWord } from "./src/experiments/describe/nearest_words.ts";
export type { ValueOptions } from "./src/experiments/describe/neuron_values.ts";
export {
  type SignalName,
  signalNames,
  type SignalSource,
} from "./src/experiments/describe/signals.ts";

// Retrieval
export {
  type CollectionPair,
  openCollection,
  type PairsOptions,
  type SearchableCollection,
} from "./src/retrieval/open_collection.ts";
export type { Collection, Requester } from "./src/formats/collection.ts";
export type { SelectionOptions } from "./src/ir/pairs.ts";
export { rerank, type RerankOptions } from "./src/retrieval/rerank.ts";
export { measure, measureByQuery, type MeasureOptions } from "./src/ir/measures.ts";
export type { Label, Passage, Qrels, Query, Run } from "./src/ir/words.ts";
export { formatRun, readQrels, readRun, type TrecOptions } from "./src/formats/trec.ts";

// Files
export type { ByteStream } from "./src/formats/gzip.ts";
export type { Corpus, Folder, FolderFile, SearchIndex } from "./src/formats/folder.ts";
export {
  type FetchFolder,
  fetchFolder,
  type FetchFolderOptions,
} from "./src/formats/fetch_folder.ts";
export type { ByteRange, Load } from "./src/formats/load.ts";
