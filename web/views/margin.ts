/** The margin of logits: relevance minus non-relevance; one logit stands for the pair (0, logit). */

/** As the library has it. */
export const marginOf = (logits: readonly number[]): number =>
  logits.length === 1 ? logits[0] : logits[1] - logits[0];
