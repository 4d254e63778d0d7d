// The labelled pairs that a command takes from `--dataset`: by grade, with negatives, capped, or as listed.

import { searchBm25 } from "../../formats/bm25_index.ts";
import type { Collection } from "../../formats/collection.ts";
import {
  fetchPairs,
  formatPairList,
  labelledPairs,
  readPairList,
} from "../../formats/labelled_pairs.ts";
import type { JudgedPair, Label } from "../../ir/words.ts";
import type { Arguments, Idle, OptionSpec } from "../command.ts";
import { datasetOptions, indexOptions, openDataset, openIndex } from "./dataset.ts";
import { fileStream, rereadable } from "../../deno/folder.ts";

/** Nothing of a collection is asked for where the pairs themselves are given. */
const withoutPairs: Idle = {
  when: (args) => args.has("pairs") ? "--pairs says which pairs are taken" : undefined,
};

/** Nothing is selected where pairs are given, by themselves or by their ids. */
const whereSelected: Idle = {
  when: (args) =>
    withoutPairs.when(args) ??
      (args.has("pair-list") ? "--pair-list says which pairs are taken" : undefined),
};

/** Whether non-relevant pairs are drawn from a ranking. */
const areDrawn = (args: Arguments) =>
  args.get("label") === "non-relevant" && args.get("negatives") === "bm25";

/** Options of every command that takes labelled pairs from a collection. */
export const datasetPairOptions: Readonly<Record<string, OptionSpec>> = {
  dataset: datasetOptions.dataset,
  split: { ...datasetOptions.split, idle: withoutPairs },
  "relevant-from": {
    value: "G",
    help: "lowest grade of a relevant passage",
    fallback: "1",
    idle: whereSelected,
  },
  "non-relevant-upto": {
    value: "G",
    help: "highest grade of a non-relevant passage; grades between are dropped",
    fallback: "0",
    idle: whereSelected,
  },
  negatives: {
    value: "KIND",
    help: "non-relevant pairs: judged so, or drawn from BM25's first 100",
    choices: ["judged", "bm25"],
    fallback: "judged",
    idle: whereSelected,
  },
  "max-pairs": {
    value: "N",
    help: "at most so many pairs, evenly over queries",
    idle: {
      when: (args) => args.has("pairs") ? undefined : whereSelected.when(args), // the first N of them
    },
  },
  seed: { value: "N", help: "of all that is drawn", fallback: "0", idle: whereSelected },
  "pair-list": {
    value: "FILE",
    help: "exactly the pairs of this list, as an earlier run wrote it",
    file: { use: "read" },
    idle: withoutPairs,
  },
  index: {
    ...indexOptions.index,
    idle: {
      when: (args) => areDrawn(args) ? undefined : "BM25 is asked for --negatives bm25 alone",
      harmless: true,
    },
  },
};

/** Depth of the ranking that negatives are drawn from. */
const NEGATIVES_DEPTH = 100;

/** Pairs of a collection and where they come from. */
export interface DatasetPairs {
  readonly collection: Collection;
  readonly pairs: readonly JudgedPair[];
  /** The pairs as `--pair-list` reads them. */
  readonly list: string;
  /** What was kept and dropped and why, as one sentence. */
  readonly summary: string;
}

/** The pairs of one class that the options ask for. */
export async function datasetPairs(args: Arguments, label: Label): Promise<DatasetPairs> {
  const collection = await openDataset(args);
  const file = args.get("pair-list");
  const { pairs, summary } = file === undefined
    ? await selectFrom(collection, { args, label })
    : await repeatFrom(collection, { file, label });
  if (pairs.length === 0) {
    throw new RangeError(
      `Cannot take pairs from ${collection.name}: expected ${label} ones in split ${collection.split}, found none`,
    );
  }
  return { collection, pairs, summary, list: formatPairList(pairs) };
}

async function selectFrom(
  collection: Collection,
  { args, label }: { readonly args: Arguments; readonly label: Label },
) {
  const drawn = label === "non-relevant" && args.text("negatives") === "bm25";
  const { pairs, ambiguous, otherClass, beyondMaximum } = await labelledPairs(collection, {
    label,
    relevantFrom: args.integer("relevant-from", { least: -1000 }),
    nonRelevantUpto: args.integer("non-relevant-upto", { least: -1000 }),
    maxPairs: args.integer("max-pairs", { least: 1 }),
    seed: args.integer("seed", { least: 0, most: Number.MAX_SAFE_INTEGER }),
    negatives: drawn ? await rankAll(collection, args) : undefined,
  });
  const sampled = pairs.filter((pair) => pair.sampled).length;
  const summary = `${pairs.length} ${label} pairs of ${collection.name} (${collection.split})` +
    `${sampled > 0 ? `, ${sampled} of them drawn from BM25, not judged` : ""}; ` +
    `dropped: ${ambiguous} of grades between, ${otherClass} of the other class, ${beyondMaximum} beyond the maximum`;
  return { pairs, summary };
}

async function rankAll(collection: Collection, args: Arguments) {
  using index = await openIndex(args, collection);
  const queries = await Promise.all(
    [...collection.qrels.keys()].map((id) => collection.queryOf(id, collection.judgements)),
  );
  return searchBm25(index, queries, { depth: NEGATIVES_DEPTH });
}

async function repeatFrom(
  collection: Collection,
  { file, label }: { readonly file: string; readonly label: Label },
) {
  const keys = await readPairList(fileStream(file), file);
  const own = keys.filter((key) => key.label === label);
  const pairs = await fetchPairs(collection, own, rereadable(file));
  return { pairs, summary: `${pairs.length} ${label} pairs as ${file} lists them` };
}
