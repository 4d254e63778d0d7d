/**
 * Agreement: the model classifies a pair as it is labelled, and a triple's other passage as non-relevant;
 * a bi-encoder finds texts more alike than a threshold.
 */

import { type CrossEncoder, predictedLabel, score } from "../model/cross_encoder.ts";
import type { EncoderConfig } from "../model/config.ts";
import type { EncodeOptions } from "../model/pair_tokenizer.ts";
import type { LabelledPair } from "./attribution.ts";

/** Options of {@linkcode agreements}. */
export interface AgreementOptions extends EncodeOptions {
  /** The similarity above which a pair is relevant; bi-encoders have none of their own. */
  readonly threshold?: number;
}

/**
 * Whether the model predicts the label of each pair: class 1 where its logit is strictly larger, or its
 * similarity above the threshold. Of a triple, whether it puts the relevant passage above .5 and the other
 * below.
 *
 * @throws {TypeError} where a bi-encoder is asked without a threshold, or another model with one.
 */
export async function agreements(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  { maxLength, segments, threshold }: AgreementOptions = {},
): Promise<boolean[]> {
  checkThreshold(encoder.config, { agreement: true, threshold });
  const scores = await score(encoder, pairs, { maxLength, segments });
  const triples = pairs.flatMap(({ query, other }, i) =>
    other === undefined ? [] : [{ query, passage: other, i }]
  );
  const others = await score(encoder, triples, { maxLength, segments });
  const refused = new Set(
    triples.flatMap(({ i }, t) => others[t].probability < 0.5 ? [] : [i]),
  );
  return pairs.map(({ label }, i) =>
    predictedLabel(scores[i], threshold) === label && !refused.has(i)
  );
}

/** Refuses agreement with a bi-encoder where no threshold is given, and a threshold for models with logits. */
export function checkThreshold(
  { similarity }: Pick<EncoderConfig, "similarity">,
  { agreement, threshold }: { readonly agreement: boolean; readonly threshold?: number },
): void {
  if (similarity && agreement && threshold === undefined) {
    throw new TypeError(
      "Cannot tell which pairs a bi-encoder agrees with: expected a threshold (--threshold X), above which a similarity is relevant, got none",
    );
  }
  if (!similarity && threshold !== undefined) {
    throw new TypeError(
      `Cannot use threshold ${threshold} with this model: expected none, as its logits say which pairs are relevant`,
    );
  }
}
