// The labelled pairs that a command takes from `--dataset`: by grade, with negatives, or as listed.

import type { Collection } from "../../formats/collection.ts";
import type { MissingDocuments } from "../../formats/judged.ts";
import { fetchPairs, formatPairList, readPairList } from "../../formats/labelled_pairs.ts";
import { type PairKey, pairPool } from "../../ir/pairs.ts";
import type { Label } from "../../ir/words.ts";
import type { SchemeProvenance } from "../../../internal.ts";
import type { Arguments, Idle, OptionSpec } from "../command.ts";
import {
  datasetOptions,
  indexOptions,
  indexPlace,
  openDataset,
  openJudged,
  strictOption,
} from "./dataset.ts";
import { type IndexPlace, rankJudged } from "../../deno/bm25.ts";
import { fileStream, rereadable } from "../../deno/folder.ts";
import { fieldsHash, sha256OfFields } from "../../deno/hash.ts";
import type { Source, SourcePair } from "./source.ts";

/** Nothing of a collection is asked for where the pairs themselves are given. */
const withoutPairs: Idle = {
  when: (args) =>
    args.has("pairs")
      ? "--pairs says which pairs are taken"
      : args.has("triples")
      ? "--triples says which triples are taken"
      : undefined,
};

/** Nothing is selected where pairs are given, by themselves or by their ids. */
const whereSelected: Idle = {
  when: (args) =>
    withoutPairs.when(args) ??
      (args.has("pair-list") ? "--pair-list says which pairs are taken" : undefined),
};

/** Whether non-relevant pairs are drawn from a ranking. */
const areDrawn = (args: Arguments) =>
  (args.get("label") === "non-relevant" || args.get("target") === "pairwise") &&
  args.get("negatives") === "bm25";

/** Options of every command that takes labelled pairs from a collection. */
export const datasetPairOptions: Readonly<Record<string, OptionSpec>> = {
  dataset: datasetOptions.dataset,
  split: { ...datasetOptions.split, idle: withoutPairs },
  strict: { ...strictOption.strict, idle: whereSelected },
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
    help:
      "so many pairs, evenly over queries: of those that the model agrees with, where that is asked",
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
export const NEGATIVES_DEPTH = 100;

/** Which pairs of a collection. */
export interface PairChoice {
  readonly label: Label;
  /** Lowest grade of a relevant passage. */
  readonly relevantFrom?: number;
  /** Highest grade of a non-relevant passage. */
  readonly nonRelevantUpto?: number;
  /** Where non-relevant pairs come from. */
  readonly negatives: "judged" | "bm25";
  /** Pairs at most; all unless given. */
  readonly maxPairs?: number;
  readonly seed?: number;
}

/** Opens the collection of `--dataset`, its judgements checked, with a hash of its corpus. */
export async function openHashed(args: Arguments) {
  const place = indexPlace(args);
  const corpus = fieldsHash();
  const collection = await openJudged(place.folder, {
    split: args.get("split"),
    strict: args.has("strict"),
    quiet: args.has("quiet"),
    onPassage: ({ id, text }) => corpus.update(id, text),
  });
  return { place, collection, corpus: corpus.digest() };
}

/** The pairs of one class that the options ask for. */
export async function datasetSource(args: Arguments, label: Label): Promise<Source> {
  const most = args.integer("max-pairs", { least: 1 });
  const file = args.get("pair-list");
  if (file !== undefined) return await listedSource(await openDataset(args), { file, label, most });
  const { place, collection, corpus } = await openHashed(args);
  return await collectionSource(collection, {
    label,
    relevantFrom: args.integer("relevant-from", { least: -1000 }),
    nonRelevantUpto: args.integer("non-relevant-upto", { least: -1000 }),
    negatives: args.text("negatives") === "bm25" ? "bm25" : "judged",
    maxPairs: most,
    seed: args.integer("seed", { least: 0, most: Number.MAX_SAFE_INTEGER }),
    place,
    corpus,
    missing: collection.missing,
  });
}

/** The pairs of one class of an open collection. */
export async function collectionSource(
  collection: Collection,
  { place, corpus, missing, hint = "", maxPairs: most = Infinity, ...choice }: PairChoice & {
    readonly place: IndexPlace;
    /** SHA-256 of the corpus, where the pairs must be told from others. */
    readonly corpus?: string;
    readonly missing: MissingDocuments;
    /** What may help where there are none. */
    readonly hint?: string;
  },
): Promise<Source> {
  const { label } = choice;
  const negatives = label === "non-relevant" && choice.negatives === "bm25"
    ? await rankJudged(collection, { ...place, depth: NEGATIVES_DEPTH })
    : undefined;
  const { pairs, ambiguous, otherClass, drawn } = pairPool(collection.qrels, {
    ...choice,
    negatives,
  });
  const lost = missing.judgements > 0
    ? `, ${missing.judgements} of documents that the corpus lacks`
    : "";
  if (pairs.length === 0) {
    throw new RangeError(
      `Cannot take pairs from ${collection.name}: expected ${label} ones in split ${collection.split}, found none${
        lost && ` (left out${lost.slice(1)})`
      }${hint}`,
    );
  }
  const places = new Map(pairs.map((pair, index) => [pair, index]));
  const sampled = pairs.filter((pair) => pair.sampled).length;
  const limited = pairs.length > most ? `, at most ${most} of them evenly over queries` : "";
  const selection = `${pairs.length} ${label} pairs${limited}` +
    `${sampled > 0 ? `, ${sampled} drawn from BM25, not judged` : ""}; ` +
    `left out: ${ambiguous} of grades between, ${otherClass} of the other class${lost}`;
  return {
    ...sourceOfKeys(collection, {
      keys: pairs,
      label,
      selection,
      requestedBy: collection.judgements,
    }),
    order: limited === "" ? pairs.map((_, index) => index) : drawn().map((key) => places.get(key)!),
    most,
    origin: originOf(collection, { selection, missing }),
    identity: {
      ...identityOf(collection, pairs),
      max_pairs: String(most),
      seed: String(choice.seed ?? 0),
      corpus_sha256: corpus ?? "none",
    },
  };
}

/** The pairs of `--pair-list`. */
async function listedSource(
  collection: Collection,
  { file, label, most = Infinity }: {
    readonly file: string;
    readonly label: Label;
    readonly most?: number;
  },
): Promise<Source> {
  const keys = (await readPairList(fileStream(file), file)).filter((key) => key.label === label);
  const selection = `${keys.length} ${label} pairs as ${file} lists them`;
  if (keys.length === 0) {
    throw new RangeError(`Cannot take pairs from ${file}: expected ${label} ones, found none`);
  }
  const requestedBy = rereadable(file);
  const source = sourceOfKeys(collection, { keys, label, selection, requestedBy });
  const order = keys.map((_, index) => index);
  const all = await source.pairsOf(order); // a list is as long as a run: its texts fit in memory
  const texts = all.flatMap(({ query, passage }) => [query, passage]);
  return {
    ...source,
    order,
    most,
    pairsOf: (places) => Promise.resolve(places.map((place) => all[place])),
    origin: originOf(collection, { selection }),
    identity: {
      ...identityOf(collection, keys),
      max_pairs: String(most),
      texts_sha256: sha256OfFields(texts),
    },
  };
}

/** What sources of pairs that are known by their ids have in common. */
function sourceOfKeys(
  collection: Collection,
  { keys, label, selection, requestedBy }: {
    readonly keys: readonly PairKey[];
    readonly label: Label;
    readonly selection: string;
    readonly requestedBy: Collection["judgements"] | undefined;
  },
) {
  return {
    name: collection.name,
    label,
    agreement: "on" as const,
    summary: `${collection.name} (${collection.split}): ${selection}`,
    queries: new Set(keys.map(({ query }) => query)).size,
    async pairsOf(places: readonly number[]): Promise<SourcePair[]> {
      const pairs = await fetchPairs(collection, places.map((place) => keys[place]), requestedBy);
      return pairs.map(({ query, passage }, i) => ({
        query: query.text,
        passage: passage.text,
        label,
        index: places[i],
        name: `${query.id} ${passage.id}`,
        document: passage.id,
        grade: collection.qrels.get(query.id)?.get(passage.id),
      }));
    },
    list: (pairs: readonly SourcePair[]) =>
      formatPairList(pairs.map(({ index }) => ({ ...keys[index], line: index }))),
    sampled: (pairs: readonly SourcePair[]) =>
      pairs.filter(({ index }) => keys[index].sampled).length,
  };
}

function originOf(
  { name, split }: Collection,
  more: Pick<SchemeProvenance, "selection" | "missing">,
): SchemeProvenance {
  return { dataset: name, split, ...more };
}

function identityOf({ queries }: Collection, keys: readonly PairKey[]) {
  const fields = function* () {
    for (const { query, document, label, sampled } of keys) {
      yield* [query, queries.get(query)?.text ?? "", document, label, String(sampled)];
    }
  };
  return { candidates: String(keys.length), candidates_sha256: sha256OfFields(fields()) };
}
