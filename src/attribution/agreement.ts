/** Agreement: the model classifies a pair as it is labelled, and a triple's other passage as non-relevant. */

import { type CrossEncoder, predictedLabel, score } from "../model/cross_encoder.ts";
import type { EncodeOptions } from "../model/tokenizer.ts";
import type { LabelledPair } from "./attribute.ts";

/**
 * Whether the model predicts the label of each pair: class 1 where its logit is strictly larger. Of a
 * triple, whether it puts the relevant passage above .5 and the other below.
 */
export async function agreements(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  { maxLength, segments }: EncodeOptions = {},
): Promise<boolean[]> {
  const scores = await score(encoder, pairs, { maxLength, segments });
  const triples = pairs.flatMap(({ query, other }, i) =>
    other === undefined ? [] : [{ query, passage: other, i }]
  );
  const others = await score(encoder, triples, { maxLength, segments });
  const refused = new Set(
    triples.flatMap(({ i }, t) => others[t].probability < 0.5 ? [] : [i]),
  );
  return pairs.map(({ label }, i) => predictedLabel(scores[i]) === label && !refused.has(i));
}
