// How collections are laid out in a folder: BEIR, LoTTE, MS MARCO and TREC, recognised by file names.

import type { FolderFile } from "./folder.ts";
import { readMarkupTexts, readMarkupTopics } from "./markup.ts";
import { readJsonTexts, readMsMarcoTexts, readTabTexts, type TextReader } from "./texts.ts";

/** A file and what reads it. */
export interface Source {
  /** Where it lies. */
  readonly file: FolderFile;
  /** What turns its lines into texts. */
  readonly read: TextReader;
}

/** Where a collection's parts lie. */
export interface Layout {
  /** Whose way of laying out files it is. */
  readonly name: "BEIR" | "LoTTE" | "MS MARCO" | "TREC";
  /** Which of the splits this is. */
  readonly split: string;
  /** The documents' files, one or many. */
  readonly corpus: readonly Source[];
  /** The queries of the split. */
  readonly queries: Source;
  /** The judgements of the split. */
  readonly qrels: FolderFile;
}

/**
 * The layout of a folder with these files, and the split that `split` names, or the usual one
 * without it. Throws a RangeError where the files are no collection, or the split is not there or
 * must be named.
 */
export function recogniseLayout(
  files: readonly FolderFile[],
  { folder, split }: { readonly folder: string; readonly split?: string },
): Layout {
  const sorted = files.filter(({ path }) => !NO_PART.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const layout = beir(sorted, folder, split) ?? lotte(sorted, folder, split) ??
    trec(sorted, folder, split);
  if (layout !== undefined) return layout;
  const found = sorted.slice(0, 8).map(({ path }) => path).join(", ");
  throw new RangeError(
    `Cannot recognise the collection in ${folder}: expected BEIR (corpus.jsonl, queries.jsonl, qrels/), ` +
      "LoTTE (collection.tsv, questions.*.tsv, qas.*.jsonl), MS MARCO (collection.tsv, queries.*.tsv, qrels) " +
      `or TREC (documents, topics, qrels), found ${found === "" ? "no files" : found}`,
  );
}

/** What this program keeps beside a corpus, and hidden files. */
const NO_PART = /(^|\/)(\.[^/]*|bm25\.sqlite|[^/]*\.partial)$/;

const BEIR = {
  corpus: /^corpus\.jsonl$/,
  queries: /^queries\.jsonl$/,
  qrels: /^qrels\/([^/]+)\.(tsv|trec|txt)$/,
};
const LOTTE = {
  corpus: /^(?:[^/]+\/)?collection\.tsv$/,
  queries: /^(?:[^/]+\/)?questions\.[^/]+\.tsv$/,
  qrels: /^((?:[^/]+\/)?qas\.[^/]+)\.jsonl$/,
};
/** The files of MS MARCO's passages of version 2 (TREC Deep Learning 2021 and 2022). */
const MS_MARCO_V2 = /^(?:msmarco_v2_passage\/)?msmarco_v2_passage_\d+(?:\.jsonl)?$/;
const TREC = {
  corpus: new RegExp(`^(collection|corpus|documents?|docs?)\\b|${MS_MARCO_V2.source}`, "i"),
  queries: /^(?:topics\/)?([^/]*(?:topics|queries)[^/]*|(?<=topics\/)[^/]+)$/i,
  qrels: /^(?:qrels\/)?([^/]*qrels[^/]*|(?<=qrels\/)[^/]+)$/i,
};

/** Whether a file of a collection's folder, by its path below it, may be read as a part of it. */
export function isCollectionFile(path: string): boolean {
  const names = [BEIR, LOTTE, TREC].flatMap((layout) => Object.values(layout));
  return !NO_PART.test(path) && names.some((name) => name.test(plainName(path)));
}

type Recognise = (
  files: readonly FolderFile[],
  folder: string,
  split: string | undefined,
) => Layout | undefined;

const beir: Recognise = (files, folder, split) => {
  const corpus = named(files, BEIR.corpus);
  const queries = named(files, BEIR.queries);
  const qrels = matches(files, BEIR.qrels);
  if (corpus === undefined || queries === undefined || qrels.length === 0) return undefined;
  const chosen = choose(qrels, {
    folder,
    split,
    wanted: split === undefined ? ["test", "dev"] : [split],
  });
  return {
    name: "BEIR",
    split: chosen.split,
    corpus: [{ file: corpus, read: readJsonTexts }],
    queries: { file: queries, read: readJsonTexts },
    qrels: chosen.file,
  };
};

const lotte: Recognise = (files, folder, split) => {
  // The folder may be a domain, holding dev/ and test/, or one of those two.
  const qas = matches(files, LOTTE.qrels).map(({ file, split }) => ({
    file,
    split: split.replace("qas.", ""),
  }));
  if (qas.length === 0) return undefined;
  const wanted = split === undefined
    ? ["test/search", "search", "dev/search"]
    : [split, `test/${split}`, `${split}/search`];
  const chosen = choose(qas, { folder, split, wanted });
  const [type] = chosen.split.split("/").slice(-1);
  const base = chosen.split.slice(0, -type.length);
  const corpus = files.find(({ path }) => plainName(path) === `${base}collection.tsv`);
  const queries = files.find(({ path }) => plainName(path) === `${base}questions.${type}.tsv`);
  if (corpus === undefined || queries === undefined) return undefined;
  return {
    name: "LoTTE",
    split: chosen.split,
    corpus: [{ file: corpus, read: readTabTexts }],
    queries: { file: queries, read: readTabTexts },
    qrels: chosen.file,
  };
};

const trec: Recognise = (files, folder, split) => {
  const qrels = matches(files, TREC.qrels);
  const topics = matches(files, TREC.queries);
  const parts = new Set([...qrels, ...topics].map(({ file }) => file));
  const corpus = files.filter((file) => !parts.has(file) && TREC.corpus.test(plainName(file.path)));
  if (qrels.length === 0 || topics.length === 0 || corpus.length === 0) return undefined;
  const chosen = choose(qrels, { folder, split, wanted: split === undefined ? [] : [split] });
  const part = splitOf(chosen.split);
  const queries = topics.length === 1
    ? topics[0]
    : choose(topics, { folder, split: split ?? part, wanted: [part, split ?? part] });
  const isMsMarco = corpus.some(({ path }) =>
    plainName(path) === "collection.tsv" || MS_MARCO_V2.test(plainName(path))
  );
  return {
    name: isMsMarco ? "MS MARCO" : "TREC",
    split: part,
    corpus: corpus.map((file) => ({ file, read: readerOf(file) })),
    queries: { file: queries.file, read: topicReaderOf(queries.file) },
    qrels: chosen.file,
  };
};

interface Part {
  readonly file: FolderFile;
  readonly split: string;
}

/** Files whose name without .gz matches, and the part of it in parentheses. */
function matches(files: readonly FolderFile[], pattern: RegExp): Part[] {
  return files.flatMap((file) => {
    const match = pattern.exec(plainName(file.path));
    return match === null ? [] : [{ file, split: match[1] }];
  });
}

function named(files: readonly FolderFile[], pattern: RegExp): FolderFile | undefined {
  return files.find(({ path }) => pattern.test(plainName(path)));
}

/** The one part that is named as wanted, exactly before approximately; the only one where none is asked for. */
function choose(
  parts: readonly Part[],
  { folder, split, wanted }: {
    readonly folder: string;
    /** As asked for; undefined where nothing was. */
    readonly split: string | undefined;
    /** Names to look for, in this order. */
    readonly wanted: readonly string[];
  },
): Part {
  if (split === undefined && parts.length === 1) return parts[0];
  const fits: readonly ((part: Part, name: string) => boolean)[] = [
    (part, name) => part.split === name,
    (part, name) => splitOf(part.split) === name,
    (part, name) => part.split.includes(name),
  ];
  for (const name of wanted) {
    for (const fit of fits) {
      const found = parts.filter((part) => fit(part, name));
      if (found.length === 1) return found[0];
    }
  }
  const choices = parts.map((part) => splitOf(part.split)).join(", ");
  const got = split === undefined ? "none" : `"${split}"`;
  throw new RangeError(
    `Cannot choose a split of ${folder}: expected one of ${choices}, got ${got}`,
  );
}

/** "qrels.dev.small.tsv" → "dev.small"; "2019qrels-pass.txt" → "2019-pass". */
function splitOf(name: string): string {
  const part = name.replace(/\.(tsv|txt|trec|xml|gz|qrels)$/i, "").replace(
    /(^|[._-])qrels[._-]/i,
    "$1",
  )
    .replace(/qrels/i, "").replace(/^[._-]+|[._-]+$/g, "");
  return part === "" ? name : part;
}

function plainName(path: string): string {
  return path.replace(/\.gz$/, "");
}

function readerOf({ path }: FolderFile): TextReader {
  if (MS_MARCO_V2.test(plainName(path))) return readMsMarcoTexts;
  if (/\.tsv(\.gz)?$/i.test(path)) return readTabTexts;
  return /\.jsonl(\.gz)?$/i.test(path) ? readJsonTexts : readMarkupTexts;
}

function topicReaderOf({ path }: FolderFile): TextReader {
  if (/\.tsv(\.gz)?$/i.test(path)) return readTabTexts;
  return /\.jsonl(\.gz)?$/i.test(path) ? readJsonTexts : readMarkupTopics;
}
