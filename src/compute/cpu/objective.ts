/** F and its gradient by the logits. Twin of shaders/objective.wgsl */

import type { Target } from "../ops.ts";
import type { Matrix } from "./matrix.ts";

/**
 * F of class `label` (1 relevant, 0 non-relevant), m = the logit of that class minus the other's:
 * logit z_label (±s for one logit s), probability σ(m), log-probability log σ(m), margin m.
 */
export function objective(
  value: Matrix,
  dlogits: Matrix,
  logits: Matrix,
  label: Matrix,
  target: Target,
): void {
  const labels = logits.width;
  for (let r = 0; r < logits.rows; r++) {
    const relevant = label.data[r] > 0.5;
    const sign = relevant ? 1 : -1;
    const last = r * labels + labels - 1;
    const margin = sign *
      (labels === 1 ? logits.data[last] : logits.data[last] - logits.data[last - 1]);
    if (target === "logit" && labels === 2) {
      value.data[r] = logits.data[relevant ? last : last - 1];
      dlogits.data[last - 1] = relevant ? 0 : 1;
      dlogits.data[last] = relevant ? 1 : 0;
      continue;
    }
    const probability = 1 / (1 + Math.exp(-margin));
    let slope = 1;
    value.data[r] = margin;
    if (target === "probability") {
      value.data[r] = probability;
      slope = probability * (1 / (1 + Math.exp(margin)));
    } else if (target === "log-probability") {
      value.data[r] = Math.min(margin, 0) - Math.log1p(Math.exp(-Math.abs(margin)));
      slope = 1 / (1 + Math.exp(margin));
    }
    dlogits.data[last] = sign * slope;
    if (labels === 2) dlogits.data[last - 1] = -sign * slope;
  }
}
