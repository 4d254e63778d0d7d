// The directory of a zip archive whose entries are stored, not compressed, read by ranges.
// PKWARE APPNOTE 6.3.10: end of central directory 4.3.16, zip64 4.3.14-15, headers 4.3.7 and 4.3.12

import { decodeUtf8 } from "../json.ts";
import type { ByteRange, RangedFile } from "../load.ts";

/** Where an archive's entries lie: name → bytes of the file. */
export type ZipDirectory = ReadonlyMap<string, ByteRange>;

/** A directory is not read beyond this many bytes. */
const LONGEST_DIRECTORY = 2 ** 26;
const END_LENGTH = 22;
const LOCATOR_LENGTH = 20;
const ZIP64_LENGTH = 56;

/**
 * Reads the archive's directory and every entry's own header. Throws a SyntaxError saying what was
 * found, to follow "got", where the archive is cut short, inconsistent or compressed.
 */
export async function readZipDirectory(file: RangedFile): Promise<ZipDirectory> {
  const size = await file.size();
  const { count, start, end } = await findDirectory(file, size);
  if (!(start <= end && end <= size) || end - start > LONGEST_DIRECTORY) {
    throw new SyntaxError("a zip archive whose directory lies outside the file");
  }
  const bytes = view(await file.read({ start, end }));
  const entries = new Map<string, ByteRange>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const { name, header, length, next } = readEntry(bytes, at);
    if (entries.has(name)) throw new SyntaxError(`a zip archive with "${name}" twice`);
    const data = await dataStart(file, header, name);
    if (data + length > start) throw new SyntaxError(`a zip archive with "${name}" cut short`);
    entries.set(name, { start: data, end: data + length });
    at = next;
  }
  return entries;
}

async function findDirectory(file: RangedFile, size: number) {
  // The end record is followed only by a comment of at most 64 kB.
  const tailStart = Math.max(0, size - END_LENGTH - 0xffff);
  const tail = view(await file.read({ start: tailStart, end: size }));
  for (let at = tail.byteLength - END_LENGTH; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    const count = tail.getUint16(at + 10, true);
    const length = tail.getUint32(at + 12, true);
    const start = tail.getUint32(at + 16, true);
    if (count < 0xffff && length < 0xffffffff && start < 0xffffffff) {
      return { count, start, end: start + length };
    }
    return await findZip64Directory(file, tailStart + at - LOCATOR_LENGTH);
  }
  throw new SyntaxError("a zip archive without its end");
}

async function findZip64Directory(file: RangedFile, locatorStart: number) {
  const locator = view(
    await file.read({ start: Math.max(0, locatorStart), end: locatorStart + LOCATOR_LENGTH }),
  );
  if (locator.byteLength === LOCATOR_LENGTH && locator.getUint32(0, true) === 0x07064b50) {
    const at = integer(locator, 8);
    const record = view(await file.read({ start: at, end: at + ZIP64_LENGTH }));
    if (record.byteLength === ZIP64_LENGTH && record.getUint32(0, true) === 0x06064b50) {
      const start = integer(record, 48);
      return { count: integer(record, 32), start, end: start + integer(record, 40) };
    }
  }
  throw new SyntaxError("a zip64 archive without its end");
}

function readEntry(bytes: DataView, at: number) {
  if (at + 46 > bytes.byteLength || bytes.getUint32(at, true) !== 0x02014b50) {
    throw new SyntaxError("a zip archive with a damaged directory");
  }
  const nameLength = bytes.getUint16(at + 28, true);
  const extraLength = bytes.getUint16(at + 30, true);
  const next = at + 46 + nameLength + extraLength + bytes.getUint16(at + 32, true);
  if (next > bytes.byteLength) throw new SyntaxError("a zip archive with a damaged directory");
  const name = decodeUtf8(
    new Uint8Array(bytes.buffer, bytes.byteOffset + at + 46, nameLength),
    "Cannot read an entry's name",
  );
  const method = bytes.getUint16(at + 10, true);
  let length = bytes.getUint32(at + 24, true);
  let packed = bytes.getUint32(at + 20, true);
  let header = bytes.getUint32(at + 42, true);
  // The zip64 field holds, in this order, those of the three that do not fit in 32 bits.
  let extra = at + 46 + nameLength;
  const extraEnd = extra + extraLength;
  while (extra + 4 <= extraEnd) {
    const fieldEnd = extra + 4 + bytes.getUint16(extra + 2, true);
    if (bytes.getUint16(extra, true) === 1 && fieldEnd <= extraEnd) {
      let field = extra + 4;
      const wide = (value: number) => {
        if (value !== 0xffffffff || field + 8 > fieldEnd) return value;
        field += 8;
        return integer(bytes, field - 8);
      };
      length = wide(length);
      packed = wide(packed);
      header = wide(header);
    }
    extra = fieldEnd;
  }
  if (method !== 0 || packed !== length) {
    throw new SyntaxError(`a zip archive with "${name}" compressed`);
  }
  return { name, header, length, next };
}

/** An entry's data follow its own header, whose extra field may differ from the directory's. */
async function dataStart(file: RangedFile, header: number, name: string): Promise<number> {
  const local = view(await file.read({ start: header, end: header + 30 }));
  if (local.byteLength < 30 || local.getUint32(0, true) !== 0x04034b50) {
    throw new SyntaxError(`a zip archive without the header of "${name}"`);
  }
  return header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
}

function integer(bytes: DataView, at: number): number {
  const value = Number(bytes.getBigUint64(at, true));
  if (Number.isSafeInteger(value)) return value;
  throw new SyntaxError("a zip archive with sizes beyond 53 bits");
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
