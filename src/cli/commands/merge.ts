/** `merge`: one scheme of several, exactly. */

import {
  encodeScheme,
  isShard,
  mergeSchemes,
  mergeShards,
  openScheme,
  readSchemeMetadata,
} from "../../../internal.ts";
import { joinPairLists, type ListedPair, readPairList } from "../../formats/labelled_pairs.ts";
import type { Command } from "../command.ts";
import { folderLoader, writeFile } from "../../deno/files.ts";
import { fileStream } from "../../deno/folder.ts";

/** The command. */
export const merge: Command = {
  summary: "one attribution scheme of shards, or of runs over other pairs, exactly",
  positional: "OUT IN…",
  arity: [2, Infinity],
  files: [
    { use: "written", beside: () => [".pairs.tsv"] },
    { use: "read", beside: () => [".pairs.tsv"] },
  ],
  options: {},
  notes:
    "All shards of a run give the bytes that the run gives in one piece; a shard that is missing, there\n" +
    "twice or of another run is refused. The files' exact sums are added: the order of files does not change a bit of the result. Files of\n" +
    "other models, labels or options, and files that have pairs in common, are refused; pairs are\n" +
    "known from IN.pairs.tsv where `attribute --dataset` wrote it, and lists of the same pairs by their hash.",
  async run(args) {
    const [output, ...names] = args.positional;
    const files = await Promise.all(names.map(async (name) => {
      const [, folder, file] = /^(.*\/)?([^/]+)$/.exec(name) ?? [undefined, undefined, name];
      const scheme = await openScheme(await folderLoader(folder ?? "."), file).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        throw new Error(`Cannot read ${name}: no such file`, { cause: error });
      });
      const list = await listOf(name);
      const { dataset = "" } = readSchemeMetadata(scheme.metadata);
      const pairs = list?.map(({ query, document }) => `${dataset} ${query} ${document}`);
      return { name, scheme, list, pairs };
    }));
    const merged = files.some(({ scheme }) => isShard(scheme))
      ? await mergeShards(files)
      : mergeSchemes(files);
    const lists = files.flatMap(({ list }) => list === undefined ? [] : [list]);
    if (isShard(files[0].scheme) && lists.length === files.length) {
      await writeFile(`${output}.pairs.tsv`, joinPairLists(lists));
    }
    await writeFile(output, encodeScheme(merged));
    if (args.has("quiet")) return;
    console.error(`${merged.pairs} pairs of ${names.length} files`);
    const without = files.find(({ scheme }) => !scheme.sums?.byQuery);
    if (without && files.some(({ scheme }) => scheme.sums?.byQuery)) {
      console.error(`sums by query are left out: ${without.name} has none`);
    }
  },
};

/** The pairs of a scheme, where they are listed beside it. */
async function listOf(name: string): Promise<ListedPair[] | undefined> {
  const file = `${name}.pairs.tsv`;
  const isThere = await Deno.stat(file).then(() => true, () => false);
  return isThere ? await readPairList(fileStream(file), file) : undefined;
}
