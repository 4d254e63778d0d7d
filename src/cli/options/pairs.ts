/** The pairs that `attribute` and `converge` take: of `--dataset`, or of `--pairs`. */

import { checkThreshold, type EncoderConfig, labelOf, parseTextPairs } from "../../../internal.ts";
import { classOf, type Label } from "../../ir/words.ts";
import { type Arguments, type OptionSpec, UsageError } from "../command.ts";
import { datasetPairOptions, datasetSource } from "./dataset_pairs.ts";
import { readText } from "../../deno/files.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import type { Source, SourcePair } from "./source.ts";

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
  "max-pairs": {
    value: "N",
    help:
      "at most so many pairs, evenly over queries; with agreement, more are drawn until N agree or none are left",
  },
  agreement: {
    value: "on|off",
    help:
      "keep only pairs that the model classifies as labelled; on for --dataset, off for --pairs",
    choices: ["on", "off"],
  },
  threshold: {
    value: "X",
    help: "a bi-encoder's similarity above which it takes a pair for relevant; turns agreement on",
  },
};

/** Whether pairs are dropped that the model classifies otherwise: of a bi-encoder where a threshold is given. */
export function agreementOf(
  args: Arguments,
  source: Pick<Source, "agreement">,
  config: EncoderConfig,
): { readonly agreement: boolean; readonly threshold?: number } {
  const threshold = args.number("threshold", { least: -Infinity });
  const usual = config.similarity ? (threshold === undefined ? "off" : "on") : source.agreement;
  const agreement = (args.get("agreement") ?? usual) === "on";
  checkThreshold(config, { agreement, threshold });
  return { agreement, ...(threshold === undefined ? {} : { threshold }) };
}

/** Reads them. */
export async function readSource(args: Arguments): Promise<Source> {
  if (args.has("dataset") === args.has("pairs")) {
    throw new UsageError("Expected either --dataset FOLDER or --pairs FILE");
  }
  if (args.has("pairs")) return await fileSource(args);
  const source = await datasetSource(args, args.text("label") as Label);
  if (!args.has("quiet")) console.error(source.summary);
  return source;
}

/** The pairs of `--pairs` with their lines, those of `--label`. */
async function fileSource(args: Arguments): Promise<Source> {
  const name = args.text("pairs");
  const wanted = args.get("label");
  const pairs = parseTextPairs(await readText(name), { name, labelled: true })
    .map((pair, index): SourcePair => ({
      ...pair,
      index,
      name: `line ${index + 1}`,
      grade: classOf(pair.label),
    }))
    .filter(({ label }) => !wanted || label === wanted);
  if (pairs.length === 0) throw new UsageError(`No pair of ${name} is labelled ${wanted}`);
  const most = args.integer("max-pairs", { least: 1 }) ?? Infinity;
  const byIndex = new Map(pairs.map((pair) => [pair.index, pair]));
  const fields = pairs.flatMap((
    { query, passage, label },
  ) => [query, passage, String(classOf(label))]);
  return {
    name,
    label: labelOf(pairs),
    agreement: "off",
    order: pairs.map(({ index }) => index),
    queries: new Set(pairs.map(({ query }) => query)).size,
    most,
    pairsOf: (places) => Promise.resolve(places.map((place) => byIndex.get(place)!)),
    origin: { dataset: name },
    identity: {
      candidates: String(pairs.length),
      candidates_sha256: sha256OfFields(fields),
      max_pairs: String(most),
    },
  };
}
