/** The validation collections of a command that re-ranks: `--datasets`, and their candidates. */

import {
  type AblationCandidate,
  type CrossEncoder,
  type EncodeOptions,
} from "../../../internal.ts";
import type { Qrels } from "../../ir/words.ts";
import { type Arguments, type Idle, type OptionSpec, UsageError } from "../command.ts";
import { write } from "../run/progress.ts";
import { chooseCandidates, encodeCandidates } from "./candidates.ts";
import { collectionFiles, openJudged, strictOption } from "./dataset.ts";
import { listOption, parts } from "./lists.ts";

/** No candidates are chosen where a run lists them. */
const whereRanked: Idle = {
  when: (args) =>
    args.has("candidates") ? "--candidates says which passages are ranked" : undefined,
};

/** Options of the collections. */
export const validationOptions: Readonly<Record<string, OptionSpec>> = {
  datasets: {
    value: "A,B",
    help: "folders of validation collections",
    file: { ...collectionFiles, paths: parts },
  },
  ...strictOption,
  queries: { value: "N", help: "queries of a collection at most", fallback: "1000" },
  "relevant-from": { value: "G", help: "lowest grade of a relevant passage", fallback: "1" },
  "per-relevant": {
    value: "N",
    help: "others of BM25 for each relevant one",
    fallback: "20",
    idle: whereRanked,
  },
  "most-relevant": {
    value: "N",
    help: "relevant passages of a query at most",
    idle: whereRanked,
  },
  candidates: {
    value: "R,S",
    help: "TREC runs in place of BM25, one a collection",
    file: { use: "read", paths: parts },
  },
};

/** A validation collection, its candidates tokenized. */
export interface Validation {
  /** Its folder. */
  readonly path: string;
  /** The folder's own name. */
  readonly name: string;
  readonly qrels: Qrels;
  readonly candidates: readonly AblationCandidate[];
}

/** The folders of `--datasets`, and the runs of `--candidates`; usage errors where they do not fit. */
export function readValidation(
  args: Arguments,
): { readonly folders: readonly string[]; readonly runs: readonly string[] } {
  const folders = listOption(args, "datasets", ",");
  const runs = listOption(args, "candidates", ",");
  if (folders.length === 0) throw new UsageError("Option --datasets A,B is missing");
  if (runs.length > 0 && runs.length !== folders.length) {
    throw new UsageError(
      `Option --candidates cannot be ${runs.length} runs: expected one for each of ${folders.length} collections`,
    );
  }
  return { folders, runs };
}

/** Opens the collections, one after another as they are asked for. */
export async function* openValidations(
  args: Arguments,
  encoder: CrossEncoder,
  { folders, runs, seed, encoding }: ReturnType<typeof readValidation> & {
    readonly seed: number;
    readonly encoding: EncodeOptions;
  },
): AsyncGenerator<Validation> {
  const quiet = args.has("quiet");
  for (const [i, path] of folders.entries()) {
    const collection = await openJudged(path, { strict: args.has("strict"), quiet });
    const chosen = await chooseCandidates(collection, {
      folder: path,
      relevantFrom: args.integer("relevant-from", { least: -1000 })!,
      queries: args.integer("queries", { least: 2 }),
      perRelevant: args.integer("per-relevant", { least: 1 })!,
      mostRelevant: args.integer("most-relevant", { least: 1 }),
      run: runs[i],
      seed,
      note: quiet ? undefined : console.error,
    });
    if (!quiet && chosen.leftOut.length > 0) {
      write(`${path}: no candidates for queries ${chosen.leftOut.join(" ")}\n`);
    }
    const candidates = await encodeCandidates(encoder, chosen, encoding);
    const name = path.replace(/\/+$/, "").split("/").at(-1)!;
    yield { path, name, qrels: chosen.qrels, candidates };
  }
}
