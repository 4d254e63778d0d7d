// `convert`: a PyTorch checkpoint as safetensors.

import { openPyTorch } from "../../formats/pytorch.ts";
import { streamSafetensors } from "../../formats/safetensors_writer.ts";
import type { Command } from "../command.ts";
import { checkWritable, folderLoader, named } from "../../deno/files.ts";
import { startProgress } from "../run/progress.ts";

/** The command. */
export const convert: Command = {
  summary: "a PyTorch checkpoint, zip or legacy, to safetensors",
  positional: "IN.bin OUT.safetensors",
  arity: [2, 2],
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
    await checkWritable(to);
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
    await writePieces(to, streamSafetensors(tensors, bytes, { format: "pt" }));
    progress.end(`${to}: ${tensors.length} tensors`);
  },
};

/** Writes pieces under a temporary name beside `path`, then renames it. */
async function writePieces(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.${Deno.pid}.partial`;
  const write = <T>(action: () => Promise<T>) => named("write", path, action);
  try {
    using out = await write(() =>
      Deno.open(temporary, { write: true, create: true, truncate: true })
    );
    for await (const piece of pieces) {
      await write(async () => {
        for (let at = 0; at < piece.length;) at += await out.write(piece.subarray(at));
      });
    }
    await write(() => out.sync());
    await write(() => Deno.rename(temporary, path));
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}
