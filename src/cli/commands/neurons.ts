/** `neurons`: a neuron set by set algebra over schemes. */

import manifest from "../../../deno.json" with { type: "json" };
import {
  evaluate,
  formatNeuronSet,
  meansOf,
  parseLevel,
  readSchemeMetadata,
} from "../../../internal.ts";
import { type Arguments, type Command, UsageError } from "../command.ts";
import { writeOutput } from "../../deno/files.ts";
import { sha256OfFile } from "../../deno/hash.ts";
import {
  collectionsOf,
  declaredSets,
  defaultSets,
  openSchemeFolder,
  readExpression,
  schemeOptions,
} from "../options/schemes.ts";

/** The command. */
export const neuronsCommand: Command = {
  summary: "a neuron set, from set algebra over attribution schemes",
  positional: "EXPRESSION",
  arity: [1, 1],
  options: {
    level: { value: "X%", help: "the part of all neurons that each scheme is cut to, e.g. 0.1%" },
    ...schemeOptions,
    output: {
      value: "FILE",
      help: "the set's file; standard output unless given",
      file: { use: "written" },
    },
  },
  notes:
    "P[ms], N[ms]: a scheme's strongest neurons. F[ms] = P[ms] + N[ms]: of the schemes' mean.\n" +
    "& intersection, | union, - difference, ^ symmetric difference; + binds first, then - & ^ |.\n" +
    "all(P, O), all(N, A - b - f): intersection over collections. fuse(A): mean of all their schemes.\n" +
    "A, all collections of the schemes, is declared unless --sets says otherwise.\n" +
    "random(P[ms], 1): as many neurons of the same layers and components, drawn with seed 1.\n" +
    "Every scheme is cut to its strongest X % first, then combined; fusion averages first.",
  async run(args) {
    const [expression] = args.positional;
    const level = levelOption(args, "level");
    const declared = await declaredSets(args);
    const folder = await openSchemeFolder(args);
    const [all] = defaultSets(collectionsOf(folder.names, []));
    const sets = new Map([all, ...declared]);
    const { plan, needed } = readExpression(expression, { names: folder.names, sets });
    const output = args.get("output");
    const schemes = await folder.open(needed);
    const [{ space, metadata }] = schemes.values();
    const { model, modelSha256 } = readSchemeMetadata(metadata);
    const ids = evaluate(plan, meansOf(schemes), level);
    const hashes = await Promise.all(needed.map(async (name) => [
      name,
      await sha256OfFile(`${folder.path}/${name}.safetensors`),
    ]));
    const text = formatNeuronSet({
      space,
      ids,
      model: model ?? "",
      level,
      expression,
      provenance: {
        version: manifest.version,
        model_sha256: modelSha256 ?? null,
        sets: Object.fromEntries(sets),
        schemes_sha256: Object.fromEntries(hashes),
      },
    });
    await writeOutput(output, text);
    if (!args.has("quiet")) {
      console.error(
        ids.length === 0
          ? `${expression} is empty at ${args.get("level")}`
          : `${ids.length} neurons`,
      );
    }
  },
};

/** A level in per cent; a usage error where it is none. */
export function levelOption(args: Arguments, name: string): number {
  try {
    return parseLevel(args.text(name));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`Option --${name}: ${error.message}`, { cause: error });
  }
}
