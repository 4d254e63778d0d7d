/** `tokenize`: the tokens a model sees of pairs. */

import { loadOptional, openTokenizer, parseConfig, parseTextPairs } from "../../mod.ts";
import type { Command } from "./command.ts";
import { folderLoader, readText } from "./files.ts";
import { configOptions, encodeOptions, modelOptions, modelPath, tellNotes } from "./model.ts";

/** The command. */
export const tokenize: Command = {
  summary: "ids, type ids and word pieces of pairs",
  options: {
    pairs: { value: "FILE", help: "lines query<TAB>passage; - reads standard input" },
    ...modelOptions,
  },
  notes: "Prints a line a pair: ids, type ids and pieces, each separated by spaces, then by tabs.",
  async run(input) {
    const options = encodeOptions(input);
    const name = input.text("pairs");
    const load = await folderLoader(await modelPath(input));
    const pairs = parseTextPairs(await readText(name), { name, labelled: false });
    const config = await loadOptional(load, "config.json");
    const tokenizer = await openTokenizer(
      load,
      config && parseConfig(config, configOptions(input)),
    );
    tellNotes(input, tokenizer.notes);
    const lines = pairs.map(({ query, passage }) => {
      const { ids, types, tokens } = tokenizer.encode(query, passage, options);
      return [ids, types, tokens].map((values) => values.join(" ")).join("\t");
    });
    console.log(lines.join("\n"));
  },
};
