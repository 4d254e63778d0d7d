// Folders and files of the command line, for readers that know nothing of a file system.

import type { Requester } from "../formats/collection.ts";
import type { ByteStream } from "../formats/gzip.ts";
import type { Folder, FolderFile } from "../formats/folder.ts";
import type { Load } from "../formats/load.ts";
import { placeOf } from "./place.ts";
import { isSystemError, reasonOf } from "./system_errors.ts";

/** The bytes of a file in pieces, or of standard input for "-"; errors name it. */
export async function* fileStream(path: string): AsyncGenerator<Uint8Array> & ByteStream {
  try {
    yield* path === "-" ? Deno.stdin.readable : (await Deno.open(path)).readable;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Loads files of a folder, whole or by range. */
export function loaderOf(folder: string): Load {
  return async (name, range) => {
    const path = `${folder}/${name}`;
    if (!range) return await Deno.readFile(path);
    using file = await Deno.open(path);
    await file.seek(range.start, Deno.SeekMode.Start);
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.max(0, Math.min(range.end, size) - range.start));
    let at = 0;
    while (at < bytes.length) {
      const count = await file.read(bytes.subarray(at));
      if (count === null) break;
      at += count;
    }
    return bytes.subarray(0, at);
  };
}

/** A file as something that names ids and can be read again; what is no plain file cannot. */
export function rereadable(path: string): Requester | undefined {
  if (path === "-" || placeOf(path).kind === "stream") return undefined;
  return { file: path, open: () => fileStream(path) };
}

/** The folder at `path` and all below it. */
export function openFolder(path: string): Folder {
  const list = async (below: string): Promise<FolderFile[]> => {
    const files: FolderFile[] = [];
    for await (const { name } of Deno.readDir(`${path}/${below}`)) {
      const info = await Deno.stat(`${path}/${below}${name}`);
      if (info.isDirectory) files.push(...await list(`${below}${name}/`));
      else {
        files.push({
          path: `${below}${name}`,
          size: info.size,
          modified: info.mtime?.getTime() ?? 0,
        });
      }
    }
    return files;
  };
  return {
    name: path.replace(/(?<=.)\/+$/, ""),
    list: () => list("").catch((error) => Promise.reject(unreadable(path, error))),
    open: (file) => fileStream(`${path}/${file}`),
  };
}

/** An error of the system as a sentence that names the path; other errors as they are. */
function unreadable(path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  return new Error(`Cannot read ${path}: ${reasonOf(error)}`, { cause: error });
}
