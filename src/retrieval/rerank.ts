/** Re-ranking: a cross-encoder puts candidates in order, whole or with neurons zeroed. */

import { rank } from "../ir/ranking.ts";
import type { Run } from "../ir/words.ts";
import { encoderOf, marginOf, type Model } from "../model/cross_encoder.ts";
import { scoresUnderMasks } from "../model/masked_scores.ts";
import { parseNeurons } from "../model/neurons.ts";
import type { EncodeOptions } from "../model/pair_tokenizer.ts";
import type { SearchableCollection } from "./open_collection.ts";

/** Options of {@linkcode rerank}. */
export interface RerankOptions extends EncodeOptions {
  /** What is re-ranked: a first-stage run; the collection's own BM25 where it has an index. */
  readonly candidates?: Run;
  /** Best candidates of a query that are re-ranked, ties by document id; 100 unless given. */
  readonly depth?: number;
  /** Names of neurons that are zeroed, e.g. `7.value.312`. */
  readonly without?: readonly string[];
}

/**
 * Scores every candidate by the model's margin, the logit of relevance minus that of non-relevance.
 *
 * @throws {RangeError} where a query or document is not in the collection, or there are no candidates.
 */
export async function rerank(
  model: Model,
  collection: Pick<SearchableCollection, "queryOf" | "passagesOf" | "candidates">,
  { candidates, depth = 100, without = [], ...encoding }: RerankOptions = {},
): Promise<Run> {
  const run = candidates ?? await collection.candidates({ depth });
  const lists = [...run].map(([query, scores]) => [query, rank(scores).slice(0, depth)] as const);
  const ids = new Set(lists.flatMap(([, documents]) => documents));
  const passages = await collection.passagesOf(ids);
  const encoded = [];
  for (const [id, documents] of lists) {
    const { text } = await collection.queryOf(id);
    for (const document of documents) {
      encoded.push(model.tokenizer.encode(text, passages.get(document)!.text, encoding));
    }
  }
  const neurons = without.flatMap((name) => parseNeurons(model.config, name));
  const [scores] = await scoresUnderMasks(encoderOf(model), encoded, [neurons]);
  let at = 0;
  return new Map(
    lists.map(([query, documents]) => [
      query,
      new Map(documents.map((document) => [document, marginOf(scores[at++].logits)])),
    ]),
  );
}
