/**
 * A journal beside an output: what was finished before a run was stopped.
 *
 * Every record is handed to the system at once, so it survives the end of the process, `kill -9`
 * too; it is synced to the disk a second later at the latest, so that a power failure costs a second
 * of work and the batch that was running.
 */

import { isStream } from "../../deno/write.ts";
import { encodeRecord, type JournalRecord, readRecords } from "../../formats/journal.ts";
import { decodeUtf8, isObject, parseJsonObject } from "../../formats/json.ts";
import { named, reasonOf } from "../../deno/files.ts";
import { placeOf } from "../../deno/place.ts";

/** Everything that the result depends on, by name. */
export type Identity = Readonly<Record<string, string>>;

/** An open journal; nobody else can open it meanwhile. */
export interface Journal extends Disposable {
  /** Its file. */
  readonly path: string;
  /** Records found when it was opened. */
  readonly found: number;
  /** Bytes of a torn last record that were dropped. */
  readonly torn: number;
  /** Its size in bytes. */
  readonly size: number;
  /** The payloads found and appended so far. */
  payloads(): AsyncGenerator<Uint8Array>;
  /** Appends a record. */
  append(payload: Uint8Array): void;
  /** Brings what was appended to the disk. */
  sync(): void;
  /** Removes the file: the output is complete. */
  remove(): Promise<void>;
}

/** The journal beside an output; none where the result goes to no file that it could lie beside. */
export function journalBeside(
  output: string | undefined,
  behind = ".journal",
): string | undefined {
  return output === undefined || isStream(output) ? undefined : `${output}${behind}`;
}

const FORMAT = "relevance-neurons-journal/1";

/** Milliseconds that appended records may wait to be synced. */
const PAUSE = 1000;

/**
 * The journal of a run whose output is no file that it could lie beside: it has no name, and ends
 * with the process.
 */
export async function namelessJournal(identity: Identity): Promise<Journal> {
  const path = await named("make", "a temporary file", () => Deno.makeTempFile());
  const opened = await openJournal(path, identity);
  await Deno.remove(path);
  return {
    ...opened,
    path: "memory",
    get size() {
      return opened.size;
    },
    remove: () => Promise.resolve(),
  };
}

/**
 * Opens or begins the journal of a run; `restart` empties one that is there, or ("other") one that
 * belongs to another run.
 *
 * @throws {Error} naming what differs where it belongs to another run, or is in use.
 */
export async function openJournal(
  path: string,
  identity: Identity,
  { restart = false }: { readonly restart?: boolean | "other" } = {},
): Promise<Journal> {
  return await named("use journal", path, async () => {
    const { kind, what } = placeOf(path);
    if (kind !== "file" && kind !== "nothing") throw new Error(`expected a file, found ${what}`);
    const file = await Deno.open(path, { read: true, write: true, create: true });
    try {
      if (!await file.tryLock(true)) {
        throw new Error("expected to be its only user, another run of the same output is at work");
      }
      if (restart === true) file.truncateSync(0);
      let { size } = file.statSync();
      const records = readRecords((start, end) => Promise.resolve(range(file, start, end)), size);
      const first = await records.next();
      // a journal that holds nothing yet, not even who it belongs to
      let header = first.done ? undefined : first.value;
      const differences = header ? differencesOf(header.payload, identity) : [];
      if (differences.length > 0) {
        if (restart !== "other") {
          throw new RangeError(
            `it belongs to another run (${
              differences.join("; ")
            }): repeat that run's options, or start anew with --restart`,
          );
        }
        await records.return(undefined);
        file.truncateSync(0);
        [header, size] = [undefined, 0];
      }
      if (!header && size > 0 && !startsLikeOne(file, size)) {
        throw new SyntaxError("expected a journal, got another file; move it away");
      }
      let last: JournalRecord | undefined = header;
      let found = 0;
      for await (const record of records) [last, found] = [record, found + 1];
      return journal(file, { path, identity, last, found, size });
    } catch (error) {
      file.close();
      throw error;
    }
  });
}

function journal(
  file: Deno.FsFile,
  { path, identity, last, found, size }: {
    readonly path: string;
    readonly identity: Identity;
    readonly last: JournalRecord | undefined;
    readonly found: number;
    readonly size: number;
  },
): Journal {
  let [end, checksum] = [last?.end ?? 0, last?.checksum ?? 0];
  let synced = performance.now();
  file.truncateSync(end);
  const sync = () => {
    file.syncDataSync();
    synced = performance.now();
  };
  const append = (payload: Uint8Array) => {
    const record = encodeRecord(payload, checksum);
    try {
      file.seekSync(end, Deno.SeekMode.Start);
      for (let at = 0; at < record.bytes.length;) at += file.writeSync(record.bytes.subarray(at));
      if (performance.now() - synced > PAUSE) sync();
    } catch (error) {
      try {
        file.truncateSync(end);
      } catch {
        // the next start drops what was half written
      }
      const reason = error instanceof Error ? reasonOf(error) : String(error);
      throw new Error(
        `Cannot write ${path}: ${reason}; all finished before is kept: make room and repeat the command`,
        { cause: error },
      );
    }
    [end, checksum] = [end + record.bytes.length, record.checksum];
  };
  if (!last) {
    append(new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...identity })));
    sync();
  }
  return {
    ...{ path, found, append, sync },
    torn: last ? size - last.end : 0,
    get size() {
      return end;
    },
    async *payloads() {
      let header = true;
      const read = (start: number, stop: number) => Promise.resolve(range(file, start, stop));
      for await (const { payload } of readRecords(read, end)) {
        if (!header) yield payload;
        header = false;
      }
    },
    async remove() {
      await Deno.remove(path);
    },
    [Symbol.dispose]: () => file.close(),
  };
}

/** Removes the journal of work whose output is written. */
export async function removeJournal(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What a journal's header says otherwise than `identity`. */
function differencesOf(payload: Uint8Array, identity: Identity): string[] {
  const action = "expected a journal's header";
  const { format, ...found } = parseJsonObject(decodeUtf8(payload, action), action);
  if (format !== FORMAT || !isObject(found)) {
    throw new SyntaxError(`expected ${FORMAT}, got ${JSON.stringify(format) ?? "another file"}`);
  }
  const keys = [...new Set([...Object.keys(found), ...Object.keys(identity)])].sort();
  return keys.filter((key) => found[key] !== identity[key])
    .map((key) => `${key} was ${found[key] ?? "not there"} and is ${identity[key] ?? "not there"}`);
}

/** Whether a file without a whole record may be a journal whose header is torn: short, and JSON. */
function startsLikeOne(file: Deno.FsFile, size: number): boolean {
  const head = range(file, 0, Math.min(size, 10));
  return size < 2 ** 16 && [0x7b, 0x22].every((byte, i) => (head[8 + i] ?? byte) === byte);
}

function range(file: Deno.FsFile, start: number, end: number): Uint8Array {
  file.seekSync(start, Deno.SeekMode.Start);
  const bytes = new Uint8Array(Math.max(0, end - start));
  let at = 0;
  while (at < bytes.length) {
    const count = file.readSync(bytes.subarray(at));
    if (count === null) break;
    at += count;
  }
  return bytes.subarray(0, at);
}
