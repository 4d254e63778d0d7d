/** `converge`: how many points of the path suffice. */

import { classOf } from "../../ir/words.ts";
import {
  type Baseline,
  convergenceAttributions,
  convergencePairsTsv,
  convergenceReference,
  convergenceSteps,
  convergenceStudy,
  convergenceTolerances,
  convergenceTsv,
  type LabelledPair,
  type Ops,
  rule,
  type Target,
} from "../../../internal.ts";
import { attributionOptions } from "./attribute.ts";
import { choosePairs } from "../run/choose_pairs.ts";
import { agreementOf, readSource, sourceOptions } from "../options/pairs.ts";
import { type Arguments, type Command, UsageError } from "../command.ts";
import { computeOptions } from "../options/backend.ts";
import { deviceOpener, openDevices } from "../run/devices.ts";
import { writeFile, writeOutput } from "../../deno/files.ts";
import { modelIdentity, optionsIdentity } from "../run/identity.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import { type Identity, journalBeside, removeJournal } from "../run/journal_file.ts";
import { restartOption, resumable } from "../run/resumable.ts";
import { sheetOptions, writeSheet } from "../options/drawing.ts";
import { encodeOptions, modelHashes, modelOptions } from "../options/model.ts";
import { levelOption } from "./neurons.ts";
import { listOption } from "../options/lists.ts";
import { openRunLog, runLogOptions } from "../run/run_log.ts";

/** The command. */
export const converge: Command = {
  summary: "how far rules of few and many steps are from a converged one, as TSV",
  options: {
    ...modelOptions,
    ...sourceOptions,
    target: attributionOptions.target,
    baseline: attributionOptions.baseline,
    steps: {
      value: "N,N",
      help: "steps of the paper's rule (right) and of trapezoid",
      fallback: convergenceSteps.join(),
    },
    tolerances: {
      value: "X,X",
      help: "tolerances of the adaptive rule",
      fallback: convergenceTolerances.join(),
    },
    reference: {
      value: "X",
      help: "the adaptive rule's tolerance that the reference starts from",
      fallback: String(convergenceReference),
    },
    level: { value: "X%", help: "the strongest neurons that are compared", fallback: "1%" },
    output: {
      value: "FILE",
      help: "the table; standard output unless given",
      file: { use: "written", beside: () => [".journal"] },
    },
    "per-pair": {
      value: "FILE",
      help: "also a table with a line a rule and pair",
      file: { use: "written" },
    },
    ...sheetOptions,
    ...restartOption,
    ...runLogOptions,
    ...computeOptions,
  },
  notes:
    "error: |c - r| / |r| over all neurons (Euclidean; absolute_error: of absolute values), c a\n" +
    "pair's conductances, r the reference's; rank_correlation: Spearman's; top_overlap: the part of\n" +
    "the strongest neurons that agrees; means over pairs and the worst. Lines `mean P`, `mean N`: of\n" +
    "the mean over the pairs of a label, which is what a scheme holds.\n" +
    "With --output, attributions are kept in OUTPUT.journal until the table is written; the same\n" +
    "command goes on from there after whatever stopped it, and ends in the same bytes.",
  async run(args) {
    const encoding = encodeOptions(args);
    const target = args.text("target") as Target;
    const baseline = args.text("baseline") as Baseline;
    const reference = args.number("reference", { least: 1e-9, most: 1 })!;
    const steps = numbers(args, "steps", (value) => rule("right", { steps: value }));
    const tolerances = numbers(args, "tolerances", (tolerance) => rule("adaptive", { tolerance }));
    const level = levelOption(args, "level");
    args.text("model");
    const source = await readSource(args);
    const [output, perPair] = [args.get("output"), args.get("per-pair")];
    const files = [output, perPair, args.get("svg"), args.get("png")]
      .filter((file) => file !== undefined);
    using log = await openRunLog(args);
    const devices = await openDevices(deviceOpener(args));
    try {
      const quiet = args.has("quiet");
      const { agreement, ...threshold } = agreementOf(args, source, devices.encoder.config);
      const { kept: pairs, asked } = await choosePairs(source, {
        agreement,
        encoding: { ...encoding, ...threshold },
        ask: (work) => resumable({ devices, identity: {}, restart: false, quiet, ...work }),
      });
      if (pairs.length === 0) {
        throw new RangeError(
          `Cannot compare rules: the model agrees with the label of none of ${asked} pairs; --agreement off takes them all`,
        );
      }
      const journal = journalBeside(output);
      const options = { ...encoding, target, baseline, steps, tolerances, reference, level };
      const study = await resumable({
        ...{ devices, journal, log, quiet, restart: args.has("restart") },
        of: pairs.length * convergenceAttributions({ steps, tolerances }),
        things: "attributions",
        outputs: files,
        identity: await identityOf(args, { pairs, ops: devices.encoder.ops }),
        work: (encoder, chunks) =>
          convergenceStudy(encoder, pairs, { ...options, collection: source.name, ...chunks }),
      });
      if (perPair !== undefined) await writeFile(perPair, convergencePairsTsv(study));
      await writeSheet(args, { convergence: study });
      await writeOutput(output, convergenceTsv(study));
      await removeJournal(journal);
      const { mean, worst } = study.reference.error;
      if (!quiet && mean !== null && worst !== null) {
        console.error(
          `The reference, ${
            study.reference.evaluations.toFixed(0)
          } points a pair, itself errs by about ${mean.toPrecision(2)} on average and ${
            worst.toPrecision(2)
          } at worst`,
        );
      }
    } finally {
      devices.close();
    }
  },
};

/** What the attributions and their comparison depend on. */
async function identityOf(
  args: Arguments,
  { pairs, ops }: { readonly pairs: readonly LabelledPair[]; readonly ops: Ops },
): Promise<Identity> {
  const texts = pairs.flatMap((
    { query, passage, label },
  ) => [query, passage, String(classOf(label))]);
  return {
    command: "converge",
    ...await modelIdentity(args, { hashes: await modelHashes(args.text("model")), ops }),
    pairs: String(pairs.length),
    pairs_sha256: sha256OfFields(texts),
    ...optionsIdentity(args, ["target", "baseline", "steps", "tolerances", "reference", "level"]),
    ...optionsIdentity(args, ["max-length", "segments"]),
  };
}

/** Numbers of a list that make a rule; a usage error where one makes none. */
function numbers(args: Arguments, name: string, check: (value: number) => unknown): number[] {
  const texts = listOption(args, name, ",");
  if (texts.length === 0) throw new UsageError(`Option --${name} needs a number`);
  return texts.map((text) => {
    try {
      check(Number(text));
      return Number(text);
    } catch (error) {
      const wanted = (error as Error).message.replace(/^.*: /, "");
      throw new UsageError(`Option --${name} cannot be ${JSON.stringify(text)}: ${wanted}`, {
        cause: error,
      });
    }
  });
}
