/** `merge`: one scheme of several, exactly. */

import { encodeScheme, isShard, mergeSchemes, mergeShards, openScheme } from "../../../internal.ts";
import type { Command } from "../command.ts";
import { checkWritable, folderLoader, writeFile } from "../../deno/files.ts";

/** The command. */
export const merge: Command = {
  summary: "one attribution scheme of shards, or of runs over other pairs, exactly",
  positional: "OUT IN…",
  arity: [2, Infinity],
  options: {},
  notes:
    "All shards of a run give the bytes that the run gives in one piece; a shard that is missing, there\n" +
    "twice or of another run is refused. The files' exact sums are added: the order of files does not change a bit of the result. Files of\n" +
    "other models, labels or options, and files that have pairs in common, are refused; pairs are\n" +
    "known from IN.pairs.tsv where `attribute --dataset` wrote it.",
  async run(args) {
    const [output, ...names] = args.positional;
    await checkWritable(output);
    const files = await Promise.all(names.map(async (name) => {
      const [, folder, file] = /^(.*\/)?([^/]+)$/.exec(name) ?? [undefined, undefined, name];
      const scheme = await openScheme(await folderLoader(folder ?? "."), file).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        throw new Error(`Cannot read ${name}: no such file`, { cause: error });
      });
      return { name, scheme, pairs: await pairsOf(name, scheme.metadata.dataset ?? "") };
    }));
    const merged = files.some(({ scheme }) => isShard(scheme))
      ? mergeShards(files)
      : mergeSchemes(files);
    const list = isShard(files[0].scheme) ? await pairsFile(files[0].name) : undefined;
    if (list !== undefined) await writeFile(`${output}.pairs.tsv`, list); // of all shards
    await writeFile(output, encodeScheme(merged));
    if (args.has("quiet")) return;
    console.error(`${merged.pairs} pairs of ${names.length} files`);
    const without = files.find(({ scheme }) => !scheme.sums?.byQuery);
    if (without && files.some(({ scheme }) => scheme.sums?.byQuery)) {
      console.error(`sums by query are left out: ${without.name} has none`);
    }
  },
};

/** The ids of a scheme's pairs, where they are listed beside it. */
async function pairsOf(name: string, dataset: string): Promise<string[] | undefined> {
  const lines = (await pairsFile(name))?.trimEnd().split("\n").slice(1);
  return lines?.map((line) => `${dataset} ${line.split("\t").slice(0, 2).join(" ")}`);
}

async function pairsFile(name: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(`${name}.pairs.tsv`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
