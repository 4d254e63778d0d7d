/** `faithfulness`: whether attributions say what units do. */

import { classOf } from "../../ir/words.ts";
import {
  type Baseline,
  faithfulnessTsv,
  type LabelledPair,
  rankingFloors,
  type Rule,
  rule,
  ruleName,
  type Target,
} from "../../../internal.ts";
import { attributionOptions } from "./attribute.ts";
import { levelOption } from "./neurons.ts";
import { type Arguments, type Command, UsageError } from "../command.ts";
import { computeOptions } from "../options/backend.ts";
import { readCandidates } from "../options/candidates.ts";
import { openDataset } from "../options/dataset.ts";
import { listOption } from "../options/lists.ts";
import { encodeOptions, modelHashes, modelOptions } from "../options/model.ts";
import { readSource, sourceOptions } from "../options/pairs.ts";
import { choosePairs } from "../run/choose_pairs.ts";
import { deviceOpener, openDevices } from "../run/devices.ts";
import { modelIdentity, optionsIdentity } from "../run/identity.ts";
import { journalBeside, removeJournal } from "../run/journal_file.ts";
import { judgeInRun } from "../run/faithfulness_work.ts";
import { openRun } from "../run/open_run.ts";
import { doChunks, restartOption } from "../run/resumable.ts";
import { openRunLog, runLogOptions } from "../run/run_log.ts";
import { writeFile, writeOutput } from "../../deno/files.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import manifest from "../../../deno.json" with { type: "json" };

/** Records of the journal: predictions, then those of faithfulness_work.ts. */
const [PREDICTIONS, JUDGED] = [0, 1];

/** Options that decide what is computed. */
const optionsOfResult = [
  ...["target", "baseline", "rules", "units", "level", "orders", "seed", "max-length", "segments"],
];

/** The command. */
export const faithfulnessCommand: Command = {
  summary: "whether conductance says what units do: patching, deletion, insertion, missed units",
  options: {
    ...modelOptions,
    ...sourceOptions,
    "max-pairs": { ...sourceOptions["max-pairs"], fallback: "100" },
    seed: { value: "N", help: "of all that is drawn", fallback: "0" },
    target: attributionOptions.target,
    baseline: {
      ...attributionOptions.baseline,
      help: "where paths begin, and whose values units are set to",
    },
    rules: {
      value: "RULES",
      help: "rules with steps or tolerance; the first ranks the units, right:1 takes one gradient",
      fallback: "adaptive,right:1",
    },
    units: { value: "N", help: "units that are patched alone", fallback: "500" },
    level: { value: "X%", help: "the set: units whose mean is farthest from 0", fallback: "1%" },
    orders: { value: "N", help: "random orders beside the rules' own", fallback: "5" },
    candidates: {
      value: "RUN",
      help: "also nDCG@10 of the best, the worst and random rankings of these lists of --dataset",
      file: { use: "read" },
      idle: {
        when: (args) => args.has("dataset") ? undefined : "judgements are those of --dataset",
      },
    },
    randomise: {
      help: "also rank correlations with the model's layers drawn anew, from the top down",
    },
    output: {
      value: "FILE",
      help: "the table; standard output unless given",
      file: { use: "written", beside: () => [".journal"] },
    },
    json: {
      value: "FILE",
      help: "also all numbers, with those of every unit and random order",
      file: { use: "written" },
    },
    ...restartOption,
    ...runLogOptions,
    ...computeOptions,
  },
  notes:
    "patching: correlations of units' attributions with F(input) - F(the unit alone at its values in the\n" +
    "baseline's run, token by token). F_removed, F_kept: F with the first units of an order at those values,\n" +
    "or all others. CPR, CMD, deletion_area: areas of f = (F - F_none) / (F_all - F_none) over shares of\n" +
    "units; random: mean over orders with units of the same layers and components. share_bound: with 95 %\n" +
    "confidence at most this part of the units outside the set. randomised: Spearman's correlation of the\n" +
    "first rule's means with those of the changed model; a rule that sees weights falls. Half of --units is drawn from the set.\n" +
    "With --output, finished pairs are kept in OUTPUT.journal until the table is written; the same command\n" +
    "goes on from there after whatever stopped it, and ends in the same bytes.",
  async run(args) {
    const encoding = encodeOptions(args);
    const target = args.text("target") as Target;
    const baseline = args.text("baseline") as Baseline;
    const rules = rulesOption(args);
    const seed = args.integer("seed", { least: 0, most: 2 ** 52 })!;
    const units = args.integer("units", { least: 4, most: 2 ** 24 })!;
    const orders = args.integer("orders", { least: 0, most: 10_000 })!;
    const level = levelOption(args, "level");
    const quiet = args.has("quiet");
    args.text("model");
    const source = await readSource(args);
    const floors = await floorsOf(args, seed);
    const [output, json] = [args.get("output"), args.get("json")];
    using log = await openRunLog(args);
    const devices = await openDevices(deviceOpener(args));
    try {
      const journal = journalBeside(output);
      const { config, ops } = devices.encoder;
      const hashes = await modelHashes(args.text("model"));
      const identity = {
        command: "faithfulness",
        ...await modelIdentity(args, { hashes, ops }),
        ...source.identity,
        ...optionsIdentity(args, ["agreement"]),
        randomise: args.has("randomise") ? "on" : "off",
        ...optionsIdentity(args, optionsOfResult),
      };
      await using run = await openRun({
        ...{ devices, log, quiet, journal, identity, unit: "pairs" },
        restart: args.has("restart"),
        outputs: [output, json].filter((file) => file !== undefined),
      });
      const { kept: pairs, asked } = await choosePairs(source, {
        agreement: (args.get("agreement") ?? source.agreement) === "on",
        encoding,
        ask: (work) => doChunks(run, { ...work, kind: PREDICTIONS }),
      });
      if (pairs.length === 0) {
        throw new RangeError(
          `Cannot judge attributions: the model agrees with the label of none of ${asked} pairs; --agreement off takes them all`,
        );
      }
      const judged = await judgeInRun(run, { space: config, pairs }, {
        ...encoding,
        ...{ target, baseline, rules, units, level, orders, seed },
        randomise: args.has("randomise"),
        kind: JUDGED,
      });
      const study = { ...judged, ...(floors && { floors }) };
      if (json !== undefined) {
        const provenance = {
          version: manifest.version,
          model: args.text("model"),
          model_sha256: hashes.model,
          tokenizer_sha256: hashes.tokenizer,
          dataset: source.name,
          pairs_sha256: pairsHash(pairs),
          adapter: ops.adapter,
        };
        const format = "faithfulness/1";
        await writeFile(json, `${JSON.stringify({ format, provenance, ...study }, null, 1)}\n`);
      }
      await writeOutput(output, faithfulnessTsv(study));
      await removeJournal(journal);
      run.finish();
    } finally {
      devices.close();
    }
  },
};

/** nDCG@10 of rankings that know everything or nothing, where lists are given. */
async function floorsOf(args: Arguments, seed: number) {
  const file = args.get("candidates");
  if (file === undefined) return undefined;
  const [{ qrels }, run] = [await openDataset(args), await readCandidates(file)];
  const lists = [...run].filter(([query]) => qrels.has(query))
    .map(([query, scores]) => ({ query, documents: [...scores.keys()] }));
  if (lists.length > 0) return rankingFloors(lists, qrels, { seed });
  throw new RangeError(`Cannot use ${file}: expected lists of judged queries, found none`);
}

function pairsHash(pairs: readonly LabelledPair[]): string {
  return sha256OfFields(
    pairs.flatMap(({ query, passage, label }) => [query, passage, String(classOf(label))]),
  );
}

/** Rules of `--rules`: `name`, or `name:steps`, or `adaptive:tolerance`. */
function rulesOption(args: Arguments): Rule[] {
  const texts = listOption(args, "rules", ",");
  const rules = texts.map((text) => {
    const [, name, number] = /^(.*?)(?::([\d.eE+-]+))?$/.exec(text)!;
    const value = number === undefined ? undefined : Number(number);
    try {
      return rule(name, name === "adaptive" ? { tolerance: value } : { steps: value });
    } catch (error) {
      const wanted = (error as Error).message.replace(/^.*?: /, "");
      throw new UsageError(`Option --rules cannot be ${JSON.stringify(text)}: ${wanted}`, {
        cause: error,
      });
    }
  });
  const names = rules.map(ruleName);
  const again = names.find((name, i) => names.indexOf(name) !== i);
  if (rules.length === 0 || again !== undefined) {
    throw new UsageError(
      `Option --rules cannot be ${JSON.stringify(args.get("rules"))}: expected rules, each once`,
    );
  }
  return rules;
}
