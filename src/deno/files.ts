/** Files in and out: errors name them, and an output appears whole or not at all. */

import type { Load } from "../formats/load.ts";
import { loaderOf } from "./folder.ts";

/** Runs `action`; a system error becomes a sentence that begins with `what` and `path`. */
export async function named<T>(what: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`Cannot ${what} ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  NotFound: "no such file or folder",
  PermissionDenied: "permission denied",
  NotCapable: "this program was not permitted to (see deno run --allow-read, --allow-write)",
  IsADirectory: "it is a folder",
  NotADirectory: "it is no folder",
};

/** Why a file could not be used, in words. */
export function reasonOf({ name, message }: Error): string {
  // ENOSPC, EDQUOT, EFBIG; SQLITE_FULL
  if (/\(os error (28|122|27)\)|database or disk is full/.test(message)) return "no space is left";
  return reasons[name] ?? message;
}

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

/** Writes a file under a temporary name beside it, then renames it. */
export async function writeFile(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${Deno.pid}.partial`;
  await named("write", path, async () => {
    try {
      const file = await Deno.open(temporary, { write: true, create: true, truncate: true });
      try {
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
        await file.sync();
      } finally {
        file.close();
      }
      await Deno.rename(temporary, path);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      throw error;
    }
  });
}

/** Writes a result to a file, or to standard output. */
export async function writeOutput(path: string | undefined, text: string): Promise<void> {
  if (path !== undefined) return await writeFile(path, text);
  await named("write", "standard output", () => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    return Promise.resolve();
  });
}

/** Removes what runs that were killed while they wrote files of these names left beside them. */
export async function removePartial(folder: string, names: ReadonlySet<string>): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const [, written] = /^(.*)\.\d+\.partial$/s.exec(name) ?? [];
    if (written !== undefined && names.has(written)) await Deno.remove(`${folder}/${name}`);
  }
}

/** The same for files by their paths. */
export async function removePartials(paths: readonly string[]): Promise<void> {
  const byFolder = Map.groupBy(paths.map(splitPath), ({ folder }) => folder);
  for (const [folder, files] of byFolder) {
    await removePartial(folder, new Set(files.map(({ name }) => name)));
  }
}

/** Writes a file of a folder that one run at a time writes; what killed ones left of it is removed. */
export async function writeAnew(path: string, content: Uint8Array | string): Promise<void> {
  await makeFolder(splitPath(path).folder);
  await removePartials([path]);
  await writeFile(path, content);
}

/** The folder of a path, and the name in it. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const [, folder, name] = /^(.*[/\\])?([^/\\]*)$/s.exec(path)!;
  return { folder: folder ?? ".", name };
}

/** Fails now rather than after hours if `path` could not be written. */
export async function checkWritable(path: string): Promise<void> {
  await named("write", path, async () => {
    const folder = path.replace(/[^/\\]*$/, "") || ".";
    if (!(await Deno.stat(folder)).isDirectory) throw new Deno.errors.NotADirectory();
    const isFolder = await Deno.stat(path).then((info) => info.isDirectory, () => false);
    if (isFolder) throw new Deno.errors.IsADirectory();
    const probe = `${path}.${Deno.pid}.partial`;
    await Deno.writeFile(probe, new Uint8Array());
    await Deno.remove(probe);
  });
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
