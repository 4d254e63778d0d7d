/** The model that the page opens, and the pairs that it offers. */

import { parseTextPairs } from "../../../internal.ts";
import { readText } from "../../deno/files.ts";
import { cacheFolder, modelFolder } from "../../deno/hub_cache.ts";
import { typeOf } from "../../deno/page_files.ts";
import { type ServedFolder, servedFolder } from "../../deno/served_folder.ts";
import type { Arguments, OptionSpec } from "../command.ts";
import { modelOptions } from "../options/model.ts";

/** Options of commands that make the page. */
export const exploreOptions: Readonly<Record<string, OptionSpec>> = {
  model: {
    value: "MODEL",
    help: "a folder in Hugging Face layout, or a downloaded repository; else the bundled one",
    file: modelOptions.model.file,
  },
  pairs: {
    value: "FILE",
    help: "lines query<TAB>passage<TAB>label to choose from",
    file: { use: "read" },
  },
};

/** Where the bundled model, pairs and collections are. */
export const fixtures = decodeURIComponent(new URL("../../../fixtures", import.meta.url).pathname);

/** A model's folder and how the page names it. */
export interface ExploredModel {
  readonly name: string;
  readonly path: string;
}

/** The model of `--model`, else the bundled one. */
export async function exploredModel(args: Arguments): Promise<ExploredModel> {
  const given = args.get("model");
  if (given === undefined) {
    return { name: "tiny-cross-encoder", path: `${fixtures}/tiny-cross-encoder` };
  }
  const isFolder = await Deno.stat(given).then((info) => info.isDirectory, () => false);
  const path = isFolder ? given : modelFolder(given, cacheFolder((key) => Deno.env.get(key)));
  const parts = given.split(/[/\\]+/).filter((part) =>
    part !== "" && part !== "." && part !== ".."
  );
  return { name: isFolder ? parts.at(-1) ?? given : given, path };
}

/** The model's folder as it is served. */
export async function servedModel({ name, path }: ExploredModel): Promise<ServedFolder> {
  // the Hub's cache: snapshots/<commit> holds links to blobs beside it
  const within = /[/\\]snapshots[/\\][0-9a-f]{40}[/\\]?$/.test(path) ? `${path}/../..` : path;
  const folder = await servedFolder(path, { within, typeOf });
  if (await folder.answer("config.json", new Request("http://x/", { method: "HEAD" }))) {
    return folder;
  }
  throw new Error(
    `Cannot serve model ${name}: expected config.json in ${path}, and no link that leads outside`,
  );
}

/** Pairs to choose from: of `--pairs`, else the bundled ones of the bundled model. */
export async function examplePairs(args: Arguments) {
  const own = args.get("model") === undefined ? `${fixtures}/pairs.tsv` : undefined;
  const name = args.get("pairs") ?? own;
  if (name === undefined) return [];
  return parseTextPairs(await readText(name), { name, labelled: true })
    .map(({ query, passage, label }) => ({ query, passage, label }));
}
