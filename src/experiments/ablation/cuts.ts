/**
 * Attention cuts: in a window of layers no head attends from some segments to others. Measured is what that
 * does to rankings and to p(relevant).
 */

import { meanInterval } from "../../ir/mean_interval.ts";
import { mean } from "../../ir/measures.ts";
import { ndcg } from "../../ir/ndcg.ts";
import type { Qrels } from "../../ir/words.ts";
import { spaceOfKinds } from "../../model/asked.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import {
  isHeads,
  parseSegmentPair,
  SEGMENT_PAIRS,
  segmentNames,
  unitOfHead,
} from "../../model/heads.ts";
import { layersOf, neuronId, type NeuronSpace } from "../../model/neurons.ts";
import type { PairTokenizer } from "../../model/pair_tokenizer.ts";
import { type Candidate, candidateName } from "./ablation.ts";
import { K, runOfCandidates } from "./ranked_lists.ts";
import { rescore, type RescoreOptions } from "./rescore.ts";

/** Pairs of segments between which no token attends. */
export interface AttentionCut {
  /** As it was written: `query>passage`, or several with commas between them. */
  readonly name: string;
  readonly pairs: readonly ReturnType<typeof parseSegmentPair>[];
}

/** Layers, both ends counted. */
export interface LayerWindow {
  /** From 0. */
  readonly first: number;
  /** Not below `first`. */
  readonly last: number;
}

/**
 * Reads `query>passage,passage>query`.
 *
 * @throws {SyntaxError} where it is no list of pairs of segments, each once.
 */
export function parseCut(text: string): AttentionCut {
  const names = text.split(",").map((part) => part.trim());
  const pairs = names.map(parseSegmentPair);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return { name: names.join(","), pairs };
  throw new SyntaxError(`Cannot cut ${JSON.stringify(text)}: ${twice} stands there twice`);
}

/**
 * Refuses cuts of segments that no pair of a model has, such as the [CLS] of a decoder's prompt.
 *
 * @throws {RangeError} that names the segments that there are.
 */
export function checkCuts(
  cuts: readonly AttentionCut[],
  { encode }: Pick<PairTokenizer, "encode">,
): void {
  const own = new Set(encode("a", "b").segments);
  for (const { name, pairs } of cuts) {
    const lacking = pairs.flatMap(({ from, to }) => [from, to]).find((segment) =>
      !own.has(segment)
    );
    if (lacking === undefined) continue;
    throw new RangeError(
      `Cannot cut ${name}: the model's pairs have no segment ${segmentNames[lacking]}, only ${
        [...own].sort((a, b) => a - b).map((segment) => segmentNames[segment]).join(", ")
      }`,
    );
  }
}

/** The units of every head of some layers between a cut's segments: ids of a space of heads, ascending. */
export function unitsOfCut(
  space: NeuronSpace,
  { pairs }: AttentionCut,
  { first, last }: LayerWindow,
): Uint32Array {
  const ids: number[] = [];
  for (const { name: component, units } of space.components) {
    if (!isHeads(component)) continue;
    for (const layer of layersOf(space, component)) {
      if (layer < first || layer > last) continue;
      for (let head = 0; head < units / SEGMENT_PAIRS; head++) {
        for (const pair of pairs) {
          ids.push(neuronId(space, { layer, component, unit: unitOfHead({ head, ...pair }) }));
        }
      }
    }
  }
  return Uint32Array.from(ids).sort();
}

/** Every window of `size` layers from the first to the last of some. */
export function windowsOf({ first, last }: LayerWindow, size: number): LayerWindow[] {
  return Array.from(
    { length: last - first + 2 - size },
    (_, i) => ({ first: first + i, last: first + i + size - 1 }),
  );
}

/** A cut of one window on one collection. */
export interface CutRow extends LayerWindow {
  /** The cut's name. */
  readonly cut: string;
  /** Mean nDCG@10 over queries. */
  readonly ndcg: number;
  /** What it lost beside the whole model's; positive is a loss. */
  readonly loss: number;
  /** 95 % interval of the loss over queries (Student's t). */
  readonly interval: readonly [low: number, high: number];
  /** Mean change of p(relevant) over candidates. */
  readonly probability: number;
  /** Mean change of p(relevant) over relevant candidates; null where there is none. */
  readonly relevant: number | null;
}

/** Cuts on one collection. */
export interface CutSweep {
  /** Its name. */
  readonly collection: string;
  /** Queries that are averaged. */
  readonly queries: number;
  /** Candidates of all queries. */
  readonly candidates: number;
  /** Mean nDCG@10 of the whole model. */
  readonly original: number;
  /** By cut, then by window. */
  readonly rows: readonly CutRow[];
}

/** The sets that {@linkcode sweepCuts} scores: none for the whole model, then every window of every cut. */
export function setsOfCuts(
  space: NeuronSpace,
  cuts: readonly AttentionCut[],
  windows: readonly LayerWindow[],
): Uint32Array[] {
  return [
    new Uint32Array(0),
    ...cuts.flatMap((cut) => windows.map((window) => unitsOfCut(space, cut, window))),
  ];
}

/** Re-ranks a collection's candidates with every cut in every window of layers. */
export async function sweepCuts(
  encoder: CrossEncoder,
  { candidates, qrels, collection }: {
    readonly candidates: readonly Candidate[];
    readonly qrels: Qrels;
    readonly collection: string;
  },
  { cuts, windows, ...options }: Omit<RescoreOptions, "space"> & {
    readonly cuts: readonly AttentionCut[];
    readonly windows: readonly LayerWindow[];
  },
): Promise<CutSweep> {
  const space = spaceOfKinds(encoder.config, ["heads"]);
  const [whole, ...scores] = await rescore(
    encoder,
    candidates.map(({ encoded }) => encoded),
    setsOfCuts(space, cuts, windows),
    { nameOf: (pair) => candidateName(candidates[pair]), ...options, space },
  );
  const ndcgOf = (
    values: Float64Array,
  ) => [...ndcg(runOfCandidates(candidates, values), qrels, { k: K }).values()];
  const isRelevant = candidates.map(({ query, document }) =>
    (qrels.get(query)?.get(document) ?? 0) > 0
  );
  const original = ndcgOf(whole);
  const probability = (margin: number) => 1 / (1 + Math.exp(-margin));
  const places = cuts.flatMap(({ name: cut }) => windows.map((window) => ({ cut, ...window })));
  const rows = places.map((place, i): CutRow => {
    const found = ndcgOf(scores[i]);
    const losses = found.map((value, q) => original[q] - value);
    const changes = Array.from(
      scores[i],
      (value, pair) => probability(value) - probability(whole[pair]),
    );
    const ofRelevant = changes.filter((_, pair) => isRelevant[pair]);
    return {
      ...place,
      ndcg: mean(found),
      loss: mean(losses),
      interval: meanInterval(losses),
      probability: mean(changes),
      relevant: ofRelevant.length > 0 ? mean(ofRelevant) : null,
    };
  });
  return {
    ...{ collection, queries: original.length, candidates: candidates.length, rows },
    original: mean(original),
  };
}
