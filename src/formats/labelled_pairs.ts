// The labelled pairs of a collection, with their texts; and lists of pairs that repeat a selection.

import { type PairKey, type Selection, type SelectionOptions, selectPairs } from "../ir/pairs.ts";
import type { JudgedPair } from "../ir/words.ts";
import type { Collection, Requester } from "./collection.ts";
import { type ByteStream, excerpt, lineError, readLines } from "./lines.ts";

/** A selection with the texts of its pairs. */
export interface LabelledPairs extends Omit<Selection, "pairs"> {
  /** In the selection's order. */
  readonly pairs: readonly JudgedPair[];
}

/** Selects pairs of one class by grade and fetches their texts in one pass over the corpus. */
export async function labelledPairs(
  collection: Collection,
  options: SelectionOptions,
): Promise<LabelledPairs> {
  const selection = selectPairs(collection.qrels, options);
  const pairs = await fetchPairs(collection, selection.pairs, collection.judgements);
  return { ...selection, pairs };
}

/** The pairs with these ids, in their order; `requestedBy` is the file that named them. */
export async function fetchPairs(
  collection: Collection,
  keys: readonly PairKey[],
  requestedBy?: Requester,
): Promise<JudgedPair[]> {
  const passages = await collection.passagesOf(keys.map(({ document }) => document), requestedBy);
  return await Promise.all(keys.map(async ({ query, document, label, sampled }) => ({
    query: await collection.queryOf(query, requestedBy),
    passage: passages.get(document)!,
    label,
    sampled,
  })));
}

const HEADER = "query-id\tcorpus-id\tlabel\tsource";

/** The header of a list whose pairs have their lines among all that were asked for. */
const LINE_HEADER = `${HEADER}\tline`;

/** A pair of a list, and its place among all pairs that were asked for. */
export interface ListedPair extends PairKey {
  /** From 0: per-pair files are named by it. */
  readonly line: number;
}

/**
 * A list of pairs as text: five tab-separated fields a line, under a header.
 *
 * @throws {RangeError} where an id does not fit in a line.
 */
export function formatPairList(pairs: Iterable<ListedPair>): string {
  const lines = [LINE_HEADER];
  for (const { query, document, label, sampled, line } of pairs) {
    checkListedIds([query, document]);
    lines.push([query, document, label, sampled ? "sampled" : "judged", line].join("\t"));
  }
  return `${lines.join("\n")}\n`;
}

/** Refuses ids that a line of a list cannot hold. */
export function checkListedIds(ids: readonly string[]): void {
  for (const id of ids) {
    if (id !== "" && !/[\t\n\r]/.test(id) && id.isWellFormed()) continue;
    throw new RangeError(
      `Cannot write a list of pairs: expected ids without tabs and ends of lines, found ${
        excerpt(id)
      }`,
    );
  }
}

/** Reads what {@linkcode formatPairList} wrote; throws a SyntaxError that names file and line. */
export async function readPairList(bytes: ByteStream, file: string): Promise<ListedPair[]> {
  const pairs: ListedPair[] = [];
  const seen = new Set<string>();
  let width = 0;
  for await (const line of readLines(bytes, file)) {
    if (line.number === 1) {
      if (line.text !== HEADER && line.text !== LINE_HEADER) {
        throw lineError(line, excerpt(LINE_HEADER), excerpt(line.text));
      }
      width = line.text.split("\t").length;
      continue;
    }
    const fields = line.text.split("\t");
    const [query, document, label, source, place = String(pairs.length)] = fields;
    if (
      fields.length !== width || (label !== "relevant" && label !== "non-relevant") ||
      (source !== "judged" && source !== "sampled") || !/^\d{1,15}$/.test(place)
    ) {
      throw lineError(line, `${width} fields as in its header`, excerpt(line.text));
    }
    if (seen.has(`${query}\t${document}`)) throw lineError(line, "every pair once", `it again`);
    seen.add(`${query}\t${document}`);
    pairs.push({ query, document, label, sampled: source === "sampled", line: Number(place) });
  }
  if (width === 0) throw new SyntaxError(`Cannot read ${file}: expected a list of pairs, got none`);
  return pairs;
}

/** The list of all pairs of several lists, in the order of their lines. */
export function joinPairLists(lists: Iterable<readonly ListedPair[]>): string {
  return formatPairList([...lists].flat().sort((a, b) => a.line - b.line));
}
