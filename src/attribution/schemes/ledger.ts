/**
 * A line for each pair of a scheme, with its evaluations and gaps of completeness. The scheme's
 * metadata summarise these lines; the order of the pairs does not matter.
 */

import type { PairRecord } from "../pair_record.ts";

/** One pair's line. */
export interface LedgerLine {
  /** Its place in the list of all pairs. */
  readonly index: number;
  /** Forward and backward evaluations. */
  readonly evaluations: number;
  /** Largest gap of completeness, as a part of |F(input) - F(baseline)|. */
  readonly relative: number;
  /** The same in units of F. */
  readonly worst: number;
  /** SHA-256 of the pair's texts and label. */
  readonly digest: string;
}

/** Gaps of completeness over pairs, the largest over all cuts of each pair. */
export interface Gaps {
  /** Mean over pairs, as a part of |F(input) - F(baseline)|. */
  readonly mean: number;
  /** The worst, as such a part. */
  readonly worst: number;
  /** The worst in units of F. */
  readonly worstAbsolute: number;
  /** Place of the pair with the worst; the first of equals. */
  readonly worstPair: number;
}

/** The line of a finished pair. */
export function ledgerLine(
  { index, evaluations, completeness }: PairRecord,
  digest: string,
): LedgerLine {
  return {
    ...{ index, evaluations, digest },
    ...{ relative: completeness.relative, worst: completeness.worst },
  };
}

/** Means and worst of a ledger, added in the order of places. */
export function summarize(
  ledger: readonly LedgerLine[],
): { readonly evaluations: number; readonly gaps: Gaps } {
  const lines = ledger.toSorted((a, b) => a.index - b.index);
  const mean = (of: (line: LedgerLine) => number) =>
    lines.reduce((sum, line) => sum + of(line), 0) / lines.length;
  const worst = lines.reduce((most, line) => Math.max(most, line.relative), 0);
  return {
    evaluations: mean((line) => line.evaluations),
    gaps: {
      mean: mean((line) => line.relative),
      worst,
      worstAbsolute: lines.reduce((most, line) => Math.max(most, line.worst), 0),
      worstPair: (lines.find((line) => line.relative === worst) ?? lines[0])?.index ?? 0,
    },
  };
}

/** A ledger as text, a line a pair in the order of places; numbers keep every bit. */
export function formatLedger(ledger: readonly LedgerLine[]): string {
  return ledger.toSorted((a, b) => a.index - b.index)
    .map((line) => [line.index, line.evaluations, line.relative, line.worst, line.digest].join(" "))
    .join("\n");
}

/** Reads what {@linkcode formatLedger} wrote; `action` begins the SyntaxError where it is none. */
export function parseLedger(text: string, action: string): LedgerLine[] {
  if (text === "") return [];
  return text.split("\n").map((line, i) => {
    const fields = line.split(" ");
    const [index, evaluations, relative, worst] = fields.map(Number);
    const whole = [index, evaluations].every((value) => Number.isSafeInteger(value) && value >= 0);
    const digest = fields[4] ?? "";
    if (
      fields.length !== 5 || !whole || !(relative >= 0) || !(worst >= 0) ||
      !/^[0-9a-f]{64}$/.test(digest)
    ) {
      throw new SyntaxError(
        `${action}: expected line ${
          i + 1
        } of its ledger to hold a place, evaluations, two gaps and a SHA-256, got ${
          JSON.stringify(line.slice(0, 80))
        }`,
      );
    }
    return { index, evaluations, relative, worst, digest };
  });
}
