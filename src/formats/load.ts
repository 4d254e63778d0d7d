// How files come in: one function that gives a named file's bytes, whole or by range.

/** Bytes `start` up to, not including, `end` of a file. */
export interface ByteRange {
  /** The first byte, from 0. */
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/**
 * Gives the bytes of the file `name`, or of a range of it; it rejects with an error named "NotFound"
 * or with code "ENOENT" when there is no such file. A range that passes the end gives what there is,
 * at worst nothing. A loader may ignore the range and give the whole file.
 */
export type Load = (name: string, range?: ByteRange) => Promise<Uint8Array>;

/** One file read by ranges. */
export interface RangedFile {
  /** As errors name it. */
  readonly name: string;
  /** Bytes start..end in an array of their own, fewer where the file ends before. */
  read(range: ByteRange): Promise<Uint8Array>;
  /** The file's size in bytes. */
  size(): Promise<number>;
}

/** Is `error` what a {@linkcode Load} rejects with when there is no such file? */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error &&
    (error.name === "NotFound" || (error as { code?: unknown }).code === "ENOENT");
}

/** What `promise` gives, or undefined where it rejects because a file is absent. */
export async function unlessAbsent<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The bytes of the file `name`, or undefined when there is no such file. */
export function loadOptional(load: Load, name: string): Promise<Uint8Array | undefined> {
  return unlessAbsent(load(name));
}

/**
 * Opens `name` for ranged reads and gives its first `count` bytes (fewer in a shorter file) with it.
 * A loader that answered with more than it was asked for has given the whole file: it is kept, and
 * not asked again.
 */
export async function openRanged(
  load: Load,
  name: string,
  count: number,
): Promise<{ file: RangedFile; head: Uint8Array }> {
  const first = await load(name, { start: 0, end: count });
  if (first.length > count) {
    return { file: wholeFile(name, first), head: first.slice(0, count) };
  }
  const read = async ({ start, end }: ByteRange) => {
    if (end <= start) return new Uint8Array(0);
    const bytes = await load(name, { start, end });
    if (bytes.length > end - start) {
      throw new RangeError(
        `Cannot read "${name}": expected at most ${
          end - start
        } bytes of range ${start}..${end}, got ${bytes.length}`,
      );
    }
    return bytes;
  };
  return { file: { name, read, size: () => findSize(read) }, head: first };
}

function wholeFile(name: string, bytes: Uint8Array): RangedFile {
  return {
    name,
    read: ({ start, end }) => Promise.resolve(bytes.slice(start, Math.max(start, end))),
    size: () => Promise.resolve(bytes.length),
  };
}

/** The smallest n for which byte n is absent: doubling, then halving, one byte a read. */
async function findSize(read: (range: ByteRange) => Promise<Uint8Array>): Promise<number> {
  const has = async (at: number) => (await read({ start: at, end: at + 1 })).length > 0;
  if (!await has(0)) return 0;
  let present = 0;
  let absent = 1;
  while (await has(absent)) [present, absent] = [absent, absent * 2];
  while (absent - present > 1) {
    const middle = Math.floor((present + absent) / 2);
    if (await has(middle)) present = middle;
    else absent = middle;
  }
  return absent;
}
