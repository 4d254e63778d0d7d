/**
 * SentencePiece's precompiled map of characters: a double-array trie (Darts-clone) over UTF-8 bytes,
 * whose values are places in a table of texts that end in a zero byte. Laid out as a size in bytes
 * (32 bits, little-endian), the trie's units (32 bits each), the table.
 */

import { tokenizerError } from "./read.ts";
import { graphemesOf } from "./unicode.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A grapheme of at most so many bytes is looked up as a whole, as Hugging Face's tokenizers do. */
const WHOLE = 5;

/** Replaces what the map has entries for. */
export function openCharsmap(base64: string): (text: string) => string {
  const bytes = decode(base64);
  const view = new DataView(bytes.buffer);
  const size = bytes.length < 4 ? NaN : view.getUint32(0, true);
  if (!(size >= 4 && size % 4 === 0 && 4 + size <= bytes.length)) {
    throw tokenizerError(
      `expected precompiled_charsmap to begin with its trie's size, got ${size} of ${bytes.length} bytes`,
    );
  }
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const table = bytes.subarray(4 + size);
  // a unit: its label (bits 0-7 and 31), has a leaf (8), where its children are (10-30, in 256s with bit 9)
  const children = (unit: number) => (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
  const unitAt = (at: number) => {
    if (at < 0 || at >= units.length) {
      throw tokenizerError("precompiled_charsmap's trie leads beyond its end");
    }
    return units[at];
  };
  const known = new Map<string, string | undefined>();

  /** What stands for the shortest entry that the bytes begin with. */
  function find(key: Uint8Array): string | undefined {
    let at = children(unitAt(0));
    for (const byte of key) {
      if (byte === 0) return undefined;
      at ^= byte;
      const unit = unitAt(at);
      if ((unit & 0x800000ff) !== byte) return undefined;
      at ^= children(unit);
      if ((unit >>> 8) & 1) return entryAt(unitAt(at) & 0x7fffffff);
    }
    return undefined;
  }
  function entryAt(start: number): string {
    const end = table.indexOf(0, start);
    if (start > table.length || end < 0) {
      throw tokenizerError("precompiled_charsmap's trie leads beyond its table");
    }
    try {
      return text.decode(table.subarray(start, end));
    } catch {
      throw tokenizerError("expected UTF-8 texts in precompiled_charsmap");
    }
  }
  const replacement = (part: string, key: Uint8Array) => {
    if (!known.has(part)) {
      if (known.size > 100_000) known.clear();
      known.set(part, find(key));
    }
    return known.get(part);
  };
  return (whole) => {
    let result = "";
    for (const grapheme of graphemesOf(whole)) {
      const key = utf8.encode(grapheme);
      const replaced = key.length <= WHOLE ? replacement(grapheme, key) : undefined;
      if (replaced !== undefined) result += replaced;
      else for (const char of grapheme) result += replacement(char, utf8.encode(char)) ?? char;
    }
    return result;
  };
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    throw tokenizerError("expected precompiled_charsmap to be base64");
  }
}
