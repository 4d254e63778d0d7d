/** `attribute`: the attribution scheme of pairs. */

import manifest from "../../deno.json" with { type: "json" };
import {
  type Baseline,
  baselines,
  type BuiltScheme,
  encodeScheme,
  placesOfShard,
  rule,
  ruleNames,
  schemeOf,
  schemeOfShard,
  type Shard,
  type Target,
  targets,
} from "../../mod.ts";
import { identityOf } from "./attribute_identity.ts";
import { attributeRun } from "./attribute_run.ts";
import { readSource, sourceOptions } from "./attribute_source.ts";
import { runReport } from "./attribute_report.ts";
import { type Command, type Input, type OptionSpec, UsageError } from "./command.ts";
import { computeOptions } from "./compute.ts";
import { deviceOpener, openDevices } from "./devices.ts";
import { checkWritable, makeFolder, removePartial, removePartials, writeFile } from "./files.ts";
import { openJournal } from "./journal_file.ts";
import { encodeOptions, modelHashes, modelOptions } from "./model.ts";
import { encodePair } from "./pair_file.ts";
import { openRunLog, runLogOptions } from "./run_log.ts";
import { parseShard, shardOption } from "./shard_option.ts";
import { stopOnSignals } from "./signals.ts";

/** Options that say what conductance is computed. */
export const attributionOptions: Readonly<Record<string, OptionSpec>> = {
  target: {
    value: "F",
    help: "what F is, of the label's class",
    choices: targets,
    fallback: "logit",
  },
  baseline: {
    value: "NAME",
    help: "where the path begins",
    choices: baselines,
    fallback: "pad",
  },
  rule: { value: "NAME", help: "the quadrature", choices: ruleNames, fallback: "adaptive" },
  steps: { value: "N", help: "intervals of a uniform rule", fallback: "100" },
  tolerance: {
    value: "X",
    help: "largest gap of completeness that the adaptive rule leaves, as a part of F's change",
    fallback: "0.05",
  },
};

/** The command. */
export const attributeCommand: Command = {
  summary: "one attribution scheme: the mean conductance of every neuron over pairs",
  options: {
    ...modelOptions,
    ...sourceOptions,
    output: { value: "FILE", help: "the scheme, a safetensors file" },
    "per-pair": { value: "FOLDER", help: "also a file a pair, named by its line from 0" },
    ...attributionOptions,
    "completeness-limit": {
      value: "X",
      help: "end the run where a pair's gap of completeness is more than X of F's change",
    },
    ...shardOption,
    resume: { help: "go on from OUTPUT.journal where a run was stopped: what happens anyway" },
    restart: { help: "start anew, though OUTPUT.journal holds finished pairs" },
    ...runLogOptions,
    ...computeOptions,
  },
  notes:
    "F speaks for the pair's own label: the logit of the relevant class for label 1, of the other for 0.\n" +
    "Finished pairs are kept in OUTPUT.journal until the scheme is written; the same command goes on\n" +
    "from there after whatever stopped it, and ends in the same bytes.",
  async run(input) {
    const output = input.text("output");
    const options = { ...encodeOptions(input), ...readAttributionOptions(input) };
    input.text("model");
    if (input.has("resume") && input.has("restart")) {
      throw new UsageError("Expected --resume or --restart, got both");
    }
    const completenessLimit = input.number("completeness-limit", { least: 0 });
    const shard = parseShard(input.get("shard"), (name) => Deno.env.get(name));
    const source = await readSource(input);
    const pairs = source.lines;
    if (shard && shard.of > pairs.length) {
      throw new UsageError(`Cannot cut ${pairs.length} pairs into ${shard.of} shards`);
    }
    const only = shard && placesOfShard(pairs, shard);
    await checkWritable(output);
    const folder = input.get("per-pair");
    if (folder !== undefined) await makeFolder(folder);
    using log = await openRunLog(input);
    const agreement = (input.get("agreement") ?? source.agreement) === "on";
    const devices = await openDevices(deviceOpener(input));
    try {
      const hashes = await modelHashes(input);
      const { ops } = devices.encoder;
      const identity = await identityOf(input, { source, hashes, shard, agreement, ops });
      using journal = await openJournal(`${output}.journal`, identity, {
        restart: input.has("restart"),
      });
      await removePartials([output, `${output}.pairs.tsv`]);
      if (folder !== undefined) {
        const places = only ?? pairs.keys();
        const names = Array.from(places, (place) => `${pairs[place].line}.safetensors`);
        await removePartial(folder, new Set(names));
      }
      const report = runReport(input, { log, journal, identity, source });
      using _signals = stopOnSignals(report.stopped);
      const built = await attributeRun({
        ...options,
        ...{ pairs, journal, agreement, devices, only, completenessLimit },
        async onRecord(encoder, pair, place) {
          report.pair(pair, place);
          if (folder === undefined) return;
          const file = `${folder}/${pairs[pair.index].line}.safetensors`;
          if (place.resumed && await Deno.stat(file).then(() => true, () => false)) return;
          await writeFile(file, encodePair(encoder.config, pair));
        },
        onLoss: report.loss,
      });
      report.end(built);
      const scheme = schemeFor(built, shard, {
        ...built.metadata,
        dataset: source.name,
        ...source.metadata,
        model: input.text("model"),
        model_sha256: hashes.model,
        tokenizer_sha256: hashes.tokenizer,
        version: manifest.version,
        pair_list_sha256: identity.pair_list_sha256,
      });
      if (source.list !== undefined) await writeFile(`${output}.pairs.tsv`, source.list);
      await writeFile(output, encodeScheme(scheme));
      await journal.remove();
      report.written(output);
    } finally {
      devices.close();
    }
  },
};

function schemeFor(
  { sums, ledger }: BuiltScheme,
  shard: Shard | undefined,
  metadata: Readonly<Record<string, string>>,
) {
  if (shard) return schemeOfShard(sums, { shard, ledger, metadata });
  if (sums.pairs > 0) return schemeOf(sums, metadata);
  throw new Error("Cannot make an attribution scheme: the model agrees with no pair's label");
}

/** What conductance the options ask for. */
export function readAttributionOptions(input: Input) {
  const steps = input.integer("steps", { least: 1, most: 100_000 });
  const tolerance = input.number("tolerance", { least: 1e-9, most: 1 });
  return {
    target: input.text("target") as Target,
    baseline: input.text("baseline") as Baseline,
    rule: rule(input.text("rule"), { steps, tolerance }),
  };
}

export { percent } from "./attribute_report.ts";
