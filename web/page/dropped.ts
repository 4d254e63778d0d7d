/** Folders that are dropped on the page or chosen in it. */
/// <reference lib="dom" />

import type { ModelSource } from "../protocol.ts";

/** The files of a folder that was chosen. */
export function filesOfInput(list: FileList | null): ModelSource | undefined {
  if (!list || list.length === 0) return undefined;
  return sourceOf(
    [...list].map((file) => [file.webkitRelativePath || file.name, file] as const),
  );
}

/** The files of what was dropped. */
export async function filesOfDrop(data: DataTransfer): Promise<ModelSource | undefined> {
  // entries must be taken before the first wait
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const plain = [...data.files].map((file) => [file.name, file] as const);
  const files = (await Promise.all(entries.map(filesBelow))).flat();
  const all = files.length > 0 ? files : plain;
  return all.length > 0 ? sourceOf(all) : undefined;
}

async function filesBelow(entry: FileSystemEntry): Promise<(readonly [string, File])[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject)
    );
    return [[entry.fullPath.replace(/^\//, ""), file]];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const all: FileSystemEntry[] = [];
  for (;;) { // a hundred at a time
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject)
    );
    if (some.length === 0) break;
    all.push(...some);
  }
  return (await Promise.all(all.map(filesBelow))).flat();
}

/** Paths from the folder that holds config.json, or the only one there is. */
function sourceOf(files: readonly (readonly [string, File])[]): ModelSource {
  const config = files.map(([path]) => path).filter((path) => /(^|\/)config\.json$/.test(path))
    .sort((a, b) => a.length - b.length)[0];
  const folder = config?.replace(/config\.json$/, "") ??
    /^([^/]*\/)?/.exec(files[0]?.[0] ?? "")![0];
  return {
    kind: "files",
    name: folder.replace(/\/$/, "").split("/").at(-1) || "the dropped files",
    files: files.filter(([path]) => path.startsWith(folder))
      .map(([path, file]) => [path.slice(folder.length), file]),
  };
}
