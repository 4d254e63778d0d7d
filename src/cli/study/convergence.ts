/** The step of a study that asks how many points of the path suffice. */

import {
  convergenceAttributions,
  convergencePairsTable,
  convergenceStudy,
  convergenceTable,
  type EncodeOptions,
  type LabelledPair,
  predictedLabel,
  type Schemes,
  score,
  type StudyCollection,
} from "../../../internal.ts";
import { seededRandom, shuffle } from "../../ir/random.ts";
import type { Devices } from "../run/devices.ts";
import { write } from "../run/progress.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { attributionOf, json, pairsOf, stepInPieces } from "./work.ts";

/** Pairs that the model is asked about at a time, until enough are classified as labelled. */
export const ASKED_AT_ONCE = 16;

/** Rules against a fine one, on pairs of every label of a collection. */
export async function makeConvergence(
  context: StudyContext,
  { one, schemes }: { readonly one: StudyCollection; readonly schemes: Schemes },
  place: StepPlace,
): Promise<StepOutput> {
  const { study } = context;
  const { steps, tolerances, reference, level } = study.convergence!;
  const { rule: inUse, ...attribution } = attributionOf(context);
  const { pairs, forwards } = await choosePairs(context, one);
  let evaluations = 0;
  const options = {
    ...attribution,
    ...{ collection: one.abbreviation, steps, tolerances, reference, level, inUse },
    schemes: {
      relevant: schemes.get(`P_${one.abbreviation}`),
      "non-relevant": schemes.get(`N_${one.abbreviation}`),
    },
    onEvaluations: (done: number) => void (evaluations = done),
  };
  const found = await stepInPieces(context, place, {
    of: pairs.length * convergenceAttributions({ steps, tolerances, inUse }),
    things: "attributions",
    work: (encoder, chunks) => convergenceStudy(encoder, pairs, { ...options, ...chunks }),
  });
  return {
    files: [
      { path: "data/convergence.json", content: json(found) },
      { path: "data/convergence.tsv", content: convergenceTable(found) },
      { path: "data/convergence-pairs.tsv", content: convergencePairsTable(found) },
    ],
    evaluations,
    forwards,
  };
}

/** Pairs of every label, drawn from those that schemes are made of. */
async function choosePairs(
  context: StudyContext,
  one: StudyCollection,
): Promise<{ readonly pairs: readonly LabelledPair[]; readonly forwards: number }> {
  const { attribution: { agreement }, convergence, seed } = context.study;
  const devices = await context.devices();
  const most = convergence!.pairs;
  const pairs: LabelledPair[] = [];
  let [asked, forwards] = [0, 0];
  for (const label of one.labels) {
    const found = await pairsOf(context, one, { label, most: one.maxPairs });
    const order = shuffle(found.pairs, seededRandom(seed));
    asked += order.length;
    const kept = agreement ? [] : order;
    for (let at = 0; agreement && at < order.length && kept.length < most; at += ASKED_AT_ONCE) {
      const chunk = order.slice(at, at + ASKED_AT_ONCE);
      kept.push(...await agreeing(devices, chunk, attributionOf(context)));
      forwards += chunk.length;
    }
    pairs.push(...kept.slice(0, most));
  }
  if (pairs.length > 0) return { pairs, forwards };
  throw new RangeError(
    `Cannot compare rules on ${one.folder}: the model agrees with the label of none of ${asked} pairs`,
  );
}

/** The pairs that the model classifies as they are labelled. */
export async function agreeing(
  devices: Devices,
  pairs: readonly LabelledPair[],
  options: EncodeOptions,
): Promise<LabelledPair[]> {
  const scores = await devices.run((encoder) => score(encoder, pairs, options), {
    done: () => 0,
    onLoss: (message) => write(`  ${message}; once more on a new device\n`),
  });
  return pairs.filter(({ label }, i) => predictedLabel(scores[i]) === label);
}
