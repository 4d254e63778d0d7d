/**
 * The one writer of files. A file appears whole or not at all; links are followed, and what they
 * lead to is replaced; a FIFO, a terminal or another character device is written to and stays.
 */

import { named, namedSync } from "./system_errors.ts";
import { type Place, placeOf, splitPath } from "./place.ts";

/** What a file will hold; pieces are written one after another. */
export type Content = string | Uint8Array | AsyncIterable<Uint8Array>;

/** A file that is being made under another name. */
export interface Draft extends Disposable {
  /** Where it is being made: beside the place that it will take. */
  readonly path: string;
  /** Lets it take its place; without this it is removed in the end. */
  finish(): void;
}

/** Begins a file that takes the place of what `path` leads to; a stream has none to be taken. */
export function draftOf(path: string): Draft {
  const place = outputPlace(path);
  if (place.kind === "stream") throw new Error(`expected a file, found ${place.what}`);
  return draftAt(place);
}

/** Writes a file at once: for what is written while a process ends. Streams are refused. */
export function replaceFile(path: string, text: string): void {
  namedSync("write", path, () => {
    using draft = draftOf(path);
    Deno.writeTextFileSync(draft.path, text);
    draft.finish();
  });
}

/** Writes to what `path` leads to. */
export async function writeFile(path: string, content: Content): Promise<void> {
  const write = <T>(action: () => Promise<T> | T) => named("write", path, action);
  const place = await write(() => outputPlace(path));
  if (place.kind === "stream") {
    // appended: a shell's `>>` opened /dev/stdout so; where nothing can be, it makes no difference
    using stream = await write(() => Deno.open(place.path, { append: true }));
    return await writeAll(stream, content, write);
  }
  using draft = draftAt(place);
  {
    const options = { write: true, create: true, truncate: true };
    using file = await write(() => Deno.open(draft.path, options));
    await writeAll(file, content, write);
    await write(() => file.sync());
  }
  await write(() => draft.finish());
}

/** Fails now rather than after hours if `path` could not be written. */
export async function checkWritable(path: string): Promise<void> {
  await named("write", path, async () => {
    const place = outputPlace(path);
    if (place.kind === "stream") return;
    if (!(await Deno.stat(splitPath(place.path).folder)).isDirectory) {
      throw new Deno.errors.NotADirectory();
    }
    using draft = draftAt(place);
    await Deno.writeFile(draft.path, new Uint8Array());
  });
}

/** Whether `path` leads to a FIFO, a device or an open file: nothing can lie beside it, or be kept. */
export function isStream(path: string): boolean {
  return namedSync("write", path, () => placeOf(path).kind === "stream");
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
  const places = paths.map(placeOf).filter(({ kind }) => kind === "file" || kind === "nothing");
  const byFolder = Map.groupBy(places.map(({ path }) => splitPath(path)), ({ folder }) => folder);
  for (const [folder, files] of byFolder) {
    await removePartial(folder, new Set(files.map(({ name }) => name)));
  }
}

/** What may be written at `path`; throws where nothing may. */
function outputPlace(path: string): Place {
  const place = placeOf(path);
  if (place.kind === "folder") throw new Deno.errors.IsADirectory();
  if (place.kind === "other") throw new Error(`expected a file, found ${place.what}`);
  // an administrator may write everywhere; what nobody was given to write is left alone all the same
  if (place.mode !== undefined && (place.mode & 0o222) === 0) throw new Error("it is read-only");
  return place;
}

/** Drafts that this process has begun: several of one path may be under way. */
let begun = 0;

function draftAt({ path, mode }: Place): Draft {
  const temporary = `${path}.${Deno.pid}${String(begun++).padStart(6, "0")}.partial`;
  let finished = false;
  return {
    path: temporary,
    finish() {
      if (mode !== undefined && Deno.build.os !== "windows") Deno.chmodSync(temporary, mode);
      Deno.renameSync(temporary, path);
      finished = true;
    },
    [Symbol.dispose]() {
      if (finished) return;
      try {
        Deno.removeSync(temporary);
      } catch {
        // it was not even begun
      }
    },
  };
}

async function writeAll(
  file: Deno.FsFile,
  content: Content,
  write: <T>(action: () => Promise<T> | T) => Promise<T>,
): Promise<void> {
  const put = (bytes: Uint8Array) =>
    write(async () => {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    });
  if (typeof content === "string") return await put(new TextEncoder().encode(content));
  if (content instanceof Uint8Array) return await put(content);
  for await (const piece of content) await put(piece); // what goes wrong in making one is not ours
}
