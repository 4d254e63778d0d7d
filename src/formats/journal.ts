/**
 * Crash-safe journals: records one after another, each with its length and a checksum.
 *
 * ```text
 * record = length u32, checksum u32, payload [length]        little-endian
 * ```
 *
 * A checksum is the CRC-32 of all payloads up to its own, so a record counts only where everything
 * before it is whole and in order. What follows the last whole record was being written when the
 * writer stopped: it is dropped, and the next record is written over it.
 */

/** Bytes before a payload. */
const HEAD = 8;

/** The longest payload: more than a pair of the largest model takes. */
export const LONGEST_RECORD = 2 ** 28;

/** A whole record of a journal. */
export interface JournalRecord {
  readonly payload: Uint8Array;
  /** Where the next record begins. */
  readonly end: number;
  /** Checksum up to here, with which the next record goes on. */
  readonly checksum: number;
}

/** The bytes of a record that follows a record of checksum `before`; 0 for the first. */
export function encodeRecord(
  payload: Uint8Array,
  before: number,
): { readonly bytes: Uint8Array; readonly checksum: number } {
  if (payload.length > LONGEST_RECORD) {
    throw new RangeError(
      `Cannot write a journal record: expected at most ${LONGEST_RECORD} bytes, got ${payload.length}`,
    );
  }
  const checksum = crc32(payload, before);
  const bytes = new Uint8Array(HEAD + payload.length);
  const head = new DataView(bytes.buffer);
  head.setUint32(0, payload.length, true);
  head.setUint32(4, checksum, true);
  bytes.set(payload, HEAD);
  return { bytes, checksum };
}

/**
 * The whole records of a journal of `size` bytes, in order. `read` gives the bytes of a range, fewer
 * where the file ends; nothing longer than the file is ever asked for.
 */
export async function* readRecords(
  read: (start: number, end: number) => Promise<Uint8Array>,
  size: number,
): AsyncGenerator<JournalRecord> {
  let [end, checksum] = [0, 0];
  while (end + HEAD <= size) {
    const head = await read(end, end + HEAD);
    if (head.length < HEAD) return;
    const view = new DataView(head.buffer, head.byteOffset);
    const length = view.getUint32(0, true);
    const start = end + HEAD;
    if (length > LONGEST_RECORD || start + length > size) return;
    const payload = await read(start, start + length);
    if (payload.length < length) return;
    checksum = crc32(payload, checksum);
    if (checksum !== view.getUint32(4, true)) return;
    end = start + length;
    yield { payload, end, checksum };
  }
}

/** Powers of the polynomial of IEEE 802.3, reflected. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 of `bytes` after those of checksum `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let value = ~before;
  for (let i = 0; i < bytes.length; i++) value = table[(value ^ bytes[i]) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}
