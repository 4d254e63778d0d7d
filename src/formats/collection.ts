// A test collection: a corpus too large to hold, its queries, and its judgements.

import type { Passage, Qrels, Query } from "../ir/words.ts";
import type { Folder, FolderFile } from "./folder.ts";
import { IdSet } from "./id_set.ts";
import { recogniseLayout, type Source } from "./layouts.ts";
import { excerpt, type Line, lineError, readLines, where } from "./lines.ts";
import { parseObject, type Text } from "./texts.ts";
import { readQrels } from "./trec.ts";

/** An open collection; queries and judgements are held, the corpus is streamed at every use. */
export interface Collection {
  /** The folder's name. */
  readonly name: string;
  /** Whose way of laying out files it follows. */
  readonly layout: "BEIR" | "LoTTE" | "MS MARCO" | "TREC";
  /** Which of its splits this is. */
  readonly split: string;
  /** The corpus' files: what an index of it depends on. */
  readonly corpusFiles: readonly FolderFile[];
  /** The queries of the split by id. */
  readonly queries: ReadonlyMap<string, Query>;
  /** The judgements of the split. */
  readonly qrels: Qrels;
  /** All passages in the order of their files; throws a SyntaxError that names file and line. */
  passages(): AsyncIterable<Passage>;
  /**
   * The passages with these ids, found in one pass. Throws a RangeError where the corpus lacks one;
   * `requestedBy`, where the ids come from (a file), is then searched for the line to be named.
   */
  passagesOf(ids: Iterable<string>, requestedBy?: Requester): Promise<ReadonlyMap<string, Passage>>;
  /** The query with this id; throws a RangeError, as `passagesOf` does, where there is none. */
  queryOf(id: string, requestedBy?: Requester): Promise<Query>;
  /** The file of judgements, as the requestedBy of ids that it names. */
  readonly judgements: Requester;
}

/** A file that names ids. */
export interface Requester {
  /** As errors name it. */
  readonly file: string;
  /** Its bytes, from the beginning. */
  open(): AsyncIterable<Uint8Array>;
}

/**
 * Opens the collection in `folder`, of whichever layout it is, and reads its queries and judgements
 * of `split` (LoTTE: "test/search", "dev/forum", …). Throws a RangeError where the folder is no
 * collection, and a SyntaxError that names file and line where a file is not what it should be.
 */
export async function openCollection(
  folder: Folder,
  options: { readonly split?: string } = {},
): Promise<Collection> {
  const layout = recogniseLayout(await folder.list(), {
    folder: folder.name,
    split: options.split,
  });
  const linesOf = (file: FolderFile) =>
    readLines(folder.open(file.path), `${folder.name}/${file.path}`);
  const queries = new Map<string, Query>();
  for await (const { id, text, line } of layout.queries.read(linesOf(layout.queries.file))) {
    if (queries.has(id)) throw lineError(line, "every query id once", `"${id}" again`);
    queries.set(id, { id: own(id), text: own(text) });
  }
  if (queries.size === 0) throw emptyError([layout.queries.file], { folder, wanted: "queries" });
  const judgements: Requester = {
    file: `${folder.name}/${layout.qrels.path}`,
    open: () => folder.open(layout.qrels.path),
  };
  const qrels = layout.name === "LoTTE"
    ? await readAnswers(linesOf(layout.qrels))
    : await readQrels(judgements.open(), judgements.file);
  if (qrels.size === 0) throw emptyError([layout.qrels], { folder, wanted: "judgements" });
  async function* passages(): AsyncGenerator<Text> {
    let empty = true;
    for await (const text of readCorpus(folder, layout.corpus, linesOf)) {
      empty = false;
      yield text;
    }
    if (!empty) return;
    throw emptyError(layout.corpus.map(({ file }) => file), { folder, wanted: "documents" });
  }
  return {
    name: folder.name,
    layout: layout.name,
    split: layout.split,
    corpusFiles: layout.corpus.map(({ file }) => file),
    queries,
    qrels,
    judgements,
    async *passages() {
      for await (const text of passages()) yield passageOf(text);
    },
    passagesOf: (ids, requestedBy) =>
      findPassages(passages(), { ids, requestedBy, folder: folder.name }),
    async queryOf(id, requestedBy) {
      const query = queries.get(id);
      if (query !== undefined) return query;
      throw new RangeError(
        `Cannot find query "${id}"${await askedAt(
          id,
          requestedBy,
        )}: expected it in ${folder.name}/${layout.queries.file.path}, found none`,
      );
    },
  };
}

/** Files that hold nothing: what follows from them would look like a result. */
function emptyError(
  files: readonly FolderFile[],
  { folder, wanted }: { readonly folder: Folder; readonly wanted: string },
): SyntaxError {
  const names = files.map(({ path }) => `${folder.name}/${path}`).join(", ");
  return new SyntaxError(`Cannot read ${names}: expected ${wanted}, found none`);
}

async function* readCorpus(
  folder: Folder,
  sources: readonly Source[],
  linesOf: (file: FolderFile) => AsyncIterable<Line>,
): AsyncGenerator<Text> {
  const seen = new IdSet();
  for (const { file, read } of sources) {
    if (file.size === 0) throw emptyError([file], { folder, wanted: "documents" });
    for await (const text of read(linesOf(file))) {
      if (!seen.add(text.id)) throw lineError(text.line, "every id once", `"${text.id}" again`);
      yield text;
    }
  }
}

async function findPassages(
  texts: AsyncIterable<Text>,
  { ids, requestedBy, folder }: { ids: Iterable<string>; requestedBy?: Requester; folder: string },
): Promise<ReadonlyMap<string, Passage>> {
  const wanted = new Set(ids);
  const found = new Map<string, Passage>();
  if (wanted.size === 0) return found;
  for await (const text of texts) {
    if (wanted.has(text.id)) found.set(own(text.id), passageOf(text));
  }
  const missing = [...wanted].filter((id) => !found.has(id));
  if (missing.length === 0) return found;
  throw await missingError(missing, { requestedBy, folder });
}

/** That a corpus lacks documents, with the line that asks for the first. */
export async function missingError(
  missing: readonly string[],
  { requestedBy, folder }: { readonly requestedBy?: Requester; readonly folder: string },
): Promise<RangeError> {
  const more = missing.length > 1 ? `, nor ${missing.length - 1} others` : "";
  const asked = await askedAt(missing[0], requestedBy);
  return new RangeError(
    `Cannot find document "${
      missing[0]
    }"${asked}: expected it in the corpus of ${folder}, found none${more}`,
  );
}

/** The title, where there is one, leads the text. */
function passageOf({ id, title, text }: Text): Passage {
  return { id: own(id), text: own(title === "" ? text : `${title} ${text}`) };
}

/**
 * A copy of a text that was cut out of a larger one: engines keep the whole of that alive as long as
 * the part, which would hold a block of lines for every passage kept.
 */
function own(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}

/** " of file:line", the first line of the requestedBy's file that names the id. */
async function askedAt(id: string, requestedBy: Requester | undefined): Promise<string> {
  if (requestedBy === undefined) return "";
  for await (const line of readLines(requestedBy.open(), requestedBy.file)) {
    const fields = line.text.startsWith("{")
      ? line.text.split(/[\s,:"\[\]{}]+/)
      : line.text.split(/\s+/);
    if (fields.includes(id)) return ` of ${where(line)}`;
  }
  return ` of ${requestedBy.file}`;
}

/** LoTTE's answers: objects with `qid` and `answer_pids`, each of which is relevant (grade 1). */
async function readAnswers(lines: AsyncIterable<Line>): Promise<Qrels> {
  const qrels = new Map<string, Map<string, number>>();
  for await (const line of lines) {
    if (line.text.trim() === "") continue;
    const { qid, answer_pids: answers } = parseObject(line);
    if (!isId(qid) || !Array.isArray(answers) || !answers.every(isId)) {
      throw lineError(line, `a "qid" and a list "answer_pids" of ids`, excerpt(line.text));
    }
    if (qrels.has(String(qid))) throw lineError(line, "every qid once", `${qid} again`);
    qrels.set(String(qid), new Map(answers.map((id) => [String(id), 1])));
  }
  return qrels;
}

function isId(value: unknown): value is string | number {
  return typeof value === "string" || Number.isSafeInteger(value);
}
