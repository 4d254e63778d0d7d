/** BM25 indices of collections, kept as SQLite databases beside the corpus or in the user's cache. */

import { DatabaseSync } from "node:sqlite";
import { buildBm25Index, isBm25Index, isBm25IndexOf } from "../formats/bm25_index.ts";
import { searchBm25 } from "../formats/bm25_search.ts";
import type { Collection } from "../formats/collection.ts";
import type { Corpus } from "../formats/folder.ts";
import type { Passage, Run } from "../ir/words.ts";
import { makeFolder, named, reasonOf, splitPath } from "./files.ts";
import { sha256OfText } from "./hash.ts";
import { draftOf } from "./write.ts";

/** A partial index that nobody has touched for so long, in milliseconds, was left by a killed build. */
const ABANDONED = 3_600_000;

/** Where a collection's BM25 index is kept. */
export interface IndexPlace {
  /** The collection's folder. */
  readonly folder: string;
  /** The index's file; beside the corpus unless given. */
  readonly index?: string;
  /** Is told of an index that is being built. */
  readonly note?: (text: string) => void;
}

/** BM25's ranking for every judged query. */
export async function rankJudged(
  collection: Collection,
  { depth, progress, check, ...place }: IndexPlace & {
    readonly depth: number;
    /** Looks at the index before it is searched. */
    readonly check?: (index: DatabaseSync) => void;
    readonly progress?: (queries: number) => void;
  },
): Promise<Run> {
  const queries = await Promise.all(
    [...collection.qrels.keys()].map((id) => collection.queryOf(id, collection.judgements)),
  );
  using index = await openIndex(collection, place);
  check?.(index);
  return searchBm25(index, queries, { depth, progress });
}

/**
 * The collection's BM25 index, built first where there is none of the corpus as it is now. A build
 * happens under a temporary name, so that one that is killed leaves no index.
 */
export async function openIndex(
  corpus: Corpus,
  { folder, index, note }: IndexPlace,
): Promise<DatabaseSync> {
  const files = corpus.corpusFiles.map(({ path, size, modified }) => [path, size, modified]);
  const identity = JSON.stringify(files.sort());
  const path = index ?? await indexPath(folder, corpus);
  const found = openIfIndex(path, identity);
  if (found !== undefined) return found;
  using draft = await named("write", path, () => draftOf(path));
  await removeAbandoned(draft.path);
  const report = counter(note);
  try {
    using database = new DatabaseSync(draft.path);
    await buildBm25Index(database, corpus.passages(), { identity, progress: report });
  } catch (error) {
    const isOwn = !(error instanceof Error) || error.message.startsWith("Cannot ");
    if (isOwn) throw error; // of the corpus; SQLite's say neither what nor where
    throw new Error(`Cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
  await named("write", path, () => draft.finish());
  note?.(`BM25 index: ${path}`);
  return openIfIndex(path, identity)!;
}

/** An index of some passages, in memory. */
export async function indexInMemory(passages: Iterable<Passage>): Promise<DatabaseSync> {
  const database = new DatabaseSync(":memory:");
  async function* all() {
    yield* passages;
  }
  await buildBm25Index(database, all(), { identity: "memory" });
  return database;
}

/** Tells, every few seconds, how many passages are indexed; their total is not known yet. */
function counter(note: IndexPlace["note"]): (passages: number) => void {
  let last = performance.now();
  return (passages) => {
    if (!note || performance.now() - last < 5000) return;
    last = performance.now();
    note(`${passages} passages indexed`);
  };
}

function openIfIndex(path: string, identity: string): DatabaseSync | undefined {
  try {
    if (!Deno.statSync(path).isFile) return undefined;
  } catch {
    return undefined;
  }
  if (!isDatabase(path)) {
    throw new SyntaxError(
      `Cannot use ${path} as index: expected an SQLite database, got another file`,
    );
  }
  const database = new DatabaseSync(path, { readOnly: true });
  if (isBm25IndexOf(database, identity)) return database;
  const isIndex = isBm25Index(database);
  database.close();
  if (isIndex) return undefined; // of another corpus
  throw new RangeError(`Cannot use ${path} as index: expected one of BM25, got another database`);
}

/** Nothing but an index may be replaced by one. */
function isDatabase(path: string): boolean {
  using file = Deno.openSync(path);
  const head = new Uint8Array(15);
  return file.readSync(head) === 15 && new TextDecoder().decode(head) === "SQLite format 3";
}

/** Beside the corpus; in the user's cache where the corpus' folder is kept from writing. */
async function indexPath(dataset: string, corpus: Corpus): Promise<string> {
  const [{ path }] = corpus.corpusFiles;
  const folder = `${dataset}/${path}`.replace(/\/[^/]*$/, "");
  if (await isWritable(folder)) return `${folder}/bm25.sqlite`;
  const caches = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME") ?? "."}/.cache`;
  const name = sha256OfText(await Deno.realPath(folder)).slice(0, 16);
  await makeFolder(`${caches}/relevance-neurons`);
  return `${caches}/relevance-neurons/bm25-${name}.sqlite`;
}

async function isWritable(folder: string): Promise<boolean> {
  const { mode } = await Deno.stat(folder);
  // An administrator may write everywhere; a folder nobody was given to write is left alone all the same.
  if (mode !== null && (mode & 0o222) === 0) return false;
  const probe = `${folder}/bm25.sqlite.${Deno.pid}.partial`;
  try {
    await Deno.writeFile(probe, new Uint8Array(0));
    await Deno.remove(probe);
    return true;
  } catch {
    return false;
  }
}

/** What another build removed or finished meanwhile is not abandoned. */
function goneMeanwhile(error: unknown): { readonly mtime: null } {
  if (error instanceof Deno.errors.NotFound) return { mtime: null };
  throw error;
}

/** Removes what killed builds left; `draft` is where this one happens. */
async function removeAbandoned(draft: string): Promise<void> {
  const { folder, name: own } = splitPath(draft);
  const [, index] = /^(.*)\.\d+\.partial$/s.exec(own)!;
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith(`${index}.`) || !name.endsWith(".partial")) continue;
    const { mtime } = await Deno.stat(`${folder}/${name}`).catch(goneMeanwhile);
    if (mtime !== null && Date.now() - mtime.getTime() > ABANDONED) {
      await Deno.remove(`${folder}/${name}`).catch(goneMeanwhile);
    }
  }
}
