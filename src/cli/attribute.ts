/** `attribute`: the attribution scheme of pairs. */

import type { Label } from "../ir/words.ts";
import manifest from "../../deno.json" with { type: "json" };
import {
  type Baseline,
  baselines,
  buildScheme,
  byComponent,
  type CrossEncoder,
  encodeSafetensors,
  encodeScheme,
  type LabelledPair,
  type PairAttribution,
  parseTextPairs,
  rule,
  ruleNames,
  schemeOf,
  type Target,
  targets,
} from "../../mod.ts";
import { type Command, type Input, type OptionSpec, UsageError } from "./command.ts";
import { computeOptions, openOps } from "./compute.ts";
import { datasetPairOptions, datasetPairs } from "./dataset_pairs.ts";
import { checkWritable, makeFolder, readText, writeFile } from "./files.ts";
import { encodeOptions, modelHashes, modelOptions, openModel, sha256OfText } from "./model.ts";
import { startProgress } from "./progress.ts";

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
    pairs: { value: "FILE", help: "lines query<TAB>passage<TAB>label (1 or 0)" },
    label: {
      value: "LABEL",
      help: "the class of the pairs that are taken; both of --pairs unless given",
      choices: ["relevant", "non-relevant"],
    },
    output: { value: "FILE", help: "the scheme, a safetensors file" },
    "per-pair": { value: "FOLDER", help: "also a file a pair, named by its line from 0" },
    ...attributionOptions,
    agreement: {
      value: "on|off",
      help:
        "keep only pairs that the model classifies as labelled; on for --dataset, off for --pairs",
      choices: ["on", "off"],
    },
    ...datasetPairOptions,
    ...computeOptions,
  },
  notes:
    "F speaks for the pair's own label: the logit of class 1 for label 1, of class 0 for label 0.",
  async run(input) {
    const output = input.text("output");
    const options = { ...encodeOptions(input), ...readAttributionOptions(input) };
    input.text("model");
    const source = await readSource(input);
    const { lines } = source;
    await checkWritable(output);
    const ops = await openOps(input);
    try {
      const encoder = await openModel(input, ops);
      const hashes = await modelHashes(input);
      const folder = input.get("per-pair");
      if (folder !== undefined) await makeFolder(folder);
      const progress = startProgress(lines.length, { things: "pairs", quiet: input.has("quiet") });
      const built = await buildScheme(encoder, lines, {
        ...options,
        agreement: (input.get("agreement") ?? source.agreement) === "on",
        onPair: async (pair, { done }) => {
          progress.update(done, `gap ${percent(pair.completeness.relative)}`);
          if (folder === undefined) return;
          const file = `${folder}/${lines[pair.index].line}.safetensors`;
          await writeFile(file, encodePair(encoder, pair));
        },
      });
      const { kept, dropped, evaluations, gaps } = built;
      progress.end(
        `${kept.length} pairs attributed, ${dropped} dropped since the model disagrees with their label; ` +
          `${evaluations.toFixed(1)} evaluations a pair; gap of completeness ${
            percent(gaps.mean)
          } on average, ${percent(gaps.worst)} at worst (line ${lines[gaps.worstPair].line + 1})`,
      );
      if (kept.length === 0) {
        throw new Error("Cannot make an attribution scheme: the model agrees with no pair's label");
      }
      const scheme = schemeOf(built.sums, {
        ...built.metadata,
        dataset: source.name,
        ...source.metadata,
        model: input.text("model"),
        model_sha256: hashes.model,
        tokenizer_sha256: hashes.tokenizer,
        version: manifest.version,
        pair_list_sha256: sha256OfText(
          kept.map((i) => `${lines[i].query}\t${lines[i].passage}\t${lines[i].label}\n`).join(""),
        ),
      });
      if (source.list !== undefined) await writeFile(`${output}.pairs.tsv`, source.list);
      await writeFile(output, encodeScheme(scheme));
    } finally {
      ops.close();
    }
  },
};

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

/** The pairs of a run and where they come from. */
interface Source {
  readonly name: string;
  readonly lines: readonly (LabelledPair & { readonly line: number })[];
  /** Whether pairs are dropped that the model classifies otherwise, unless the user says. */
  readonly agreement: "on" | "off";
  /** What the scheme says of the collection. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The pairs by id, to be written beside the scheme and given back by `--pair-list`. */
  readonly list?: string;
}

async function readSource(input: Input): Promise<Source> {
  if (input.has("dataset") === input.has("pairs")) {
    throw new UsageError("Expected either --dataset FOLDER or --pairs FILE");
  }
  return input.has("dataset") ? await readCollection(input) : await readPairs(input);
}

/** The pairs of `--dataset` of one label; lines are counted along the list of pairs. */
async function readCollection(input: Input): Promise<Source> {
  const label = input.text("label") as Label;
  const { collection, pairs, list, summary } = await datasetPairs(input, label);
  if (!input.has("quiet")) console.error(summary);
  return {
    name: collection.name,
    lines: pairs.map(({ query, passage }, line) => ({
      query: query.text,
      passage: passage.text,
      label: label === "relevant" ? 1 : 0,
      line,
    })),
    agreement: "on",
    metadata: {
      split: collection.split,
      selection: summary,
      sampled_negatives: String(pairs.filter((pair) => pair.sampled).length),
    },
    list,
  };
}

/** The pairs of `--pairs` with their lines, those of `--label` and no more than `--max-pairs`. */
async function readPairs(input: Input): Promise<Source> {
  const name = input.text("pairs");
  const wanted = input.get("label");
  const lines = parseTextPairs(await readText(name), { name, labelled: true })
    .map((pair, line) => ({ ...pair, line }))
    .filter(({ label }) => !wanted || label === (wanted === "relevant" ? 1 : 0))
    .slice(0, input.integer("max-pairs", { least: 1 }) ?? Infinity);
  if (lines.length === 0) throw new UsageError(`No pair of ${name} is labelled ${wanted}`);
  return { name, lines, agreement: "off", metadata: {} };
}

/** The file of one pair: `<component>` F32 [layers, units]. */
function encodePair(encoder: CrossEncoder, pair: PairAttribution): Uint8Array {
  const tensors = byComponent(encoder.config, pair.conductance)
    .map(([component, { shape, data }]) => [component, { shape, data: Float32Array.from(data) }]);
  return encodeSafetensors(Object.fromEntries(tensors), {
    F_baseline: String(pair.F.baseline),
    F_input: String(pair.F.input),
    gap: String(pair.completeness.relative),
    gap_absolute: String(pair.completeness.worst),
    evaluations: String(pair.evaluations),
    tokens: String(pair.tokens),
  });
}

/** A part as per cent. */
export function percent(part: number): string {
  return `${(100 * part).toPrecision(2)} %`;
}
