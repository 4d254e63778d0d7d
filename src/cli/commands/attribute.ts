/** `attribute`: the attribution scheme of pairs. */

import manifest from "../../../deno.json" with { type: "json" };
import {
  type AttributeOptions,
  type AttributionTarget,
  type Baseline,
  baselines,
  checkPath,
  DEFAULT_TOLERANCE,
  type MovingText,
  movingTexts,
  partsNotBelow,
  rule,
  ruleNames,
  segmentNames,
  shardName,
  type Target,
  targets,
  unitsName,
} from "../../../internal.ts";
import { type Arguments, type Command, type OptionSpec, UsageError } from "../command.ts";
import { computeOptions } from "../options/backend.ts";
import { encodeOptions, modelHashes, modelOptions } from "../options/model.ts";
import { agreementOf, readSource, sourceOptions } from "../options/pairs.ts";
import { readTriples, tripleOptions } from "../options/triples.ts";
import { isStream } from "../../deno/write.ts";
import { readUnits, unitsOption } from "../options/units.ts";
import { parseShard, shardOption } from "../options/shard.ts";
import { makeFolder, writeFile } from "../../deno/files.ts";
import { deviceOpener, openDevices } from "../run/devices.ts";
import { modelIdentity, optionsIdentity } from "../run/identity.ts";
import { openRun } from "../run/open_run.ts";
import { removeJournal } from "../run/journal_file.ts";
import { openRunLog, runLogOptions } from "../run/run_log.ts";
import { runScheme } from "../run/scheme_run.ts";

/** Options that decide what is computed. */
const optionsOfResult = [
  ...["target", "baseline", "rule", "steps", "tolerance", "max-length", "segments"],
] as const;

/** Options that say what conductance is computed. */
export const attributionOptions: Readonly<Record<string, OptionSpec>> = {
  target: {
    value: "F",
    help: "what F is, of the label's class",
    choices: targets,
    fallback: "logit",
    idle: {
      when: (args) =>
        args.get("towards") === undefined
          ? undefined
          : "with --towards, F is that unit's activation",
    },
  },
  baseline: {
    value: "NAME",
    help: "where the path begins",
    choices: baselines,
    fallback: "pad",
  },
  path: {
    value: "TEXT",
    help: "which texts of a bi-encoder move, the other stays the input; both unless given",
    choices: movingTexts,
  },
  rule: { value: "NAME", help: "the quadrature", choices: ruleNames, fallback: "adaptive" },
  steps: {
    value: "N",
    help: "intervals of a uniform rule",
    fallback: "100",
    idle: {
      when: (args) =>
        args.get("rule") === "adaptive" ? "--rule adaptive takes --tolerance" : undefined,
    },
  },
  tolerance: {
    value: "X",
    help: "the adaptive rule's largest uncertainty, as a part of how far F goes up and down",
    fallback: String(DEFAULT_TOLERANCE),
    idle: {
      when: (args) =>
        args.get("rule") === "adaptive" ? undefined : `--rule ${args.get("rule")} takes --steps`,
    },
  },
};

/** The command. */
export const attributeCommand: Command = {
  summary: "one attribution scheme: the mean conductance of every neuron over pairs",
  options: {
    ...modelOptions,
    ...sourceOptions,
    ...tripleOptions,
    output: {
      value: "FILE",
      help: "the scheme, a safetensors file",
      file: {
        use: "written",
        beside: (args) => [".journal", ...(args.has("dataset") ? [".pairs.tsv"] : [])],
      },
    },
    "per-pair": {
      value: "FOLDER",
      help: "also a file a pair, named by its line from 0, of --pairs or of OUTPUT.pairs.tsv",
      file: { use: "written", holds: (path) => /^\d+\.safetensors$/.test(path) },
    },
    ...attributionOptions,
    target: {
      ...attributionOptions.target,
      choices: [...targets, "pairwise"],
      help: "what F is, of the label's class; pairwise: σ(m₊ - m₋), m the margins of a triple's " +
        "relevant and other passage",
    },
    towards: {
      value: "UNIT[@SEGMENT]",
      help:
        "attribute a unit's activation in place of the model's output, to all units below it: " +
        "7.intermediate.12, 7.intermediate.12@passage of a segment's tokens alone, or a head's attention " +
        "7.head.3.query>passage " +
        `(${segmentNames.join(", ")})`,
    },
    ...unitsOption,
    "by-segment": {
      help: "also what the tokens of each segment contribute to a linear's neurons, in tensors " +
        "mean/<component>/<segment>",
      idle: {
        when: (args) => args.get("units") === "heads" ? "heads are by segment already" : undefined,
      },
    },
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
    "F speaks for the pair's own label: the logit of the relevant class for label 1, of the other for 0;\n" +
    "of a bi-encoder the similarity for label 1, its negative for 0. Without --threshold no pair is dropped\n" +
    "of those, as nothing tells a high similarity from a low one.\n" +
    "With --target pairwise a scheme has mean/<component> of the relevant passages' runs, mean_other/… of the\n" +
    "others'; both together sum to F's change. --agreement on: the model puts them above and below .5.\n" +
    "A unit of --units heads is a head's attention from one segment of the pair to another, 7.head.3.query>passage;\n" +
    "the scheme has it in mean/heads [layers, heads x 25], head by head, then attending segment, then attended.\n" +
    "With --towards F is the sum of the unit's activations over its tokens ([CLS] alone in the last layer,\n" +
    "but for key and value); units that are not below it are NaN in the files.\n" +
    "Finished pairs are kept in OUTPUT.journal until the scheme is written; the same command goes on\n" +
    "from there after whatever stopped it, and ends in the same bytes.",
  async run(args) {
    const output = args.text("output");
    const options = {
      ...encodeOptions(args),
      ...readConductanceOptions(args),
      units: readUnits(args),
      bySegment: args.has("by-segment"),
    };
    args.text("model");
    if (args.has("resume") && args.has("restart")) {
      throw new UsageError("Expected --resume or --restart, got both");
    }
    const completenessLimit = args.number("completeness-limit", { least: 0 });
    const shard = parseShard(args.get("shard"), (name) => Deno.env.get(name));
    const isPairwise = args.get("target") === "pairwise";
    if (isPairwise && options.bySegment) {
      throw new UsageError("Option --by-segment cannot be used with --target pairwise");
    }
    if (args.has("triples") && !isPairwise) {
      throw new UsageError("Option --triples has no effect: it takes --target pairwise");
    }
    const source = await (isPairwise ? readTriples : readSource)(args);
    const stream = isStream(output);
    const perPair = args.get("per-pair");
    if (perPair !== undefined) await makeFolder(perPair);
    using log = await openRunLog(args);
    const devices = await openDevices(deviceOpener(args));
    try {
      const hashes = await modelHashes(args.text("model"));
      const { encoder } = devices;
      checkPath(encoder.config, options);
      if (options.towards !== undefined) partsNotBelow(encoder, options.towards, options.units); // refuses impossible ones
      const { agreement, ...threshold } = agreementOf(args, source, encoder.config);
      await using run = await openRun({
        ...{ devices, log, unit: "pairs", quiet: args.has("quiet") },
        journal: stream ? null : `${output}.journal`,
        outputs: stream ? [] : [output, `${output}.pairs.tsv`],
        restart: args.has("restart"),
        identity: {
          command: "attribute",
          ...await modelIdentity(args, { hashes, ops: encoder.ops }),
          ...source.identity,
          shard: shard ? shardName(shard) : "none",
          agreement: agreement ? "on" : "off",
          ...optionsIdentity(args, ["path", "threshold"].filter((name) => args.has(name))),
          ...optionsIdentity(args, optionsOfResult),
          ...(args.has("towards") ? optionsIdentity(args, ["towards"]) : {}),
          ...(options.units.includes("heads") ? { units: unitsName(options.units) } : {}),
          ...(options.bySegment ? { "by-segment": "on" } : {}),
        },
      });
      const { bytes, list } = await runScheme(run, encoder, {
        ...{ source, agreement, shard, completenessLimit, perPair },
        options: { ...options, ...threshold },
        byQuery: args.has("by-query") ? args.get("by-query") === "on" : undefined,
        origin: {
          model: args.text("model"),
          modelSha256: hashes.model,
          tokenizerSha256: hashes.tokenizer,
          version: manifest.version,
        },
      });
      if (list !== undefined && !stream) await writeFile(`${output}.pairs.tsv`, list);
      await writeFile(output, bytes);
      await removeJournal(run.path);
      run.finish({ output });
    } finally {
      devices.close();
    }
  },
};

/** What conductance the options ask for, of the model's output or of a unit. */
function readConductanceOptions(
  args: Arguments,
): Pick<AttributeOptions, "target" | "towards" | "baseline" | "path" | "rule"> {
  const towards = args.get("towards");
  const { target: _, ...others } = readAttributionOptions(args);
  const target = args.text("target") as AttributionTarget;
  return towards === undefined ? { target, ...others } : { towards, ...others };
}

/** What moves along the path. */
export function readPath(args: Arguments): { readonly path?: MovingText } {
  const path = args.get("path");
  return path === undefined ? {} : { path: path as MovingText };
}

/** What conductance the options ask for. */
export function readAttributionOptions(args: Arguments) {
  const steps = args.integer("steps", { least: 1, most: 100_000 });
  const tolerance = args.number("tolerance", { least: 1e-9, most: 1 });
  return {
    target: args.text("target") as Target,
    baseline: args.text("baseline") as Baseline,
    ...readPath(args),
    rule: rule(args.text("rule"), { steps, tolerance }),
  };
}
