/** `locate`: where a set's neurons are (Fig. 4). */

import { countMembers, locationTable, parseNeuronSet } from "../../mod.ts";
import type { Command } from "./command.ts";
import { checkWritable, readText, writeFile } from "./files.ts";

/** The command. */
export const locate: Command = {
  summary: "how many neurons of a set are in each layer and component, as TSV",
  positional: "NEURONS",
  arity: [1, 1],
  options: { output: { value: "FILE", help: "the table; standard output unless given" } },
  notes: "NEURONS: a set as `neurons` writes it; - reads standard input.",
  async run(input) {
    const [file] = input.positional;
    const output = input.get("output");
    const { space, ids } = parseNeuronSet(await readText(file), file);
    if (output !== undefined) await checkWritable(output);
    const table = locationTable({ counts: countMembers(space, ids) });
    if (output === undefined) console.log(table.trimEnd());
    else await writeFile(output, table);
  },
};
