// `download`: a Hugging Face repository into the cache that all its tools share.

import { familyNames } from "../../../internal.ts";
import type { Command } from "../command.ts";
import { print } from "../../deno/files.ts";
import { cacheFolder, downloadModel, hubOf } from "../../deno/hub_cache.ts";
import { type Progress, startProgress } from "../run/progress.ts";

/** The command. */
export const download: Command = {
  summary: "a model from the Hugging Face Hub into its standard cache",
  positional: "MODEL",
  arity: [1, 1],
  options: {
    revision: { value: "R", help: "branch, tag or commit", fallback: "main" },
    refresh: { help: "look for a newer commit even where the revision is in the cache" },
  },
  notes: `Families: ${familyNames.join(", ")}.\n` +
    "MODEL as in castorini/monobert-large-msmarco; prints the folder. A broken download goes on where it\n" +
    "stopped, SHA-256 is verified. Honours HF_HOME, HF_HUB_CACHE, HF_TOKEN and HF_ENDPOINT.",
  async run(args) {
    const quiet = args.has("quiet");
    let current = "";
    let bar: Progress | undefined;
    const progress = (file: string, done: number, size: number) => {
      if (file !== current) bar = startProgress(toMegabytes(size), { things: "MB", quiet });
      current = file;
      bar?.update(toMegabytes(done), file);
      if (done === size) bar?.end(quiet ? undefined : `${file}: ${size} bytes`);
    };
    const hub = hubOf(Deno.env.get);
    const cache = cacheFolder(Deno.env.get);
    const folder = await downloadModel({ hub, cache }, args.positional[0], {
      revision: args.text("revision"),
      refresh: args.has("refresh"),
      progress,
    });
    await print(folder);
  },
};

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
