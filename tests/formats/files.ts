// Files for the tests: in memory by name, or the shared models and collections where they lie.

import type { Folder, FolderFile } from "../../src/formats/folder.ts";
import type { Load } from "../../src/formats/load.ts";

/** A loader of files held in memory, reading ranges as a real one does. */
export function memory(files: Readonly<Record<string, Uint8Array>>): Load {
  return (name, range) => {
    const bytes = files[name];
    if (bytes === undefined) return Promise.reject(new Deno.errors.NotFound(name));
    return Promise.resolve(range === undefined ? bytes : bytes.slice(range.start, range.end));
  };
}

/** A loader of a folder on disk with ranged reads. */
export function folder(path: URL): Load {
  return async (name, range) => {
    using file = await Deno.open(new URL(name, path));
    const { size } = await file.stat();
    const start = Math.min(range?.start ?? 0, size);
    const bytes = new Uint8Array(Math.min(range?.end ?? size, size) - start);
    await file.seek(start, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < bytes.length) {
      filled += await file.read(bytes.subarray(filled)) ?? bytes.length;
    }
    return bytes;
  };
}

/** Where the shared data lie: beside the repository, on machines that have them. */
export const SHARED = new URL("../../../shared/", import.meta.url);

/** Declares a test that needs `path` under the shared data; says so in its name where it is absent. */
export function sharedTest(name: string, path: string, test: (at: URL) => Promise<void> | void) {
  const at = new URL(path, SHARED);
  let absent = false;
  try {
    Deno.statSync(at);
  } catch {
    absent = true;
  }
  if (absent) console.warn(`Skipped, for shared/${path} is absent: ${name}`);
  Deno.test({
    name: absent ? `${name} [skipped: shared/${path} is absent]` : name,
    ignore: absent,
    fn: () => test(at),
  });
}

/** A stream of a text or of bytes in pieces of `size` bytes. */
export async function* stream(
  content: string | Uint8Array,
  size = 65_536,
): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let start = 0; start < bytes.length; start += size) {
    await Promise.resolve();
    yield bytes.slice(start, start + size);
  }
}

/** A text as a gzip file. */
export async function gzip(text: string): Promise<Uint8Array> {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}

/** A folder of texts in memory, those whose name ends in .gz given as bytes. */
export function textFolder(files: Readonly<Record<string, string | Uint8Array>>): Folder {
  return {
    name: "data",
    list: () =>
      Promise.resolve(
        Object.entries(files).map(([path, content]) => ({
          path,
          size: content.length,
          modified: 0,
        })),
      ),
    open: (path) => stream(files[path]),
  };
}

/** A folder on disk. */
export function diskFolder(at: URL): Folder {
  return {
    name: at.pathname.split("/").at(-2)!,
    async list() {
      const files: FolderFile[] = [];
      const walk = async (below: string) => {
        for await (const entry of Deno.readDir(new URL(below, at))) {
          const path = below + entry.name;
          if (entry.isDirectory) await walk(`${path}/`);
          else {
            const { size, mtime } = await Deno.stat(new URL(path, at));
            files.push({ path, size, modified: mtime?.getTime() ?? 0 });
          }
        }
      };
      await walk("");
      return files;
    },
    async *open(path) {
      yield* (await Deno.open(new URL(path, at))).readable;
    },
  };
}
