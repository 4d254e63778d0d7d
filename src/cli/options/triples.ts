/** The triples of target pairwise: of `--triples`, of `--dataset`, or of a study's collection. */

import { parseTriples } from "../../../internal.ts";
import { triplePool } from "../../ir/triples.ts";
import { type IndexPlace, rankJudged } from "../../deno/bm25.ts";
import { readText } from "../../deno/files.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import type { JudgedCollection } from "../../formats/judged.ts";
import { checkListedIds } from "../../formats/labelled_pairs.ts";
import { type Arguments, type OptionSpec, UsageError } from "../command.ts";
import { NEGATIVES_DEPTH, openHashed, type PairChoice } from "./dataset_pairs.ts";
import type { Source, SourcePair } from "./source.ts";

/** The option that names a file of triples. */
export const tripleOptions: Readonly<Record<string, OptionSpec>> = {
  triples: {
    value: "FILE",
    help: "with --target pairwise: lines query<TAB>relevant passage<TAB>non-relevant passage; " +
      "- reads standard input",
    file: { use: "read" },
  },
};

/** Reads the options. */
export async function readTriples(args: Arguments): Promise<Source> {
  if (args.has("pairs")) {
    throw new UsageError(
      "Option --pairs has no effect: --target pairwise takes --triples FILE or --dataset FOLDER",
    );
  }
  if (args.has("dataset") === args.has("triples")) {
    throw new UsageError(
      "Expected either --triples FILE or --dataset FOLDER with --target pairwise",
    );
  }
  for (const name of ["label", "pair-list"]) {
    if (args.has(name)) {
      throw new UsageError(`Option --${name} has no effect: --target pairwise takes triples`);
    }
  }
  if (args.has("triples")) return await fileSource(args);
  const source = await datasetSource(args);
  if (!args.has("quiet")) console.error(source.summary);
  return source;
}

/** What all sources of triples have in common. */
const common = { label: "relevant" as const, things: "triples" as const };

/** The triples of `--triples`. */
async function fileSource(args: Arguments): Promise<Source> {
  const name = args.text("triples");
  const triples = parseTriples(await readText(name), { name }).map((
    { query, relevant, other },
    index,
  ): SourcePair => ({
    ...{ query, passage: relevant, other, label: "relevant", index },
    name: `line ${index + 1}`,
  }));
  const most = args.integer("max-pairs", { least: 1 }) ?? Infinity;
  const fields = triples.flatMap(({ query, passage, other }) => [query, passage, other!]);
  return {
    ...common,
    name,
    agreement: "off",
    order: triples.map(({ index }) => index),
    queries: new Set(triples.map(({ query }) => query)).size,
    most,
    pairsOf: (places) => Promise.resolve(places.map((place) => triples[place])),
    origin: { dataset: name },
    identity: {
      triples: String(triples.length),
      triples_sha256: sha256OfFields(fields),
      max_pairs: String(most),
    },
  };
}

/** Triples of the collection of `--dataset`. */
async function datasetSource(args: Arguments): Promise<Source> {
  const { place, collection, corpus } = await openHashed(args);
  return await triplesOfCollection(collection, {
    ...{ place, corpus },
    relevantFrom: args.integer("relevant-from", { least: -1000 }),
    nonRelevantUpto: args.integer("non-relevant-upto", { least: -1000 }),
    negatives: args.text("negatives") as TripleChoice["negatives"],
    most: args.integer("max-pairs", { least: 1 }) ?? Infinity,
    seed: args.integer("seed", { least: 0, most: Number.MAX_SAFE_INTEGER }) ?? 0,
    hint: "; --negatives bm25 draws passages that nobody judged",
  });
}

/** Which triples of a collection. */
export interface TripleChoice
  extends Pick<PairChoice, "relevantFrom" | "nonRelevantUpto" | "negatives"> {
  /** Triples at most. */
  readonly most: number;
  readonly seed: number;
  /** Where its BM25 index is. */
  readonly place: IndexPlace;
  /** SHA-256 of its corpus, where it is known. */
  readonly corpus?: string;
  /** What ends the error where there are none. */
  readonly hint: string;
}

/** Triples of a collection, and a list of some of them by their ids. */
export interface TripleSource extends Source {
  /** A line a triple behind a line of names, tab-separated. */
  listOfTriples(triples: readonly SourcePair[]): string;
}

/**
 * Triples of a collection's judgements.
 *
 * @throws {RangeError} where there are none.
 */
export async function triplesOfCollection(
  collection: JudgedCollection,
  choice: TripleChoice,
): Promise<TripleSource> {
  const { missing, queries, judgements } = collection;
  const { most, seed, place, corpus, hint, relevantFrom, nonRelevantUpto } = choice;
  const negatives = choice.negatives === "bm25"
    ? await rankJudged(collection, { ...place, depth: NEGATIVES_DEPTH })
    : undefined;
  const { triples, drawn, alone } = triplePool(collection.qrels, {
    ...{ relevantFrom, nonRelevantUpto, negatives, seed },
  });
  if (triples.length === 0) {
    throw new RangeError(
      `Cannot take triples from ${collection.name}: expected queries of split ${collection.split} with relevant and non-relevant passages, found none${hint}`,
    );
  }
  const places = new Map(triples.map((triple, index) => [triple, index]));
  const sampled = triples.filter((triple) => triple.sampled).length;
  const limited = triples.length > most;
  const selection =
    `${triples.length} triples${limited ? `, at most ${most} of them evenly over queries` : ""}${
      sampled > 0 ? `, ${sampled} with passages drawn from BM25, not judged` : ""
    }` +
    (alone > 0 ? `; left out: ${alone} relevant passages of queries without another` : "") +
    (missing.judgements > 0
      ? `; ${missing.judgements} judgements of documents that the corpus lacks`
      : "");
  const fields = function* () {
    for (const { query, relevant, other, sampled } of triples) {
      yield* [query, queries.get(query)?.text ?? "", relevant, other, String(sampled)];
    }
  };
  return {
    ...common,
    name: collection.name,
    agreement: "on",
    summary: `${collection.name} (${collection.split}): ${selection}`,
    order: limited
      ? drawn().map((triple) => places.get(triple)!)
      : triples.map((_, index) => index),
    queries: new Set(triples.map(({ query }) => query)).size,
    most,
    async pairsOf(wanted) {
      const some = wanted.map((at) => triples[at]);
      const ids = some.flatMap(({ relevant, other }) => [relevant, other]);
      const passages = await collection.passagesOf(ids, judgements);
      return await Promise.all(some.map(async ({ query, relevant, other }, i) => ({
        query: (await collection.queryOf(query, judgements)).text,
        passage: passages.get(relevant)!.text,
        other: passages.get(other)!.text,
        label: "relevant" as const,
        index: wanted[i],
        name: `${query} ${relevant} ${other}`,
      })));
    },
    origin: { dataset: collection.name, split: collection.split, selection, missing },
    identity: {
      triples: String(triples.length),
      triples_sha256: sha256OfFields(fields()),
      max_pairs: String(most),
      seed: String(seed),
      corpus_sha256: corpus ?? "none",
    },
    sampled: (pairs) => pairs.filter(({ index }) => triples[index].sampled).length,
    listOfTriples(pairs) {
      const lines = pairs.map(({ index }) => {
        const { query, relevant, other, sampled } = triples[index];
        checkListedIds([query, relevant, other]);
        return [query, relevant, other, sampled ? "sampled" : "judged"].join("\t");
      });
      return `${["query\trelevant\tother\torigin", ...lines].join("\n")}\n`;
    },
  };
}
