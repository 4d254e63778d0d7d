/** The two schemes that a scheme of triples is: of the relevant passages' runs, and of the others'. */

import type { Label } from "../../ir/words.ts";
import type { Scheme } from "./scheme.ts";

/**
 * The scheme of one side of target `pairwise`, with the label of that side's passages: positive where a
 * neuron raises the relevant passage's margin, or lowers the other's.
 *
 * @throws {TypeError} where the scheme is of pairs.
 */
export function sideOfScheme(scheme: Scheme, label: Label): Scheme {
  const { space, pairs, other, sums } = scheme;
  if (!other) throw new TypeError("Cannot take a side of a scheme: expected one of triples");
  const { mean, m2 } = label === "relevant" ? scheme : other;
  const own = label === "relevant" ? sums : sums?.other;
  const { sum, squares, byQuery } = own ?? {};
  return {
    ...{ space, pairs, mean, m2, metadata: { ...scheme.metadata, label } },
    ...(sum && squares
      ? { sums: { space, pairs, sum, squares, ...(byQuery ? { byQuery } : {}) } }
      : {}),
  };
}
