/** Neuron sets that a command uses on a model: refused where they are of another. */

import {
  checkFits,
  isHeads,
  type Neuron,
  neuronId,
  neuronName,
  neuronOf,
  type NeuronSet,
  type NeuronSpace,
  parseNeuron,
  parseNeuronSet,
} from "../../../internal.ts";
import { write } from "../run/progress.ts";
import { readText, splitPath } from "../../deno/files.ts";
import { type Arguments, type OptionSpec, UsageError } from "../command.ts";
import { parts } from "./lists.ts";
import { modelHashes } from "./model.ts";

/** The option of commands that use neurons of a file on a model. */
export const anyModelOption: Readonly<Record<string, OptionSpec>> = {
  "any-model": { help: "take neurons of a model with other weights, if it has the same sizes" },
};

/** The options of commands that look at neurons, by name or of a set's file. */
export const neuronsOption: Readonly<Record<string, OptionSpec>> = {
  neurons: {
    value: "LIST",
    help: "e.g. 7.value.312,9.key.1, or sets A.json,B.json as `neurons` writes them",
    file: { use: "read", paths: (list) => isNames(list) ? [] : parts(list) },
  },
  "any-model": {
    ...anyModelOption["any-model"],
    idle: {
      when: (args) =>
        isNames(args.get("neurons") ?? "") ? "names of neurons are of any model" : undefined,
      harmless: true,
    },
  },
};

/** Whether a list is of neurons' names, not a file. */
function isNames(list: string): boolean {
  return /^\d+\.[a-z_]+\.\d+(\.[a-z0-9]+>[a-z0-9]+)?(,|$)/.test(list);
}

/** Neurons that belong together. */
export interface NamedNeurons {
  /** The file's name without its end, or `neurons`. */
  readonly name: string;
  /** Each once. */
  readonly neurons: readonly Neuron[];
}

/** The sets of `--neurons`, none of them empty, with `most` neurons at most. */
export async function readNeuronSets(
  args: Arguments,
  space: NeuronSpace,
  { most }: { readonly most: number },
): Promise<readonly NamedNeurons[]> {
  const list = args.text("neurons");
  if (isNames(list)) {
    const named = parts(list).map((name) => parseNeuron(space, name));
    checkLinears(named);
    const ids = named.map((neuron) => neuronId(space, neuron));
    return [{ name: "neurons", neurons: [...new Set(ids)].map((id) => neuronOf(space, id)) }];
  }
  const model = args.text("model");
  const used = {
    ...{ space, model, sha256: (await modelHashes(model)).model },
    ...{ anyModel: args.has("any-model"), quiet: args.has("quiet") },
  };
  const found: NamedNeurons[] = [];
  for (const file of parts(list)) {
    const set = await readNeuronSet(file, used);
    const { ids } = set;
    if (ids.length === 0 || ids.length > most) {
      throw new UsageError(
        `Option --neurons cannot be ${file}: expected 1 to ${most} neurons, got ${ids.length}`,
      );
    }
    const own = splitPath(file).name.replace(/\.json$/, "");
    const name = found.some((one) => one.name === own) ? file : own;
    const neurons = Array.from(ids, (id) => neuronOf(set.space, id));
    checkLinears(neurons);
    found.push({ name, neurons });
  }
  if (found.length === 0) throw new UsageError("Option --neurons needs a neuron, or a set's file");
  return found;
}

/** Refuses heads, where activations of neurons are looked at. */
function checkLinears(neurons: readonly Neuron[]): void {
  const head = neurons.find(({ component }) => isHeads(component));
  if (!head) return;
  throw new UsageError(
    `Option --neurons cannot be ${neuronName(head)}: expected neurons of linears, e.g. 7.value.312`,
  );
}

/** The neurons of `--neurons`, whatever set they are of, each once. */
export async function readNeurons(
  args: Arguments,
  space: NeuronSpace,
  options: { readonly most: number },
): Promise<Neuron[]> {
  const sets = await readNeuronSets(args, space, options);
  return unionOf(space, sets);
}

/** The neurons of sets, each once, in the order in which they come first. */
export function unionOf(space: NeuronSpace, sets: readonly NamedNeurons[]): Neuron[] {
  const ids = sets.flatMap(({ neurons }) => neurons.map((neuron) => neuronId(space, neuron)));
  return [...new Set(ids)].map((id) => neuronOf(space, id));
}

/** The model that neurons are used on. */
export interface UsedOn {
  /** Its sizes. */
  readonly space: NeuronSpace;
  /** As the user calls it. */
  readonly model: string;
  /** SHA-256 of its weights. */
  readonly sha256: string;
  /** Whether neurons of other weights are taken. */
  readonly anyModel: boolean;
  readonly quiet: boolean;
}

/** Reads a set's file; refuses one that was made of another model. */
export async function readNeuronSet(file: string, used: UsedOn): Promise<NeuronSet> {
  const set = parseNeuronSet(await readText(file), file);
  checkFits(set, used.space, file);
  checkModel({ what: `neuron set ${file}`, sha256: modelOf(set) }, used);
  return set;
}

/** The model's hash that a set's file holds. */
function modelOf({ provenance }: NeuronSet): string | undefined {
  const { model_sha256: sha256 } = provenance;
  return typeof sha256 === "string" ? sha256 : undefined;
}

/**
 * Refuses neurons of another model; where nothing says which they are of, a note tells so.
 *
 * @throws {RangeError} that names both models' hashes.
 */
export function checkModel(
  { what, sha256 }: { readonly what: string; readonly sha256: string | undefined },
  used: Omit<UsedOn, "space">,
): void {
  if (sha256 === used.sha256 || used.anyModel) return;
  if (sha256 === undefined) {
    if (!used.quiet) write(`note: ${what} does not say which model it is of\n`);
    return;
  }
  throw new RangeError(
    `Cannot use ${what} on ${used.model}: expected neurons of a model with weights ${used.sha256}, got those of ${sha256}; --any-model takes them all the same`,
  );
}
