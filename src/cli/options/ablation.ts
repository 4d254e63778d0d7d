/** How neurons are ablated: `--ablation`, `--scale`, and what these need. */

import {
  type AblationMethod,
  ablationMethods,
  type CrossEncoder,
  describeSpace,
  encodedWhenAsked,
  type EncodeOptions,
  kindsOf,
  type MeanActivations,
  openMeans,
  parseTextPairs,
  type Replacements,
  sameSpace,
} from "../../../internal.ts";
import { type Arguments, type OptionSpec, UsageError } from "../command.ts";
import { folderLoader, readText, splitPath } from "../../deno/files.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import type { Identity } from "../run/journal_file.ts";
import { listOption } from "./lists.ts";
import { checkModel, type UsedOn } from "./neuron_set.ts";

const asked = (args: Arguments) => (args.get("ablation") ?? "zero").split(",");

const without = (method: string) => (args: Arguments) =>
  asked(args).some((one) => one.trim() === method)
    ? undefined
    : `no neuron is ablated with --ablation ${method}`;

/** Options of commands that ablate. */
export const ablationOptions: Readonly<Record<string, OptionSpec>> = {
  ablation: {
    value: "METHOD",
    help:
      "what neurons become: zero, their mean over a reference list, or resample: another pair's",
    fallback: "zero",
  },
  scale: {
    value: "X",
    help: "multiply neurons by X in place of zeroing them",
    idle: {
      when: (args) =>
        args.has("ablation") && !asked(args).includes("zero") ? "no neuron is zeroed" : undefined,
    },
  },
  means: {
    value: "FILE",
    help: "for --ablation mean: mean activations as `means` writes them",
    file: { use: "read" },
    idle: { when: without("mean") },
  },
  reference: {
    value: "FILE",
    help:
      "for --ablation resample: lines query<TAB>passage to take neurons from; else the ranked pairs",
    file: { use: "read" },
    idle: { when: without("resample") },
  },
};

/** The methods that the options ask for. */
export function methodsOption(
  args: Arguments,
  { most = Infinity }: { readonly most?: number } = {},
): AblationMethod[] {
  const scale = args.number("scale", { least: -1e6, most: 1e6 });
  const names = listOption(args, "ablation", ",");
  const known: readonly string[] = ablationMethods;
  const wrong = names.find((name, i) => !known.includes(name) || names.indexOf(name) !== i);
  if (wrong !== undefined || names.length === 0 || names.length > most) {
    throw new UsageError(
      `Option --ablation cannot be ${JSON.stringify(args.get("ablation"))}: expected ${
        most === 1 ? "one of" : "some of"
      } ${known.join(", ")}${most === 1 ? "" : ", each once"}`,
    );
  }
  if (names.includes("mean") && !args.has("means")) {
    throw new UsageError("Option --means FILE is missing: --ablation mean takes means from there");
  }
  return names.map((name) =>
    name === "zero" && scale !== undefined && scale !== 0
      ? `scale ${scale}` as const
      : name as AblationMethod
  );
}

/** What methods need, read from the files of the options. */
export interface ReadReplacements {
  /** On the pairs that an encoder's tokenizer makes. */
  of(encoder: Pick<CrossEncoder, "tokenizer">): Replacements;
  /** What tells results from those of other methods; nothing where neurons are zeroed alone. */
  readonly identity: Identity;
}

/** Reads what `methods` need. */
export async function readReplacements(
  args: Arguments,
  { methods, encoding, used, seed }: {
    readonly methods: readonly AblationMethod[];
    readonly encoding: EncodeOptions;
    readonly used: UsedOn;
    readonly seed: number;
  },
): Promise<ReadReplacements> {
  const replaced = methods.find((method) => method === "mean" || method === "resample");
  if (replaced && kindsOf(used.space).includes("heads")) {
    throw new UsageError(
      `Option --ablation cannot be ${replaced} of attention heads: expected zero, their probabilities have no other value`,
    );
  }
  const means = methods.includes("mean") ? await readMeans(args.text("means"), used) : undefined;
  const file = methods.includes("resample") ? args.get("reference") : undefined;
  const pairs = file === undefined
    ? undefined
    : parseTextPairs(await readText(file), { name: file, labelled: false });
  return {
    of: (model) => ({
      means: means?.mean,
      resampling: { seed, list: pairs && encodedWhenAsked(model, pairs, encoding) },
    }),
    identity: methods.every((method) => method === "zero") ? {} : {
      ablation: methods.join(","),
      means_sha256: means ? sha256OfFields(Array.from(means.mean, String)) : "none",
      resampled_from: methods.includes("resample")
        ? pairs ? sha256OfFields(pairs.flatMap((p) => [p.query, p.passage])) : "ranked pairs"
        : "none",
      ...(methods.includes("resample") ? { resampling_seed: String(seed) } : {}),
    },
  };
}

/** Reads the file of `means`; refuses one of another model. */
export async function readMeans(file: string, used: UsedOn): Promise<MeanActivations> {
  const { folder, name } = splitPath(file);
  const load = await folderLoader(folder);
  const means = await openMeans((_, range) => load(name, range), file).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot read ${file}: no such file`, { cause: error });
  });
  if (!sameSpace(means.space, used.space)) {
    throw new RangeError(
      `Cannot use mean activations ${file}: expected a model of ${
        describeSpace(means.space)
      }, got one of ${describeSpace(used.space)}`,
    );
  }
  checkModel({ what: `mean activations ${file}`, sha256: means.metadata.model_sha256 }, used);
  return means;
}
