// A folder to read from, wherever it is: the command line, a page or a test gives one.

import type { Passage, Query, Run } from "../ir/words.ts";
import type { ByteStream } from "./gzip.ts";

/** One file below a folder. */
export interface FolderFile {
  /** From the folder, with "/" between its parts. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Time of the last change, in milliseconds since 1970; 0 where it is not known. */
  readonly modified: number;
}

/** A folder whose files can be listed and read from their beginning. */
export interface Folder {
  /** As errors and results name it. */
  readonly name: string;
  /** All files below it, those of its folders included, in any order. */
  list(): Promise<readonly FolderFile[]>;
  /** The bytes of the file at `path`. */
  open(path: string): ByteStream;
  /** Opens a BM25 index of a corpus in the folder, built first where there is none; where it can. */
  openIndex?(corpus: Corpus): Promise<SearchIndex>;
}

/** What an index is made of. */
export interface Corpus {
  /** Its files: an index of other ones is built anew. */
  readonly corpusFiles: readonly FolderFile[];
  /** All passages. */
  passages(): AsyncIterable<Passage>;
}

/** An open index. */
export interface SearchIndex extends Disposable {
  /** The `depth` best passages of every query; queries that match nothing are left out. */
  search(queries: Iterable<Query>, options: { readonly depth: number }): Run;
}
