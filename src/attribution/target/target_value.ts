/** F of logits that were read: what the operation `objective` computes, on the host. */

import type { Target } from "../../compute/ops.ts";
import type { Label } from "../../ir/words.ts";
import { marginOf } from "../../model/cross_encoder.ts";

/** F of the class that the label names. */
export function targetValue(
  logits: readonly number[],
  { label, target }: { readonly label: Label; readonly target: Target },
): number {
  const isRelevant = label === "relevant";
  const margin = (isRelevant ? 1 : -1) * marginOf(logits);
  switch (target) {
    case "logit":
      return logits.length === 1 ? margin : logits[isRelevant ? 1 : 0];
    case "probability":
      return 1 / (1 + Math.exp(-margin));
    case "log-probability":
      return Math.min(margin, 0) - Math.log1p(Math.exp(-Math.abs(margin)));
    case "margin":
      return margin;
  }
}
