/** `baselines`: what baselines leave of the relevance signal (Table 1). */

import { baselineRows, baselineStudy, baselineTsv } from "../../../internal.ts";
import type { Command } from "../command.ts";
import { attributionOptions, readPath } from "./attribute.ts";
import { computeOptions, openOps } from "../options/backend.ts";
import { datasetPairOptions, datasetSource } from "../options/dataset_pairs.ts";
import { takePairs } from "../options/source.ts";
import { writeOutput } from "../../deno/files.ts";
import { encodeOptions, modelOptions, openModel } from "../options/model.ts";
import { startProgress } from "../run/progress.ts";

/** The command. */
export const baselinesCommand: Command = {
  summary: "mean of p(relevant) - p(non-relevant) with inputs replaced by baselines (Table 1)",
  options: {
    ...modelOptions,
    ...datasetPairOptions,
    label: {
      value: "LABEL",
      help: "which pairs",
      choices: ["relevant", "non-relevant"],
      fallback: "relevant",
    },
    path: attributionOptions.path,
    "max-pairs": { ...datasetPairOptions["max-pairs"], fallback: "1000" },
    output: {
      value: "FILE",
      help: "the table; standard output unless given",
      file: { use: "written" },
    },
    ...computeOptions,
  },
  notes:
    "The baseline whose mean is closest to 0 erases most of the signal: it is the one to attribute\n" +
    "from. `paper`: the paper's mean, of monoBERT-large on MS MARCO. Of a bi-encoder means are of similarities,\n" +
    "and `unrelated` is that of every query with the passage of another: the baseline closest to it is neutral.",
  async run(args) {
    const options = { ...encodeOptions(args), ...readPath(args) };
    args.text("model");
    const output = args.get("output");
    const label = args.text("label") === "relevant" ? "relevant" : "non-relevant";
    const source = await datasetSource(args, label);
    if (!args.has("quiet")) console.error(source.summary);
    const pairs = await takePairs(source);
    const ops = await openOps(args);
    try {
      const encoder = await openModel(args, ops);
      const progress = startProgress(pairs.length, {
        things: `pairs with ${baselineRows(encoder.config, options.path).length} inputs each`,
        quiet: args.has("quiet"),
      });
      const study = await baselineStudy(encoder, pairs, {
        ...options,
        collection: source.name,
        onChunk: (_, { done }) => progress.update(done),
      });
      progress.end();
      const table = baselineTsv(study);
      await writeOutput(output, table);
    } finally {
      ops.close();
    }
  },
};
