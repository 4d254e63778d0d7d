/** The step of a study that finds mean activations, which Table 4 may set neurons to. */

import {
  encodedWhenAsked,
  encodeMeans,
  type LabelledPair,
  type MeanActivations,
  meanActivations,
  MEANS_FILE,
  openMeans,
  piecesOfMeans,
  type StudyCollection,
} from "../../../internal.ts";
import { folderLoader, splitPath } from "../../deno/files.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { pairsOf, stepInPieces } from "./work.ts";

/** Mean activations over pairs of all labels of a collection. */
export async function makeMeans(
  context: StudyContext,
  { one, most }: { readonly one: StudyCollection; readonly most: number },
  place: StepPlace,
): Promise<StepOutput> {
  const { study } = context;
  const encoding = {
    maxLength: study.ablation!.maxLength,
    segments: study.attribution.segments,
  };
  const pairs: LabelledPair[] = [];
  for (const label of one.labels) pairs.push(...await pairsOf(context, one, { label, most }));
  const means = await stepInPieces<Omit<MeanActivations, "metadata">>(context, place, {
    of: piecesOfMeans(pairs.length),
    things: `pieces of ${pairs.length} pairs`,
    work: (encoder, chunks) =>
      meanActivations(encoder, encodedWhenAsked(encoder, pairs, encoding), chunks),
  });
  const metadata = {
    dataset: one.abbreviation,
    model: study.model,
    model_sha256: context.hashes.model,
    tokenizer_sha256: context.hashes.tokenizer,
    version: String(context.common.version),
  };
  return {
    files: [{ path: MEANS_FILE, content: encodeMeans({ ...means, metadata }) }],
    forwards: pairs.length,
  };
}

/** The mean activations that the step made. */
export async function readMeansOf({ steps }: StudyContext): Promise<Float64Array> {
  const { folder, name } = splitPath(steps.where(MEANS_FILE));
  return (await openMeans(await folderLoader(folder), name)).mean;
}
