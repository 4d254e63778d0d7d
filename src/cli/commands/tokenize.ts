/** `tokenize`: the tokens a model sees of pairs. */

import {
  loadOptional,
  openTokenizer,
  parseConfig,
  parseTextPairs,
  readHead,
} from "../../../internal.ts";
import type { Command } from "../command.ts";
import { folderLoader, print, readText } from "../../deno/files.ts";
import {
  configOptions,
  encodeOptions,
  modelOptions,
  modelPath,
  tellNotes,
} from "../options/model.ts";

/** The command. */
export const tokenize: Command = {
  summary: "ids, type ids and word pieces of pairs",
  options: {
    pairs: {
      value: "FILE",
      help: "lines query<TAB>passage; - reads standard input",
      file: { use: "read" },
    },
    ...modelOptions,
  },
  notes:
    "Prints a line a pair: ids, type ids and pieces, each separated by spaces, then by tabs; of a bi-encoder\n" +
    "the query's text, then the passage's.",
  async run(args) {
    const options = encodeOptions(args);
    const name = args.text("pairs");
    const load = await folderLoader(await modelPath(args.text("model")));
    const pairs = parseTextPairs(await readText(name), { name, labelled: false });
    const config = await loadOptional(load, "config.json");
    const tokenizer = await openTokenizer(
      load,
      config &&
        parseConfig(config, { ...configOptions(args), modules: await readHead(load, config) }),
    );
    tellNotes(tokenizer.notes, args.has("quiet"));
    const lines = pairs.map(({ query, passage }) => {
      const { ids, types, tokens } = tokenizer.encode(query, passage, options);
      return [ids, types, tokens].map((values) => values.join(" ")).join("\t");
    });
    await print(lines.join("\n"));
  },
};
