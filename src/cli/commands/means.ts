/** `means`: mean activations of neurons over a reference list, which `--ablation mean` sets them to. */

import manifest from "../../../deno.json" with { type: "json" };
import {
  encodedWhenAsked,
  encodeMeans,
  type LabelledPair,
  meanActivations,
  parseTextPairs,
  piecesOfMeans,
  type TextPair,
} from "../../../internal.ts";
import { type Arguments, type Command, UsageError } from "../command.ts";
import { computeOptions } from "../options/backend.ts";
import { datasetPairOptions, datasetSource } from "../options/dataset_pairs.ts";
import { encodeOptions, modelHashes, modelOptions } from "../options/model.ts";
import { takePairs } from "../options/source.ts";
import { deviceOpener, openDevices } from "../run/devices.ts";
import { modelIdentity, optionsIdentity } from "../run/identity.ts";
import { journalBeside, removeJournal } from "../run/journal_file.ts";
import { restartOption, resumable } from "../run/resumable.ts";
import { openRunLog, runLogOptions } from "../run/run_log.ts";
import { readText, writeFile } from "../../deno/files.ts";
import { sha256OfFields } from "../../deno/hash.ts";

/** The command. */
export const meansCommand: Command = {
  summary: "mean activations of all neurons over a reference list, for --ablation mean",
  options: {
    ...modelOptions,
    pairs: {
      value: "FILE",
      help: "lines query<TAB>passage, further fields are not looked at; - reads standard input",
      file: { use: "read" },
    },
    label: {
      value: "LABEL",
      help: "the class of the pairs of --dataset; both unless given",
      choices: ["relevant", "non-relevant"],
      idle: {
        when: (args) => args.has("pairs") ? "--pairs says which pairs are taken" : undefined,
      },
    },
    ...datasetPairOptions,
    "max-pairs": { value: "N", help: "so many pairs of each label, evenly over queries" },
    output: {
      value: "FILE",
      help: "the means, a safetensors file",
      file: { use: "written", beside: () => [".journal"] },
    },
    ...restartOption,
    ...runLogOptions,
    ...computeOptions,
  },
  notes:
    "Of each neuron the mean over all tokens of all pairs; where the last layer computes a neuron for\n" +
    "[CLS] alone, over the pairs. Tensors mean/<component> F64 [layers, units], format\n" +
    "mean-activations/1. Finished pieces are kept in OUTPUT.journal until the file is written; the same\n" +
    "command goes on from there after whatever stopped it, and ends in the same bytes.",
  async run(args) {
    const encoding = encodeOptions(args);
    const output = args.text("output");
    args.text("model");
    const { pairs, dataset } = await readPairs(args);
    using log = await openRunLog(args);
    const devices = await openDevices(deviceOpener(args));
    try {
      const hashes = await modelHashes(args.text("model"));
      const { ops } = devices.encoder;
      const journal = journalBeside(output);
      const sha256 = sha256OfFields(pairs.flatMap(({ query, passage }) => [query, passage]));
      const means = await resumable({
        ...{ devices, journal, log, quiet: args.has("quiet"), restart: args.has("restart") },
        outputs: journal === undefined ? [] : [output],
        of: piecesOfMeans(pairs.length),
        things: `pieces of ${pairs.length} pairs`,
        unit: "pieces",
        identity: {
          command: "means",
          ...await modelIdentity(args, { hashes, ops }),
          pairs: String(pairs.length),
          pairs_sha256: sha256,
          ...optionsIdentity(args, ["max-length", "segments"]),
        },
        work: (encoder, chunks) =>
          meanActivations(encoder, encodedWhenAsked(encoder, pairs, encoding), chunks),
      });
      const metadata = {
        dataset,
        pairs_sha256: sha256,
        model: args.text("model"),
        model_sha256: hashes.model,
        tokenizer_sha256: hashes.tokenizer,
        max_length: String(encoding.maxLength),
        segments: encoding.segments,
        adapter: ops.adapter,
        version: manifest.version,
      };
      await writeFile(output, encodeMeans({ ...means, metadata }));
      await removeJournal(journal);
      if (!args.has("quiet")) {
        console.error(`means over ${means.tokens} tokens of ${means.pairs} pairs of ${dataset}`);
      }
    } finally {
      devices.close();
    }
  },
};

/** The reference list of the options. */
async function readPairs(
  args: Arguments,
): Promise<{ readonly pairs: readonly TextPair[]; readonly dataset: string }> {
  if (args.has("dataset") === args.has("pairs")) {
    throw new UsageError("Expected either --dataset FOLDER or --pairs FILE");
  }
  if (args.has("pairs")) {
    const most = args.integer("max-pairs", { least: 1 });
    const name = args.text("pairs");
    const pairs = parseTextPairs(await readText(name), { name, labelled: false });
    return { pairs: pairs.slice(0, most), dataset: name };
  }
  const pairs: LabelledPair[] = [];
  for (const label of ["relevant", "non-relevant"] as const) {
    if (args.has("label") && args.get("label") !== label) continue;
    const source = await datasetSource(args, label);
    if (!args.has("quiet")) console.error(source.summary);
    pairs.push(...await takePairs(source));
  }
  return { pairs, dataset: args.text("dataset") };
}
