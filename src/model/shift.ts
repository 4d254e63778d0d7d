/** What masks add to linears' outputs beyond factors: constants, or what units give in other pairs. */

import type { Ops, Tensor } from "../compute/ops.ts";
import type { Step } from "./steps.ts";
import { linesUsed, type MasksOfRows } from "./mask.ts";

/** Adds what masks shift a linear's masked output by; none where no unit of it is shifted. */
export function shiftOf(
  { masks: used }: { readonly masks?: MasksOfRows },
  { out, site }: Pick<Step & { readonly kind: "linear" }, "out" | "site">,
): ((ops: Ops, y: Tensor) => void) | undefined {
  if (!site || !used) return undefined;
  const { masks, donors } = used;
  const shift = masks.shift?.[site.layer][site.component];
  const keep = masks.donated?.[site.layer][site.component];
  if (!shift && !keep) return undefined;
  const maskOf = linesUsed(used, out);
  return (ops, y) => {
    const added = ops.empty(y.rows, y.width);
    if (shift) {
      ops.takeRows(added, shift, maskOf); // y[m] += shift[maskOf[m]]
      ops.add(y, y, added);
    }
    if (keep) {
      const given = donors?.values.get(out);
      if (!given) throw new RangeError("Cannot take units from donors: expected donors, got none");
      ops.takeRows(added, given, linesUsed(donors!, out));
      ops.mask(added, { keep, maskOf }); // y[m] += donated[maskOf[m]] ⊙ donor[lineOf[m]]
      ops.add(y, y, added);
    }
    ops.free(added);
  };
}
