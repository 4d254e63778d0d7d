/** Files in and out, by path; errors name them. */

import type { Load } from "../formats/load.ts";
import { loaderOf } from "./folder.ts";
import { placeOf, splitPath } from "./place.ts";
import { named } from "./system_errors.ts";
import { removePartials, writeFile } from "./write.ts";

export { splitPath } from "./place.ts";
export { named, reasonOf } from "./system_errors.ts";
export { checkWritable, removePartial, removePartials, writeFile } from "./write.ts";

/** Text of a UTF-8 file, or of standard input for `-`. */
export async function readText(path: string): Promise<string> {
  return await named("read", path, async () => {
    const bytes = path === "-"
      ? new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer())
      : await Deno.readFile(path);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw new SyntaxError("expected UTF-8 text");
    }
  });
}

/** Writes a result to a file, or to standard output. */
export async function writeOutput(path: string | undefined, text: string): Promise<void> {
  if (path !== undefined) return await writeFile(path, text);
  await named("write", "standard output", () => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  });
}

/** Writes a line, or lines, to standard output. */
export async function print(text: string): Promise<void> {
  await writeOutput(undefined, `${text}\n`);
}

/** Whether an error says that nobody reads an output any more, as after `| head -1`. */
export function isOutputClosed(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Deno.errors.BrokenPipe;
}

/** Writes a file of a folder that one run at a time writes; what killed ones left of it is removed. */
export async function writeAnew(path: string, content: Uint8Array | string): Promise<void> {
  await makeFolder(splitPath(path).folder);
  await named("write", path, () => {
    const { kind, what } = placeOf(path); // it will be read again
    if (kind === "stream") throw new Error(`expected a file, found ${what}`);
  });
  await removePartials([path]);
  await writeFile(path, content);
}

/** Makes a folder, and those above it, unless it is there. */
export async function makeFolder(path: string): Promise<void> {
  await named("make folder", path, () => Deno.mkdir(path, { recursive: true }));
}

/** Loads files of a folder, whole or by range. */
export async function folderLoader(folder: string): Promise<Load> {
  await named("read folder", folder, async () => {
    if (!(await Deno.stat(folder)).isDirectory) throw new Deno.errors.NotADirectory();
  });
  return loaderOf(folder);
}
