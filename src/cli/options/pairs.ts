/** The pairs that `attribute` and `converge` take: of `--dataset`, or of `--pairs`. */

import { type LabelledPair, parseTextPairs } from "../../../internal.ts";
import type { Label } from "../../ir/words.ts";
import { type Arguments, type OptionSpec, UsageError } from "../command.ts";
import { datasetPairOptions, datasetPairs } from "./dataset_pairs.ts";
import { readText } from "../../deno/files.ts";

/** The options that say which pairs are taken. */
export const sourceOptions: Readonly<Record<string, OptionSpec>> = {
  pairs: {
    value: "FILE",
    help: "lines query<TAB>passage<TAB>label (1 or 0); - reads standard input",
    file: { use: "read" },
  },
  label: {
    value: "LABEL",
    help: "the class of the pairs that are taken; both of --pairs unless given",
    choices: ["relevant", "non-relevant"],
  },
  ...datasetPairOptions,
  agreement: {
    value: "on|off",
    help:
      "keep only pairs that the model classifies as labelled; on for --dataset, off for --pairs",
    choices: ["on", "off"],
  },
};

/** The pairs of a run and where they come from. */
export interface Source {
  readonly name: string;
  readonly lines: readonly (LabelledPair & { readonly line: number })[];
  /** Whether pairs are dropped that the model classifies otherwise, unless the user says. */
  readonly agreement: "on" | "off";
  /** What the scheme says of the collection. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The pairs by id, to be written beside the scheme and given back by `--pair-list`. */
  readonly list?: string;
}

/** Reads them. */
export async function readSource(args: Arguments): Promise<Source> {
  if (args.has("dataset") === args.has("pairs")) {
    throw new UsageError("Expected either --dataset FOLDER or --pairs FILE");
  }
  return args.has("dataset") ? await readCollection(args) : await readPairs(args);
}

/** The pairs of `--dataset` of one label; lines are counted along the list of pairs. */
async function readCollection(args: Arguments): Promise<Source> {
  const label = args.text("label") as Label;
  const { collection, pairs, list, summary } = await datasetPairs(args, label);
  if (!args.has("quiet")) console.error(summary);
  return {
    name: collection.name,
    lines: pairs.map(({ query, passage }, line) => ({
      query: query.text,
      passage: passage.text,
      label,
      line,
    })),
    agreement: "on",
    metadata: {
      split: collection.split,
      selection: summary,
      sampled_negatives: String(pairs.filter((pair) => pair.sampled).length),
    },
    list,
  };
}

/** The pairs of `--pairs` with their lines, those of `--label` and no more than `--max-pairs`. */
async function readPairs(args: Arguments): Promise<Source> {
  const name = args.text("pairs");
  const wanted = args.get("label");
  const lines = parseTextPairs(await readText(name), { name, labelled: true })
    .map((pair, line) => ({ ...pair, line }))
    .filter(({ label }) => !wanted || label === wanted)
    .slice(0, args.integer("max-pairs", { least: 1 }) ?? Infinity);
  if (lines.length === 0) throw new UsageError(`No pair of ${name} is labelled ${wanted}`);
  return { name, lines, agreement: "off", metadata: {} };
}
