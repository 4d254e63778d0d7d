/** Agreement: the model classifies a pair as it is labelled. */

import { type CrossEncoder, predictedLabel, score } from "../model/cross_encoder.ts";
import type { EncodeOptions } from "../model/tokenizer.ts";
import type { LabelledPair } from "./attribute.ts";

/** Whether the model predicts the label of each pair: class 1 where its logit is strictly larger. */
export async function agreements(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  { maxLength, segments }: EncodeOptions = {},
): Promise<boolean[]> {
  const scores = await score(encoder, pairs, { maxLength, segments });
  return pairs.map(({ label }, i) => predictedLabel(scores[i]) === label);
}
