/** Journals: what is whole is read, what is torn is dropped. */

import { assertEquals, assertThrows } from "@std/assert";
import { crc32, encodeRecord, LONGEST_RECORD, readRecords } from "../../src/formats/journal.ts";

const text = new TextEncoder();

/** A journal of these payloads. */
function journalOf(payloads: readonly string[]): Uint8Array {
  const bytes: number[] = [];
  let checksum = 0;
  for (const payload of payloads) {
    const record = encodeRecord(text.encode(payload), checksum);
    bytes.push(...record.bytes);
    ({ checksum } = record);
  }
  return Uint8Array.from(bytes);
}

async function read(journal: Uint8Array): Promise<string[]> {
  const range = (start: number, end: number) => Promise.resolve(journal.subarray(start, end));
  const records = await Array.fromAsync(readRecords(range, journal.length));
  return records.map(({ payload }) => new TextDecoder().decode(payload));
}

const payloads = ["header", "", "first", "second, longer than the first"];

Deno.test("crc32() is that of IEEE 802.3, and goes on where it stopped", () => {
  assertEquals(crc32(text.encode("123456789")), 0xcbf43926);
  assertEquals(crc32(text.encode("6789"), crc32(text.encode("12345"))), 0xcbf43926);
});

Deno.test("readRecords() reads what encodeRecord() wrote", async () => {
  assertEquals(await read(journalOf(payloads)), payloads);
  assertEquals(await read(new Uint8Array()), []);
});

Deno.test("readRecords() drops a torn last record, wherever it is torn", async () => {
  const journal = journalOf(payloads);
  const ends = payloads.map((_, i) => journalOf(payloads.slice(0, i + 1)).length);
  for (let size = 0; size <= journal.length; size++) {
    const whole = ends.filter((end) => end <= size).length;
    assertEquals(await read(journal.subarray(0, size)), payloads.slice(0, whole), `${size} bytes`);
  }
});

Deno.test("readRecords() stops at any changed bit, also of the records before", async () => {
  const journal = journalOf(payloads);
  for (let bit = 0; bit < 8 * journal.length; bit++) {
    const changed = journal.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    const found = await read(changed);
    assertEquals(found, payloads.slice(0, found.length));
    assertEquals(found.length < payloads.length, true, `bit ${bit}`);
  }
});

Deno.test("readRecords() takes no record from another place", async () => {
  const [a, b] = [journalOf(["header", "one"]), journalOf(["other header", "two"])];
  const head = journalOf(["header"]).length;
  const foreign = b.subarray(journalOf(["other header"]).length);
  assertEquals(await read(Uint8Array.from([...a.subarray(0, head), ...foreign])), ["header"]);
});

Deno.test("encodeRecord() refuses what no reader would take", () => {
  assertThrows(() => encodeRecord(new Uint8Array(LONGEST_RECORD + 1), 0), RangeError, "at most");
});
