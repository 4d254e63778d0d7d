/** `trace`: F, activations and gradients of neurons along the paths of pairs (Fig. 1). */

import {
  type Baseline,
  parseTextPairs,
  type Target,
  tracePath,
  traceTsv,
} from "../../../internal.ts";
import { attributionOptions, readPath } from "./attribute.ts";
import type { Command } from "../command.ts";
import { computeOptions, openOps } from "../options/backend.ts";
import { readText, writeOutput } from "../../deno/files.ts";
import { encodeOptions, modelOptions, openModel } from "../options/model.ts";
import { neuronsOption, readNeurons } from "../options/neuron_set.ts";
import { startProgress } from "../run/progress.ts";

/** Neurons of a set that are traced; a file may hold thousands. */
const MOST = 1000;

/** The command. */
export const traceCommand: Command = {
  summary: "F, activation and gradient of neurons along the path of pairs, as TSV (Fig. 1)",
  options: {
    ...modelOptions,
    pairs: {
      value: "FILE",
      help: "lines query<TAB>passage<TAB>label (1 or 0); - reads standard input",
      file: { use: "read" },
    },
    ...neuronsOption,
    target: attributionOptions.target,
    baseline: attributionOptions.baseline,
    path: attributionOptions.path,
    steps: { value: "N", help: "intervals of the path", fallback: "100" },
    output: {
      value: "FILE",
      help: "the table; standard output unless given",
      file: { use: "written" },
    },
    ...computeOptions,
  },
  notes:
    "A line a pair, neuron and point t. activation, gradient: sums over tokens ([CLS] alone in the last\n" +
    "layer, but for key and value). conductance: from the baseline up to t, by the trapezoid rule.",
  async run(args) {
    const options = encodeOptions(args);
    const target = args.text("target") as Target;
    const baseline = args.text("baseline") as Baseline;
    const path = readPath(args);
    const steps = args.integer("steps", { least: 1, most: 100_000 })!;
    const name = args.text("pairs");
    args.text("neurons");
    args.text("model");
    const pairs = parseTextPairs(await readText(name), { name, labelled: true });
    const output = args.get("output");
    const ops = await openOps(args);
    try {
      const encoder = await openModel(args, ops);
      const neurons = (await readNeurons(args, encoder.config, { most: MOST })).map((one) => ({
        ...one,
        role: "chosen",
      }));
      const progress = startProgress(pairs.length, { things: "pairs", quiet: args.has("quiet") });
      const t = Array.from({ length: steps + 1 }, (_, k) => k / steps);
      const traces = [];
      for (const pair of pairs) {
        traces.push(
          await tracePath(encoder, pair, neurons, { ...options, ...path, target, baseline, t }),
        );
        progress.update(traces.length);
      }
      progress.end();
      const table = traceTsv(traces);
      await writeOutput(output, table);
    } finally {
      ops.close();
    }
  },
};
