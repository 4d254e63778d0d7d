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

/** A list of pairs as text: four tab-separated fields a line, under a header; a RangeError where an id does not fit. */
export function formatPairList(pairs: Iterable<JudgedPair>): string {
  const lines = [HEADER];
  for (const { query, passage, label, sampled } of pairs) {
    for (const { id } of [query, passage]) {
      if (id !== "" && !/[\t\n\r]/.test(id) && id.isWellFormed()) continue;
      throw new RangeError(
        `Cannot write a list of pairs: expected ids without tabs and ends of lines, found ${
          excerpt(id)
        }`,
      );
    }
    lines.push(`${query.id}\t${passage.id}\t${label}\t${sampled ? "sampled" : "judged"}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Reads what {@linkcode formatPairList} wrote; throws a SyntaxError that names file and line. */
export async function readPairList(bytes: ByteStream, file: string): Promise<PairKey[]> {
  const pairs: PairKey[] = [];
  const seen = new Set<string>();
  for await (const line of readLines(bytes, file)) {
    if (line.number === 1) {
      if (line.text !== HEADER) throw lineError(line, excerpt(HEADER), excerpt(line.text));
      continue;
    }
    const fields = line.text.split("\t");
    const [query, document, label, source] = fields;
    if (
      fields.length !== 4 || (label !== "relevant" && label !== "non-relevant") ||
      (source !== "judged" && source !== "sampled")
    ) {
      throw lineError(line, `four fields as in its header`, excerpt(line.text));
    }
    if (seen.has(`${query}\t${document}`)) throw lineError(line, "every pair once", `it again`);
    seen.add(`${query}\t${document}`);
    pairs.push({ query, document, label, sampled: source === "sampled" });
  }
  return pairs;
}
