/** `converge`: how many points of the path suffice. */

import {
  type Baseline,
  convergenceCost,
  convergencePairsTable,
  convergenceReference,
  convergenceSteps,
  convergenceStudy,
  convergenceTable,
  convergenceTolerances,
  rule,
  type Target,
} from "../../mod.ts";
import { attributionOptions } from "./attribute.ts";
import { readSource } from "./attribute_source.ts";
import { type Command, type Input, UsageError } from "./command.ts";
import { computeOptions, openOps } from "./compute.ts";
import { datasetPairOptions } from "./dataset_pairs.ts";
import { checkWritable, writeFile } from "./files.ts";
import { checkSheet, sheetOptions, writeSheet } from "./sheet.ts";
import { encodeOptions, modelOptions, openModel } from "./model.ts";
import { levelOption } from "./neurons.ts";
import { listOption } from "./options.ts";
import { startProgress } from "./progress.ts";
import { agreeing } from "./study_convergence.ts";

/** The command. */
export const converge: Command = {
  summary: "how far rules of few and many steps are from a converged one, as TSV",
  options: {
    ...modelOptions,
    pairs: { value: "FILE", help: "lines query<TAB>passage<TAB>label (1 or 0)" },
    label: {
      value: "LABEL",
      help: "the class of the pairs that are taken; both of --pairs unless given",
      choices: ["relevant", "non-relevant"],
    },
    ...datasetPairOptions,
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
    agreement: {
      value: "on|off",
      help:
        "keep only pairs that the model classifies as labelled; on for --dataset, off for --pairs",
      choices: ["on", "off"],
    },
    output: { value: "FILE", help: "the table; standard output unless given" },
    "per-pair": { value: "FILE", help: "also a table with a line a rule and pair" },
    ...sheetOptions,
    ...computeOptions,
  },
  notes:
    "error: |c - r| / |r| over all neurons (Euclidean; absolute_error: of absolute values), c a\n" +
    "pair's conductances, r the reference's; rank_correlation: Spearman's; top_overlap: the part of\n" +
    "the strongest neurons that agrees; means over pairs and the worst. Lines `mean P`, `mean N`: of\n" +
    "the mean over the pairs of a label, which is what a scheme holds.",
  async run(input) {
    const encoding = encodeOptions(input);
    const target = input.text("target") as Target;
    const baseline = input.text("baseline") as Baseline;
    const reference = input.number("reference", { least: 1e-9, most: 1 })!;
    const steps = numbers(input, "steps", (value) => rule("right", { steps: value }));
    const tolerances = numbers(input, "tolerances", (tolerance) => rule("adaptive", { tolerance }));
    const level = levelOption(input, "level");
    input.text("model");
    const source = await readSource(input);
    const [output, perPair] = [input.get("output"), input.get("per-pair")];
    for (const file of [output, perPair]) if (file !== undefined) await checkWritable(file);
    await checkSheet(input);
    const ops = await openOps(input);
    try {
      const encoder = await openModel(input, ops);
      const agreement = input.get("agreement") ?? source.agreement;
      const pairs = agreement === "on"
        ? await agreeing(encoder, source.lines, encoding)
        : source.lines;
      if (pairs.length === 0) {
        throw new RangeError(
          `Cannot compare rules: the model agrees with the label of none of ${source.lines.length} pairs; --agreement off takes them all`,
        );
      }
      const quiet = input.has("quiet");
      const all = pairs.length * convergenceCost({ steps, tolerances, reference });
      const progress = startProgress(all, { things: "evaluations", quiet });
      const study = await convergenceStudy(encoder, pairs, {
        ...encoding,
        ...{ target, baseline, steps, tolerances, reference, level, collection: source.name },
        onEvaluations: (done) => progress.update(done),
      });
      progress.end();
      if (perPair !== undefined) await writeFile(perPair, convergencePairsTable(study));
      await writeSheet(input, { convergence: study });
      if (output === undefined) console.log(convergenceTable(study).trimEnd());
      else await writeFile(output, convergenceTable(study));
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
      ops.close();
    }
  },
};

/** Numbers of a list that make a rule; a usage error where one makes none. */
function numbers(input: Input, name: string, check: (value: number) => unknown): number[] {
  const texts = listOption(input, name, ",");
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
