/** What steps of a study share, and those that compute little: baselines, traces, segments. */

import {
  baselineStudy,
  baselineTsv,
  type EncoderConfig,
  type LabelledPair,
  matchedRandom,
  neuronOf,
  rule,
  type SchemePairs,
  type Schemes,
  segmentShares,
  segmentTsv,
  shownName,
  type StudyCollection,
  type StudyScheme,
  topNeuronIds,
  type TracedNeuron,
  tracePaths,
  traceTsv,
} from "../../../internal.ts";
import type { Label } from "../../ir/words.ts";
import { collectionSource } from "../options/dataset_pairs.ts";
import { type Source, takePairs } from "../options/source.ts";
import { deviceIdentity } from "../run/identity.ts";
import type { Identity } from "../run/journal_file.ts";
import { type ChunkWork, resumable } from "../run/resumable.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";

/** A step's options: how conductance is computed, without what it is computed on; of triples too. */
export function conductanceOf({ study }: Pick<StudyContext, "study">) {
  const { target, baseline, rule: name, steps, tolerance, maxLength, segments } = study.attribution;
  const { path, threshold, units } = study.attribution;
  return {
    ...{ target, baseline, rule: rule(name, { steps, tolerance }), maxLength, segments },
    ...(path === undefined ? {} : { path }),
    ...(units === undefined ? {} : { units }),
    ...(threshold === undefined ? {} : { threshold }),
  };
}

/** The same of a step about single pairs, which a study of triples has none of. */
export function attributionOf(context: Pick<StudyContext, "study">) {
  const { target, ...options } = conductanceOf(context);
  if (target === "pairwise") throw new TypeError("Cannot attribute single pairs: got pairwise");
  return { target, ...options };
}

/** Whether pairs are dropped that the model disagrees with: of a bi-encoder where a threshold says so. */
export function agreementOf(
  { study: { attribution: { agreement, threshold } } }: Pick<StudyContext, "study">,
  { similarity }: Pick<EncoderConfig, "similarity">,
): boolean {
  return agreement && (similarity === undefined || threshold !== undefined);
}

/** A step's work on a list; finished chunks are kept in its journal. */
export async function stepInPieces<T>(
  context: StudyContext,
  { journal, sha256 }: StepPlace,
  { identity, ...work }: ChunkWork<T> & { readonly identity?: Identity },
): Promise<T> {
  const devices = await context.devices();
  return await resumable({
    ...{ devices, journal, quiet: context.quiet, ...work },
    identity: {
      inputs_sha256: sha256,
      ...identity,
      device: deviceIdentity(devices.encoder.ops),
    },
    restart: "other",
  });
}

/** Table 1. */
export async function makeBaselines(
  context: StudyContext,
  { one, most }: { readonly one: StudyCollection; readonly most: number },
  place: StepPlace,
): Promise<StepOutput> {
  const pairs = await pairsOf(context, one, { label: "relevant", most });
  const { maxLength, segments, path } = context.study.attribution;
  const study = await stepInPieces(context, place, {
    of: pairs.length,
    things: "pairs",
    work: (encoder, chunks) =>
      baselineStudy(encoder, pairs, {
        ...chunks,
        ...{ maxLength, segments, path, collection: one.abbreviation },
      }),
  });
  return {
    files: [
      { path: "data/baselines.json", content: json(study) },
      { path: "data/baselines.tsv", content: baselineTsv(study) },
    ],
    forwards: study.rows.length * pairs.length,
  };
}

/** Fig. 1: the strongest neurons of both labels, the most negative ones, and random ones. */
export async function makeTraces(
  context: StudyContext,
  { schemes, one }: { readonly schemes: Schemes; readonly one: StudyCollection },
  place: StepPlace,
): Promise<StepOutput> {
  const { pairs: most, points, neurons: count } = context.study.traces!;
  const pairs = await pairsOf(context, one, { label: "relevant", most });
  const { config } = await context.encoder();
  const { rule: _, ...attribution } = attributionOf(context);
  const chosen: TracedNeuron[] = [];
  const add = (ids: Uint32Array, role: string) =>
    ids.forEach((id) => chosen.push({ ...neuronOf(config, id), role }));
  for (const letter of ["P", "N"] as const) {
    const scheme = schemes.get(`${letter}_${one.abbreviation}`);
    if (!scheme) continue;
    const strongest = topNeuronIds(scheme.mean, count);
    const shown = `${letter}[${one.abbreviation}]`;
    add(strongest, `strongest of ${shown}`);
    if (letter === "N") continue;
    add(topNeuronIds(scheme.mean.map((value) => -value), count), `most negative of ${shown}`);
    add(matchedRandom(config, strongest, { seed: context.study.seed }), "random");
  }
  const t = Array.from({ length: points }, (_, k) => k / (points - 1));
  const options = { t, ...attribution };
  const traces = await stepInPieces(context, place, {
    of: pairs.length,
    things: "pairs",
    work: (encoder, chunks) => tracePaths(encoder, pairs, chosen, { ...options, ...chunks }),
  });
  return {
    files: [
      { path: "data/traces.json", content: json(traces) },
      { path: "data/traces.tsv", content: traceTsv(traces) },
    ],
    evaluations: points * pairs.length,
  };
}

/** Contributions by segment, of every scheme. */
export async function makeSegments(
  context: StudyContext,
  schemes: readonly StudyScheme[],
  place: StepPlace,
): Promise<StepOutput> {
  const { pairs: most } = context.study.segments!;
  const chosen: SchemePairs[] = [];
  for (const { name, label, of } of schemes) {
    const pairs = await pairsOf(context, of, { label, most });
    chosen.push({ scheme: shownName(name), pairs });
  }
  const of = chosen.reduce((sum, { pairs }) => sum + pairs.length, 0);
  const options = attributionOf(context);
  const shares = await stepInPieces(context, place, {
    of,
    things: "pairs",
    work: (encoder, chunks) => segmentShares(encoder, chosen, { ...options, ...chunks }),
  });
  return {
    files: [
      { path: "data/segments.json", content: json(shares) },
      { path: "data/segments.tsv", content: segmentTsv(shares) },
    ],
    evaluations: Math.round(
      shares.reduce((sum, { evaluations, pairs }) => sum + evaluations * pairs, 0),
    ),
  };
}

/** The pairs of one label of a collection: so many at most. */
export async function sourceOf(
  context: StudyContext,
  one: StudyCollection,
  { label, most }: { readonly label: Label; readonly most: number },
): Promise<Source> {
  const collection = await context.collection(one);
  const { relevantFrom, nonRelevantUpto, negatives } = one;
  return await collectionSource(collection, {
    ...{ label, relevantFrom, nonRelevantUpto, negatives, maxPairs: most },
    seed: context.study.seed,
    place: await context.indexPlace(one.folder),
    missing: collection.missing,
    hint: `; set labels of ${one.abbreviation} in the study file, or "negatives": "bm25"`,
  });
}

/** Such pairs, whether the model agrees with them or not. */
export async function pairsOf(
  context: StudyContext,
  one: StudyCollection,
  choice: { readonly label: Label; readonly most: number },
): Promise<readonly LabelledPair[]> {
  return await takePairs(await sourceOf(context, one, choice));
}

/** A value as the text of a JSON file. */
export function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
