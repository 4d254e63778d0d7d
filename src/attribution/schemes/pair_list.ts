/**
 * Digests that identify lists of pairs: SHA-256 of their texts and labels, independent of their
 * order.
 */

import { sha256 } from "../../formats/sha256.ts";
import { classOf } from "../../ir/words.ts";
import type { LabelledPair } from "../attribution.ts";

/**
 * SHA-256 of a pair: of the line `query<TAB>passage<TAB>label` (1 or 0) and its end; of a triple, of
 * `query<TAB>relevant<TAB>other` and its end.
 */
export async function pairDigest(
  { query, passage, label, other }: LabelledPair,
): Promise<string> {
  return await sha256(`${query}\t${passage}\t${other ?? classOf(label)}\n`);
}

/** SHA-256 of a list of pairs: of their digests, sorted, a line each. */
export async function pairListDigest(digests: readonly string[]): Promise<string> {
  return await sha256(digests.toSorted().map((digest) => `${digest}\n`).join(""));
}
