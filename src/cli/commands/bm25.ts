// `bm25`: candidates for every judged query of a collection, as a TREC run.

import { indexedIds } from "../../formats/bm25_index.ts";
import { checkTrecIds, formatRun } from "../../formats/trec.ts";
import type { Command } from "../command.ts";
import { datasetOptions, indexOptions, indexPlace, openDataset } from "../options/dataset.ts";
import { rankJudged } from "../../deno/bm25.ts";
import { writeOutput } from "../../deno/files.ts";
import { startProgress } from "../run/progress.ts";

/** The command. */
export const bm25: Command = {
  summary: "BM25's candidates for a collection's judged queries, as a TREC run",
  options: {
    ...datasetOptions,
    depth: { value: "N", help: "passages a query", fallback: "100" },
    ...indexOptions,
  },
  notes:
    "k1 1.2, b 0.75, Porter stems, Terrier's stop words dropped from the queries. The index is built\n" +
    "once, and again when the corpus has changed.",
  async run(args) {
    const depth = args.integer("depth", { least: 1 })!;
    const collection = await openDataset(args);
    checkTrecIds(collection.qrels.keys(), "query");
    const place = indexPlace(args);
    const progress = startProgress(collection.qrels.size, {
      things: "queries",
      quiet: args.has("quiet"),
    });
    const run = await rankJudged(collection, {
      ...place,
      depth,
      check: (index) => checkTrecIds(indexedIds(index), "document"), // any of them may be found
      progress: (done) => progress.update(done),
    });
    progress.end();
    await print(formatRun(run, "bm25"));
  },
};

/** Lines to stdout, many at a time. */
async function print(lines: Iterable<string>): Promise<void> {
  let block = "";
  for (const line of lines) {
    block += line;
    if (block.length < 65_536) continue;
    await writeOutput(undefined, block);
    block = "";
  }
  await writeOutput(undefined, block);
}
