/** What a path leads to: links followed, `..` resolved, files told from folders and streams. */

import { isAbsolute, join } from "node:path";

/** Where a path leads. */
export interface Place {
  /** Its last place, no link; absolute where this program may know the folder that it runs in. */
  readonly path: string;
  /** A stream has no end to be replaced: a FIFO, a terminal, another character device, an open file. */
  readonly kind: "nothing" | "file" | "folder" | "stream" | "other";
  /** What is there, in words. */
  readonly what: string;
  /** The same for all names of one thing; absent where nothing is there, or the system has no such. */
  readonly id?: string;
  /** Permissions as chmod takes them, where the system has such. */
  readonly mode?: number;
}

/** Links on the way before they are taken for a circle, as Linux has it. */
const MOST_LINKS = 40;

/** Looks where a path leads; what is at the end of a link need not be there. */
export function placeOf(path: string): Place {
  const { folder, name } = follow(path);
  const last = name === "" ? folder : join(folder, name);
  const info = unlessAbsent(() => Deno.statSync(last));
  if (!info) return { path: last, kind: "nothing", what: "nothing" };
  const id = info.ino ? `${info.dev}:${info.ino}` : undefined;
  const here = { path: last, id, mode: info.mode === null ? undefined : info.mode & 0o777 };
  if (info.isDirectory) return { ...here, kind: "folder", what: "a folder" };
  if (info.isCharDevice) return { ...here, kind: "stream", what: "a character device" };
  // what an open file is reached by has been opened, perhaps in the middle: it is not replaced
  if (isDescriptor(folder)) return { ...here, kind: "stream", what: "an open file" };
  if (info.isFifo) return { ...here, kind: "stream", what: "a FIFO" };
  if (info.isFile) return { ...here, kind: "file", what: "a file" };
  const what = info.isBlockDevice ? "a block device" : info.isSocket ? "a socket" : "no file";
  return { ...here, kind: "other", what };
}

/** The folder of a path, and the name in it. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const [, folder, name] = /^(.*[/\\])?([^/\\]*)$/s.exec(path)!;
  return { folder: folder ?? ".", name };
}

/** The last folder on a path, no link, and the name in it; "" where it is the folder itself. */
function follow(path: string): { readonly folder: string; readonly name: string } {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const { folder, name } = splitPath(at);
    if (/^\.{0,2}$/.test(name)) return { folder: realFolder(at), name: "" };
    const real = realFolder(folder);
    const here = join(real, name);
    if (isDescriptor(real) || !unlessAbsent(() => Deno.lstatSync(here))?.isSymlink) {
      return { folder: real, name };
    }
    const target = Deno.readLinkSync(here);
    at = isAbsolute(target) ? target : join(real, target);
  }
  throw new Deno.errors.FilesystemLoop();
}

/** A folder without links and `..`; as it was written where it is absent or nobody may ask. */
function realFolder(folder: string): string {
  try {
    return Deno.realPathSync(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) {
      return join(folder);
    }
    throw error;
  }
}

/** Whether a folder holds a process's open files: where /dev/stdout and /dev/fd/3 lead. */
function isDescriptor(folder: string): boolean {
  return /^\/proc\/[^/]+\/(task\/\d+\/)?fd\/?$/.test(folder);
}

/** What `look` finds; undefined where there is nothing to look at. */
export function unlessAbsent<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
