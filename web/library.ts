/**
 * The library, as the page's worker uses it: the one door through which web/ imports it. It takes files and
 * not entries: through mod.ts and internal.ts the worker's bundle is a tenth larger, as bundlers cannot tell
 * that what a module does not give away is not needed.
 */

export { attributePairUnder } from "../src/attribution/attribute_pair.ts";
export type { LabelledPair } from "../src/attribution/attribution.ts";
export { openPairPath, type PairPath } from "../src/attribution/pair_path.ts";
export { evaluatePoints } from "../src/attribution/path/path_points.ts";
export { pathPair } from "../src/attribution/target/baseline.ts";
export { rule } from "../src/attribution/rule.ts";
export { openBackend } from "../src/compute/open_backend.ts";
export { isDeviceError } from "../src/compute/device_error.ts";
export type { Ops } from "../src/compute/ops.ts";
export { evaluate, type Means } from "../src/experiments/sets/evaluate.ts";
export { parseExpression } from "../src/experiments/sets/expression.ts";
export { parseLevel } from "../src/experiments/sets/levels.ts";
export { matchedRandom, type Reached, reachedUnits } from "../src/experiments/sets/matched.ts";
export { resolve, type SchemeName, schemesOf } from "../src/experiments/sets/resolve.ts";
export { fetchFolder } from "../src/formats/fetch_folder.ts";
export type { ByteRange, Load } from "../src/formats/load.ts";
export { openSafetensors } from "../src/formats/safetensors.ts";
export { ndcg } from "../src/ir/ndcg.ts";
export { rank } from "../src/ir/ranking.ts";
export {
  type CrossEncoder,
  marginOf,
  openCrossEncoder,
  predictedLabel,
  type Score,
} from "../src/model/cross_encoder.ts";
export { siteValue, tokensOfLines } from "../src/model/graph.ts";
export { freeMasks, type MaskedNeuron, type Masks, neuronMasks } from "../src/model/mask.ts";
export { scoresUnderMasks } from "../src/model/masked_scores.ts";
export {
  type Component,
  neuronCount,
  neuronName,
  neuronOf,
  type NeuronSpace,
  partOf,
  partsOf,
} from "../src/model/neurons.ts";
export { textsOf } from "../src/model/pair_tokenizer.ts";
export { spaceOfFile } from "../src/attribution/schemes/scheme_file.ts";
