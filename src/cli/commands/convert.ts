// `convert`: a PyTorch checkpoint as safetensors.

import { openPyTorch } from "../../formats/pytorch.ts";
import { streamSafetensors } from "../../formats/safetensors_writer.ts";
import type { Command } from "../command.ts";
import { folderLoader, writeFile } from "../../deno/files.ts";
import { startProgress } from "../run/progress.ts";

/** The command. */
export const convert: Command = {
  summary: "a PyTorch checkpoint, zip or legacy, to safetensors",
  positional: "IN.bin OUT.safetensors",
  arity: [2, 2],
  files: [{ use: "read" }, { use: "written" }],
  options: {},
  notes:
    "The pickle inside is read, never executed; one that asks for more than tensors is refused.\n" +
    "Tensors keep their element type; one at a time is in memory.",
  async run(args) {
    const [from, to] = args.positional;
    const slash = Math.max(from.lastIndexOf("/"), from.lastIndexOf("\\"));
    const load = await folderLoader(slash < 0 ? "." : from.slice(0, slash) || "/");
    const file = await openPyTorch(load, from.slice(slash + 1)).catch((error) => {
      if (error instanceof Deno.errors.NotFound) {
        throw new Error(`Cannot read ${from}: no such file`, { cause: error });
      }
      throw error;
    });
    const tensors = [...file.entries.values()];
    const progress = startProgress(tensors.length, {
      things: "tensors",
      quiet: args.has("quiet"),
    });
    let done = 0;
    const bytes = async (name: string) => {
      const found = await file.bytes(name);
      progress.update(++done, name);
      return found;
    };
    // transformers reads only files that say which framework's layout their tensors have
    await writeFile(to, streamSafetensors(tensors, bytes, { format: "pt" }));
    progress.end(`${to}: ${tensors.length} tensors`);
  },
};
