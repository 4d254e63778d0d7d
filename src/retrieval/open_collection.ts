/** A test collection that pairs are drawn from, and that may be searched. */

import { type Collection, openCollection as openFiles } from "../formats/collection.ts";
import type { Folder } from "../formats/folder.ts";
import { labelledPairs } from "../formats/labelled_pairs.ts";
import type { SelectionOptions } from "../ir/pairs.ts";
import type { Label, Run } from "../ir/words.ts";

/** A pair of a collection with its texts, its label, and where it comes from. */
export interface CollectionPair {
  /** The query's text. */
  readonly query: string;
  /** The passage's text. */
  readonly passage: string;
  /** What it was judged. */
  readonly label: Label;
  /** As the collection numbers the query. */
  readonly queryId: string;
  /** As the collection numbers the passage. */
  readonly passageId: string;
  /** True where nobody judged the pair: a negative drawn from a ranking. */
  readonly sampled: boolean;
}

/** Options of {@linkcode SearchableCollection.pairs}. */
export interface PairsOptions extends Omit<SelectionOptions, "label" | "maxPairs"> {
  /** At most so many pairs, as evenly over queries as they allow; all unless given. */
  readonly max?: number;
}

/** An open collection. */
export interface SearchableCollection extends Collection {
  /**
   * The pairs of one label, by grade; the same options give the same pairs on every machine.
   *
   * @throws {RangeError} where the corpus lacks a judged document.
   */
  pairs(label: Label, options?: PairsOptions): Promise<readonly CollectionPair[]>;
  /**
   * BM25's best passages of every judged query: k1 1.2, b .75, Porter stems, Terrier's stop words.
   *
   * @throws {RangeError} where the collection's folder cannot be searched.
   */
  candidates(options: { readonly depth: number }): Promise<Run>;
}

/**
 * Opens the collection in a folder laid out as BEIR, LoTTE, MS MARCO or TREC have theirs, and reads
 * its queries and judgements; the corpus is read at every use.
 *
 * @throws {RangeError} where the folder is no collection, {@linkcode SyntaxError} that names file and
 * line where a file is not what it should be.
 */
export async function openCollection(
  folder: Folder,
  options: { readonly split?: string } = {},
): Promise<SearchableCollection> {
  const collection = await openFiles(folder, options);
  return {
    ...collection,
    async pairs(label, { max, ...selection } = {}) {
      const { pairs } = await labelledPairs(collection, { label, maxPairs: max, ...selection });
      return pairs.map(({ query, passage, label, sampled }) => ({
        query: query.text,
        passage: passage.text,
        label,
        queryId: query.id,
        passageId: passage.id,
        sampled,
      }));
    },
    async candidates({ depth }) {
      if (!folder.openIndex) {
        throw new RangeError(
          `Cannot search ${folder.name}: expected a folder with an index (that of the entry ./deno has one), or candidates of your own`,
        );
      }
      const queries = await Promise.all(
        [...collection.qrels.keys()].map((id) => collection.queryOf(id, collection.judgements)),
      );
      const index = await folder.openIndex(collection);
      try {
        return index.search(queries, { depth });
      } finally {
        index[Symbol.dispose]();
      }
    },
  };
}
