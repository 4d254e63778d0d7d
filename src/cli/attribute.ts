/** `attribute`: the attribution scheme of pairs. */

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
      help: "only pairs of this label",
      choices: ["relevant", "non-relevant"],
    },
    output: { value: "FILE", help: "the scheme, a safetensors file" },
    "per-pair": { value: "FOLDER", help: "also a file a pair, named by its line from 0" },
    ...attributionOptions,
    agreement: {
      value: "on|off",
      help: "keep only pairs that the model classifies as labelled",
      choices: ["on", "off"],
      fallback: "off",
    },
    "max-pairs": { value: "N", help: "only the first N pairs" },
    ...computeOptions,
  },
  notes:
    "F speaks for the pair's own label: the logit of class 1 for label 1, of class 0 for label 0.",
  async run(input) {
    const output = input.text("output");
    const options = { ...encodeOptions(input), ...readAttributionOptions(input) };
    input.text("model");
    const lines = await readPairs(input);
    await checkWritable(output);
    const hashes = await modelHashes(input);
    const ops = await openOps(input);
    try {
      const encoder = await openModel(input, ops);
      const folder = input.get("per-pair");
      if (folder !== undefined) await makeFolder(folder);
      const progress = startProgress(lines.length, { things: "pairs", quiet: input.has("quiet") });
      const built = await buildScheme(encoder, lines, {
        ...options,
        agreement: input.text("agreement") === "on",
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
        dataset: input.text("pairs"),
        model: input.text("model"),
        model_sha256: hashes.model,
        tokenizer_sha256: hashes.tokenizer,
        version: manifest.version,
        pair_list_sha256: sha256OfText(
          kept.map((i) => `${lines[i].query}\t${lines[i].passage}\t${lines[i].label}\n`).join(""),
        ),
      });
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

/** The pairs of `--pairs` with their lines, those of `--label` and no more than `--max-pairs`. */
async function readPairs(input: Input): Promise<(LabelledPair & { readonly line: number })[]> {
  const name = input.text("pairs");
  const wanted = input.get("label");
  const pairs = parseTextPairs(await readText(name), { name, labelled: true })
    .map((pair, line) => ({ ...pair, line }))
    .filter(({ label }) => !wanted || label === (wanted === "relevant" ? 1 : 0))
    .slice(0, input.integer("max-pairs", { least: 1 }) ?? Infinity);
  if (pairs.length === 0) throw new UsageError(`No pair of ${name} is labelled ${wanted}`);
  return pairs;
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
