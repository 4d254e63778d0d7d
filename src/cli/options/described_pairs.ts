/** The pairs that `describe` takes: of either label or both, with their grades and BM25. */

import type { DescribedPair } from "../../../internal.ts";
import { bm25Searcher } from "../../formats/bm25_search.ts";
import type { Arguments, OptionSpec } from "../command.ts";
import { indexInMemory, type IndexPlace, openIndex } from "../../deno/bm25.ts";
import type { Corpus } from "../../formats/folder.ts";
import { indexOptions, indexPlace, openDataset } from "./dataset.ts";
import { datasetSource } from "./dataset_pairs.ts";
import { readSource, sourceOptions } from "./pairs.ts";
import type { Source, SourcePair } from "./source.ts";

/** The options that say which pairs are described. */
export const describedPairOptions: Readonly<Record<string, OptionSpec>> = {
  ...sourceOptions,
  label: {
    ...sourceOptions.label,
    help: "the class of the pairs that are taken; both unless given",
  },
  "max-pairs": {
    ...sourceOptions["max-pairs"],
    help: "at most so many pairs, of either label of --dataset, evenly over queries",
  },
  seed: { value: "N", help: "of all that is drawn", fallback: "0" },
  index: {
    ...indexOptions.index,
    idle: {
      when: (args) => args.has("pairs") ? "--pairs has an index in memory" : undefined,
      harmless: true,
    },
  },
};

/** Where the pairs come from: one source, or one a label. */
export async function describedSources(args: Arguments): Promise<readonly Source[]> {
  if (!args.has("dataset") || args.has("pairs") || args.has("label")) {
    return [await readSource(args)];
  }
  const sources: Source[] = [];
  for (const label of ["relevant", "non-relevant"] as const) {
    const source = await datasetSource(args, label);
    if (!args.has("quiet")) console.error(source.summary);
    sources.push(source);
  }
  return sources;
}

/** Pairs with what signals need of a collection. */
export interface WithStatistics extends Disposable {
  readonly pairs: readonly DescribedPair[];
  /** A word's inverse document frequency, while this is open. */
  idf(word: string): number;
}

/** BM25 and inverse document frequencies: of a collection, or of the pairs' own passages. */
export async function withStatistics(
  kept: readonly SourcePair[],
  collection?: { readonly corpus: Corpus; readonly place: IndexPlace },
): Promise<WithStatistics> {
  const passages = [...new Set(kept.map(({ passage }) => passage))];
  const index = collection
    ? await openIndex(collection.corpus, collection.place)
    : await indexInMemory(passages.map((text) => ({ id: text, text })));
  const { scoresOf, idf } = bm25Searcher(index);
  const bm25 = scoresOf(kept.map(({ query, document, passage }) => ({
    text: query,
    id: document ?? passage,
  })));
  return {
    pairs: kept.map(({ query, passage, label, grade }, i) => ({
      ...{ query, passage, label, grade, bm25: bm25[i] },
    })),
    idf,
    [Symbol.dispose]: () => index.close(),
  };
}

/** The collection of `--dataset`, which statistics are of; none where pairs are of a file. */
export async function statisticsOf(
  args: Arguments,
): Promise<{ readonly corpus: Corpus; readonly place: IndexPlace } | undefined> {
  if (!args.has("dataset")) return undefined;
  return { corpus: await openDataset(args), place: indexPlace(args) };
}
