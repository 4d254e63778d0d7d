// The collection that a command works with: `--dataset`, its split, and its BM25 index.

import { type Collection, openCollection } from "../../formats/collection.ts";
import { type JudgedCollection, type JudgedOptions, withoutMissing } from "../../formats/judged.ts";
import { isCollectionFile } from "../../formats/layouts.ts";
import type { Arguments, FileRole, OptionSpec } from "../command.ts";
import type { IndexPlace } from "../../deno/bm25.ts";
import { openFolder } from "../../deno/folder.ts";

/** The files of a collection's folder. */
export const collectionFiles: FileRole = { use: "read", holds: isCollectionFile, deep: true };

/** Options of every command that reads a collection. */
export const datasetOptions: Readonly<Record<string, OptionSpec>> = {
  dataset: {
    value: "FOLDER",
    help: "a collection laid out as BEIR, LoTTE, MS MARCO or TREC",
    file: collectionFiles,
  },
  split: {
    value: "NAME",
    help: "which of its splits, e.g. test, dev/forum; the usual one by default",
  },
};

/** The option of every command that takes judgements and the documents that they are of. */
export const strictOption: Readonly<Record<string, OptionSpec>> = {
  strict: { help: "fail where a judged document is not in the corpus, which else is left out" },
};

/** Options of commands that search a collection. */
export const indexOptions: Readonly<Record<string, OptionSpec>> = {
  index: {
    value: "FILE",
    help: "where its BM25 index is kept; beside the corpus by default",
    file: { use: "written", plain: true },
  },
};

/** Opens the collection of `--dataset`. */
export async function openDataset(args: Arguments): Promise<Collection> {
  return await openCollection(openFolder(args.text("dataset")), { split: args.get("split") });
}

/** Opens a collection whose judgements matter; those of documents that it lacks are left out and told of. */
export async function openJudged(
  folder: string,
  { split, quiet, ...options }: JudgedOptions & {
    readonly split?: string;
    readonly quiet: boolean;
  },
): Promise<JudgedCollection> {
  const collection = await withoutMissing(
    await openCollection(openFolder(folder), { split }),
    options,
  );
  const { judgements, documents } = collection.missing;
  if (judgements > 0 && !quiet) {
    const named = documents.slice(0, NAMED).map((id) => JSON.stringify(id)).join(", ");
    console.error(
      `note: left out ${judgements} judgements of ${collection.judgements.file}: the corpus lacks ${documents.length} documents, ${named}${
        documents.length > NAMED ? ", …" : ""
      }; --strict makes this fatal`,
    );
  }
  return collection;
}

/** Missing documents that are named. */
const NAMED = 10;

/** The place of `--index`. */
export function indexPlace(args: Arguments): IndexPlace {
  return {
    folder: args.text("dataset"),
    index: args.get("index"),
    note: args.has("quiet") ? undefined : console.error,
  };
}
