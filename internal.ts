/**
 * What the command line needs of the library beside its public entries: chunks, shards, journals,
 * tuning, tables. No entry of the package: it may change in any version.
 */

export { attribute } from "./src/attribution/attribute.ts";
export {
  type AttributeOptions,
  type AttributionTarget,
  type LabelledPair,
  type PairAttribution,
} from "./src/attribution/attribution.ts";
export {
  type Baseline,
  baselines,
  type MovingText,
  movingTexts,
} from "./src/attribution/target/baseline.ts";
export {
  encoderBelow,
  parseUnitTarget,
  partsNotBelow,
  type UnitTarget,
  unitTargetName,
} from "./src/attribution/target/towards.ts";
export { checkPath } from "./src/attribution/path/labelled_path.ts";
export { readHead } from "./src/model/modules.ts";
export { type AgreementOptions, agreements, checkThreshold } from "./src/attribution/agreement.ts";
export {
  attributeIndexed,
  type BuildOptions,
  buildScheme,
  type BuiltScheme,
  type IndexedPair,
  labelOf,
  type SummedPairs,
  sumPairs,
} from "./src/attribution/schemes/build_scheme.ts";
export { type Gaps, type LedgerLine, summarize } from "./src/attribution/schemes/ledger.ts";
export { pairDigest, pairListDigest } from "./src/attribution/schemes/pair_list.ts";
export {
  ledgerMetadata,
  optionMetadata,
  type ParsedMetadata,
  readSchemeMetadata,
  schemeMetadata,
  type SchemeOptions,
  type SchemeProvenance,
  type SchemeStory,
  unitsName,
} from "./src/attribution/schemes/scheme_metadata.ts";
export {
  decodePairRecord,
  encodePairRecord,
  type PairRecord,
} from "./src/attribution/pair_record.ts";
export {
  isShard,
  mergeShards,
  placesOfShard,
  schemeOfShard,
  type Shard,
  shardName,
} from "./src/attribution/schemes/shards.ts";
export { keptByQuery } from "./src/attribution/schemes/query_sums.ts";
export { isDeviceError } from "./src/compute/device_error.ts";
export type { Completeness, CutGap } from "./src/attribution/completeness.ts";
export type { ExactSum } from "./src/attribution/schemes/exact_sum.ts";
export type { QuerySum, QuerySums } from "./src/attribution/schemes/query_sums.ts";
export { sizeAtLevel, topNeuronIds } from "./src/attribution/neuron_sets.ts";
export {
  type AdaptiveRule,
  DEFAULT_TOLERANCE,
  type FixedRule,
  type Rule,
  rule,
  ruleNames,
  type RuleOptions,
} from "./src/attribution/rule.ts";
export {
  addPair,
  mergeSums,
  type Scheme,
  schemeOf,
  type SchemeSums,
  schemeSums,
} from "./src/attribution/schemes/scheme.ts";
export { byComponent, encodeScheme, openScheme } from "./src/attribution/schemes/scheme_file.ts";
export { cpuOps, type CpuOptions } from "./src/compute/cpu/cpu_ops.ts";
export { type Device, type DeviceOptions, openDevice } from "./src/compute/gpu/device.ts";
export { gpuOps, type GpuOptions } from "./src/compute/gpu/gpu_ops.ts";
export { type Precision, precisions } from "./src/compute/gpu/kernel_choice.ts";
export {
  type FloatTile,
  type LanesTile,
  type MatrixTile,
  matrixTiles,
  type MatrixUnit,
  type ProductSize,
  type SharedTile,
  type Tile,
  tileName,
  type TunedProduct,
  type Tuning,
} from "./src/compute/gpu/tile.ts";
export { freeMemory } from "./src/compute/gpu/free_memory.ts";
export { candidatesOf, tune, tunedKernels } from "./src/compute/gpu/tuning.ts";
export {
  type Attention,
  type Embedding,
  type EndpointWeights,
  type Limits,
  type Linear,
  type LinearBackwardOptions,
  type LinearOptions,
  type Norm,
  type Ops,
  type SumRows,
  type Target,
  targets,
  type Tensor,
  type Timing,
  type UnitMask,
} from "./src/compute/ops.ts";
export { simdOps, type SimdOptions } from "./src/compute/simd/simd_ops.ts";
export { type Check, selfCheck, type SelfCheckOptions } from "./src/compute/self_check.ts";
export { combine, evaluate, meanOf, type Means } from "./src/experiments/sets/evaluate.ts";
export {
  type Collections,
  type Expression,
  type Letter,
  type Name,
  parseExpression,
  type SetOperator,
} from "./src/experiments/sets/expression.ts";
export { levelName, parseLevel } from "./src/experiments/sets/levels.ts";
export { countMembers, matchedRandom } from "./src/experiments/sets/matched.ts";
export {
  checkFits,
  formatNeuronSet,
  type NeuronSet,
  parseNeuronSet,
} from "./src/experiments/sets/neuron_set.ts";
export {
  type NeuronSetPlan,
  resolve,
  type SchemeName,
  schemesOf,
  type Scope,
  type Vector,
} from "./src/experiments/sets/resolve.ts";
export {
  checkAlike,
  meansOf,
  openSchemes,
  schemeNameOf,
  type Schemes,
} from "./src/experiments/schemes/scheme_folder.ts";
export {
  certaintyOf,
  type Member,
  membership,
  surestFirst,
} from "./src/experiments/schemes/certainty.ts";
export {
  drawMeans,
  fewestQueries,
  notDrawable,
  queriesOf,
  type StandardError,
  standardError,
} from "./src/experiments/schemes/query_bootstrap.ts";
export {
  axiomMeanings,
  type AxiomName,
  axiomNames,
  synonymMeaning,
} from "./src/experiments/describe/axioms.ts";
export {
  checkDescribed,
  describeBy,
  type DescribedPair,
  type DescribeOptions,
  type DescribeWork,
} from "./src/experiments/describe/describe.ts";
export { type Description, DESCRIPTION_FORMAT } from "./src/experiments/describe/description.ts";
export { neuronValues, type ValueOptions } from "./src/experiments/describe/neuron_values.ts";
export {
  signalMeanings,
  type SignalName,
  signalNames,
} from "./src/experiments/describe/signals.ts";
export { descriptionTable } from "./src/experiments/describe/table.ts";
export { descriptionPage } from "./src/report/description/page.ts";
export { locate } from "./src/experiments/overlap/location.ts";
export {
  type CurveCollection,
  type CurvePlan,
  overlapCurves,
} from "./src/experiments/overlap/overlap_curves.ts";
export { type OverlapOptions, overlapStudy } from "./src/experiments/overlap/overlap.ts";
export type * from "./src/experiments/results/results.ts";
export {
  baselineRows,
  baselineStudy,
  type BaselineStudyOptions,
} from "./src/experiments/path/baseline_study.ts";
export { type ConvergenceOptions, convergenceStudy } from "./src/experiments/path/convergence.ts";
export {
  convergenceAttributions,
  convergenceCost,
  convergenceReference,
  convergenceSteps,
  convergenceTolerances,
  type RuleChoice,
} from "./src/experiments/path/convergence_rules.ts";
export {
  ablate,
  type AblatedCollection,
  type AblateOptions,
  ablationOf,
  atAttainable,
  type Candidate as AblationCandidate,
  candidateName,
  type CollectionAblation,
  type RowOnCollection,
  type SetsOfRow,
  setsOfRows,
  type Swap,
} from "./src/experiments/ablation/ablation.ts";
export { controlledRow, paperRows } from "./src/experiments/ablation/ablation_rows.ts";
export {
  ablationSets,
  type AblationSetsOptions,
} from "./src/experiments/ablation/ablation_sets.ts";
export { type AblationChanges, ablationTable } from "./src/experiments/ablation/ablation_table.ts";
export {
  candidateDepth,
  type CandidateList,
  candidateList,
  type CandidateOptions,
  candidatesOfRun,
  chooseQueries,
} from "./src/experiments/ablation/candidates.ts";
export {
  type Chunk,
  type ChunkOptions,
  type ChunkProgress,
  decodeChunk,
  encodeChunk,
  inChunks,
} from "./src/experiments/ablation/chunks.ts";
export {
  distinctSets,
  forwardsOf,
  type RankBy,
  rescore,
  type RescoreOptions,
} from "./src/experiments/ablation/rescore.ts";
export {
  type AblatedSet,
  type AblationMethod,
  ablationMethods,
  type Replacements,
} from "./src/experiments/ablation/methods.ts";
export {
  donorOfPair,
  encodedWhenAsked,
  type PairsToScore,
  type ResamplingOptions,
} from "./src/experiments/ablation/resampling_donors.ts";
export {
  encodeMeans,
  type MeanActivations,
  meanActivations,
  openMeans,
  piecesOfMeans,
} from "./src/experiments/ablation/mean_activations.ts";
export type { Qrels, Run } from "./src/ir/words.ts";
export { claimIds, conclusions, type Evidence } from "./src/experiments/claims/conclusions.ts";

export {
  checkImportedScheme,
  type WantedScheme,
} from "./src/experiments/schemes/imported_scheme.ts";
export { mergeSchemes, type NamedScheme } from "./src/experiments/schemes/merge.ts";
export {
  type SchemePairs,
  type SegmentOptions,
  segmentShares,
} from "./src/experiments/path/segment_shares.ts";
export {
  type AblationOfStudy,
  type AssembledStudy,
  assembleStudy,
  computersOf,
  type MadeStep,
  type StudyParts,
} from "./src/experiments/study/assemble.ts";
export { candidateCount, type StepCost, studyCosts } from "./src/experiments/study/costs.ts";
export { multiverseFiles } from "./src/report/multiverse/report.ts";
export { claimCurves, type Found, verdictLine } from "./src/experiments/multiverse/curves.ts";
export { namedChoices } from "./src/experiments/multiverse/named_choices.ts";
export { setRecipes } from "./src/experiments/multiverse/recipes.ts";
export {
  claimsOnly,
  type Design,
  type Universe,
  universeCount,
  universesOf,
} from "./src/experiments/multiverse/universes.ts";
export {
  type Choice,
  type OwnStudy,
  parseVariations,
  usualChoices,
} from "./src/experiments/multiverse/variation_file.ts";
export { MULTIVERSE_FORMAT } from "./src/experiments/results/results_multiverse.ts";
export {
  attributionsByRule,
  type JudgedOptions,
  type RuleAttributions,
} from "./src/experiments/faithfulness/attributions.ts";
export { faithfulnessStudy } from "./src/experiments/faithfulness/faithfulness.ts";
export type {
  FaithfulnessOfStudy,
  FaithfulnessStudy,
} from "./src/experiments/results/results_faithfulness.ts";
export { ruleName } from "./src/experiments/faithfulness/judge.ts";
export {
  planRankings,
  rankingCurves,
  type StrengthOrder,
} from "./src/experiments/faithfulness/ranking_curves.ts";
export { rankingCurvesTsv } from "./src/report/tables/ranking_curves.ts";
export { rankingFloors } from "./src/experiments/faithfulness/floors.ts";
export {
  type RandomisedAttributions,
  randomisedAttributions,
  randomisedLayers,
} from "./src/experiments/faithfulness/randomisation.ts";
export { patchedValues } from "./src/experiments/faithfulness/patching.ts";
export {
  type PatchingPlan,
  type PatchingPlanOptions,
  planPatching,
} from "./src/experiments/faithfulness/patching_plan.ts";
export { faithfulnessTsv } from "./src/report/tables/faithfulness.ts";
export { fileName } from "./src/experiments/study/file_name.ts";
export { countingSteps, firstSteps, MEANS_FILE, modelSteps } from "./src/experiments/study/plan.ts";
export { rankByOf } from "./src/experiments/study/plan_faithfulness.ts";
export { planOf, strengthOrders } from "./src/experiments/study/plan_sets.ts";
export type {
  CountingStep,
  FirstStep,
  MadeSchemes,
  ModelStep,
  StepPlan,
  StudyInputs,
} from "./src/experiments/study/steps.ts";
export {
  type ImportedScheme,
  importedSchemes,
  needsPairs,
  schemeFile,
  shownName,
  type StudyScheme,
  triplesFile,
  triplesList,
} from "./src/experiments/study/study_schemes.ts";
export { parseStudy } from "./src/experiments/study/study_file.ts";
export {
  schemesOfStudy,
  scopeOf,
  type SetAtLevel,
  type Study,
  type StudyCollection,
  type StudyValidation,
} from "./src/experiments/study/study.ts";
export {
  type TracedNeuron,
  type TraceOptions,
  tracePath,
  tracePaths,
} from "./src/experiments/path/trace.ts";
export { unitsByComponent } from "./src/experiments/sets/neuron_set.ts";
export { RESULTS_FORMAT } from "./src/experiments/results/results.ts";
export { type ByteRange, type Load, loadOptional } from "./src/formats/load.ts";
export {
  encodeSafetensors,
  openSafetensors,
  type Tensor as FileTensor,
  type TensorEntry,
  type TensorFile,
} from "./src/formats/safetensors.ts";
export {
  type LabelledLine,
  parseTextPairs,
  parseTriples,
  type TextPairLine,
  type TripleLine,
} from "./src/formats/text_pairs.ts";
export {
  type ConfigOptions,
  type EncoderConfig,
  type FamilyFacts,
  familyNames,
  parseConfig,
} from "./src/model/config.ts";
export {
  type CrossEncoder,
  marginOf,
  openCrossEncoder,
  predictedLabel,
  type Score,
  score,
  type ScoreOptions,
  scoreUnder,
  type TextPair,
} from "./src/model/cross_encoder.ts";
export type { Encoder } from "./src/model/forward.ts";
export { freeMasks, type Masks, neuronMasks } from "./src/model/mask.ts";
export {
  type Component,
  componentsOf,
  type ComponentSpace,
  describeSpace,
  type Neuron,
  neuronCount,
  neuronId,
  neuronName,
  neuronOf,
  type NeuronSpace,
  parseNeuron,
  type Part,
  sameSpace,
} from "./src/model/neurons.ts";
export { isHeads, type SegmentName, segmentNames } from "./src/model/heads.ts";
export { spaceOfKinds } from "./src/model/asked.ts";
export { type UnitKind, unitKinds } from "./src/model/heads.ts";
export { openTokenizer } from "./src/model/tokenizer.ts";
export {
  type EncodedPair,
  type EncodeOptions,
  type PairTokenizer,
  segments,
  type TokenizerLimits,
} from "./src/model/pair_tokenizer.ts";
export type { Weights } from "./src/model/weights.ts";
export {
  type ReportFile,
  reportFiles,
  type ReportOptions,
  reportPage,
} from "./src/report/report.ts";
export { explorePage } from "./src/report/page/explore_note.ts";
export { drawSheet, type Sheet } from "./src/report/draw/sheet.ts";
export type { DrawnResults } from "./src/report/figures/figures.ts";
export { ablationTsv, queriesTsv } from "./src/report/tables/ablation_data.ts";
export { baselineTsv } from "./src/report/tables/baselines.ts";
export { membersTsv } from "./src/report/tables/certainty.ts";
export { convergencePairsTsv, convergenceTsv } from "./src/report/tables/convergence.ts";
export { locationTsv } from "./src/report/tables/location.ts";
export { overlapTsv } from "./src/report/tables/overlaps.ts";
export { segmentTsv } from "./src/report/tables/segments.ts";
export { traceTsv } from "./src/report/tables/traces.ts";
export { cutsTsv } from "./src/report/tables/cuts.ts";
export {
  type AttentionCut,
  checkCuts,
  type CutSweep,
  type LayerWindow,
  parseCut,
  sweepCuts,
  unitsOfCut,
  windowsOf,
} from "./src/experiments/ablation/cuts.ts";
export { sideOfScheme } from "./src/attribution/schemes/scheme_sides.ts";
export { kindsOf, schemeOfKinds } from "./src/attribution/schemes/scheme_of_kinds.ts";
export { headsTsv } from "./src/report/tables/heads.ts";
export { type HeadShare, headShares } from "./src/experiments/path/head_shares.ts";
export { HEADS_FILE } from "./src/experiments/study/assemble.ts";
export { listsOf } from "./src/experiments/study/study.ts";
