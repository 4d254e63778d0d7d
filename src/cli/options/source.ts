/** Where a command's pairs come from. */

import type { IndexedPair, SchemeProvenance } from "../../../internal.ts";
import type { ListLabel } from "../../ir/words.ts";
import type { Identity } from "../run/journal_file.ts";

/** A pair of a source; its `index` is its place among all of them, and names its file. */
export interface SourcePair extends IndexedPair {
  /** How messages call it. */
  readonly name: string;
  /** The passage's id; only where it has one. */
  readonly document?: string;
  /** The assessors' grade, or the class of its label; none where nobody judged it. */
  readonly grade?: number;
}

/** Pairs that a command may take, and where they come from. */
export interface Source {
  /** The collection's folder, or the file. */
  readonly name: string;
  readonly label: ListLabel;
  /** What messages call its pairs: `triples` where each has another passage; `pairs` unless given. */
  readonly things?: "pairs" | "triples";
  /** Whether pairs are dropped that the model classifies otherwise, unless the user says. */
  readonly agreement: "on" | "off";
  /** Which pairs these are, as one sentence. */
  readonly summary?: string;
  /** Their places in the order in which they are taken. */
  readonly order: readonly number[];
  /** How many different queries they have. */
  readonly queries: number;
  /** How many are taken at most; `Infinity` for all. */
  readonly most: number;
  /** The pairs at some places, with their texts: it may take a pass over the corpus. */
  pairsOf(places: readonly number[]): Promise<readonly SourcePair[]>;
  /** What a scheme says of them. */
  readonly origin: SchemeProvenance;
  /** What tells these pairs from others, in journals. */
  readonly identity: Identity;
  /** Pairs as `--pair-list` reads them; only where they have ids. */
  list?(pairs: readonly SourcePair[]): string;
  /** How many of some pairs nobody judged; only where they have ids. */
  sampled?(pairs: readonly SourcePair[]): number;
}

/** The pairs that are taken where nobody asks the model, in the order of their places. */
export async function takePairs(
  { order, most, pairsOf }: Source,
): Promise<readonly SourcePair[]> {
  return await pairsOf(order.slice(0, most).toSorted((a, b) => a - b));
}
