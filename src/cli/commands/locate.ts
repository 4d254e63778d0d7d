/** `locate`: where a set's neurons are (Fig. 4). */

import {
  componentsOf,
  countMembers,
  locationTsv,
  neuronCount,
  parseNeuronSet,
} from "../../../internal.ts";
import type { Command } from "../command.ts";
import { readText, writeOutput } from "../../deno/files.ts";
import { sheetOptions, writeSheet } from "../options/drawing.ts";

/** The command. */
export const locate: Command = {
  summary: "how many neurons of a set are in each layer and component, as TSV (Fig. 4)",
  positional: "NEURONS",
  arity: [1, 1],
  files: [{ use: "read" }],
  options: {
    output: {
      value: "FILE",
      help: "the table; standard output unless given",
      file: { use: "written" },
    },
    ...sheetOptions,
  },
  notes: "NEURONS: a set as `neurons` writes it; - reads standard input.",
  async run(args) {
    const [file] = args.positional;
    const output = args.get("output");
    const { space, ids, level, expression } = parseNeuronSet(await readText(file), file);
    const counts = countMembers(space, ids);
    const components = componentsOf(space);
    const table = locationTsv({ components, counts });
    // a set that no level was named for is drawn with the part of all neurons that it is
    const part = level ?? ids.length / neuronCount(space);
    const named = { expression: expression || "the set", level: part };
    const location = { ...named, size: ids.length, components, counts, effects: null };
    await writeSheet(args, { locations: [location] });
    await writeOutput(output, table);
  },
};
