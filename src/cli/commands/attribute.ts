/** `attribute`: the attribution scheme of pairs. */

import manifest from "../../../deno.json" with { type: "json" };
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
} from "../../../internal.ts";
import { identityOf } from "../run/attribute_identity.ts";
import { attributeRun } from "../run/attribute_run.ts";
import { readSource, sourceOptions } from "../options/pairs.ts";
import { runReport } from "../run/attribute_report.ts";
import { type Arguments, type Command, type OptionSpec, UsageError } from "../command.ts";
import { computeOptions } from "../options/backend.ts";
import { deviceOpener, openDevices } from "../run/devices.ts";
import {
  checkWritable,
  makeFolder,
  removePartial,
  removePartials,
  writeFile,
} from "../../deno/files.ts";
import { openJournal } from "../run/journal_file.ts";
import { encodeOptions, modelHashes, modelOptions } from "../options/model.ts";
import { encodePair } from "../run/pair_file.ts";
import { openRunLog, runLogOptions } from "../run/run_log.ts";
import { parseShard, shardOption } from "../options/shard.ts";
import { write } from "../run/progress.ts";
import { stopOnSignals } from "../run/signals.ts";

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
    "by-query": {
      value: "on|off",
      help: "keep sums by query in the scheme, for errors over queries; on up to 512 MiB of them",
      choices: ["on", "off"],
    },
    ...shardOption,
    resume: { help: "go on from OUTPUT.journal where a run was stopped: what happens anyway" },
    restart: { help: "start anew, though OUTPUT.journal holds finished pairs" },
    ...runLogOptions,
    ...computeOptions,
  },
  notes:
    "F speaks for the pair's own label: the logit of class 1 for label 1, of class 0 for label 0.\n" +
    "Finished pairs are kept in OUTPUT.journal until the scheme is written; the same command goes on\n" +
    "from there after whatever stopped it, and ends in the same bytes.",
  async run(args) {
    const output = args.text("output");
    const options = { ...encodeOptions(args), ...readAttributionOptions(args) };
    args.text("model");
    if (args.has("resume") && args.has("restart")) {
      throw new UsageError("Expected --resume or --restart, got both");
    }
    const completenessLimit = args.number("completeness-limit", { least: 0 });
    const shard = parseShard(args.get("shard"), (name) => Deno.env.get(name));
    const source = await readSource(args);
    const pairs = source.lines;
    if (shard && shard.of > pairs.length) {
      throw new UsageError(`Cannot cut ${pairs.length} pairs into ${shard.of} shards`);
    }
    const only = shard && placesOfShard(pairs, shard);
    await checkWritable(output);
    const folder = args.get("per-pair");
    if (folder !== undefined) await makeFolder(folder);
    using log = await openRunLog(args);
    const agreement = (args.get("agreement") ?? source.agreement) === "on";
    const devices = await openDevices(deviceOpener(args));
    try {
      const hashes = await modelHashes(args);
      const { ops } = devices.encoder;
      const identity = await identityOf(args, { source, hashes, shard, agreement, ops });
      using journal = await openJournal(`${output}.journal`, identity, {
        restart: args.has("restart"),
      });
      await removePartials([output, `${output}.pairs.tsv`]);
      if (folder !== undefined) {
        const places = only ?? pairs.keys();
        const names = Array.from(places, (place) => `${pairs[place].line}.safetensors`);
        await removePartial(folder, new Set(names));
      }
      const report = runReport(args, { log, journal, identity, source });
      using _signals = stopOnSignals(report.stopped);
      const built = await attributeRun({
        ...options,
        ...{ pairs, journal, agreement, devices, only, completenessLimit },
        byQuery: args.has("by-query") ? args.get("by-query") === "on" : undefined,
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
      if (!args.has("by-query") && built.metadata.by_query === "off" && !args.has("quiet")) {
        write(
          "sums by query are left out: they would take more than 512 MiB; --by-query on keeps them\n",
        );
      }
      const scheme = schemeFor(built, shard, {
        ...built.metadata,
        dataset: source.name,
        ...source.metadata,
        model: args.text("model"),
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
export function readAttributionOptions(args: Arguments) {
  const steps = args.integer("steps", { least: 1, most: 100_000 });
  const tolerance = args.number("tolerance", { least: 1e-9, most: 1 });
  return {
    target: args.text("target") as Target,
    baseline: args.text("baseline") as Baseline,
    rule: rule(args.text("rule"), { steps, tolerance }),
  };
}

export { percent } from "../run/attribute_report.ts";
