// Reads safetensors files by ranges: an 8-byte length, a JSON header, the tensors' bytes.
// https://huggingface.co/docs/safetensors, section "Format"

import { decodeUtf8, isObject, parseJsonObject } from "./json.ts";
import { type Load, openRanged, type RangedFile } from "./load.ts";
import {
  BYTES_PER_ELEMENT,
  elementCount,
  type TensorEntry,
  type TensorFile,
  tensorFile,
} from "./tensor_file.ts";

export type { TensorEntry, TensorFile } from "./tensor_file.ts";
export { encodeSafetensors, type Tensor } from "./safetensors_writer.ts";

/** The longest header that is read, in bytes, as in the format's own implementation. */
const LONGEST_HEADER = 100_000_000;

interface PlacedEntry extends TensorEntry {
  /** Where its bytes lie, from the start of the file. */
  readonly start: number;
  readonly end: number;
}

/**
 * Opens the safetensors file `name`; only the header is read. Throws a SyntaxError that names the
 * file where the header is not one, the tensors do not fill the rest of the file without hole or
 * overlap, or the file is shorter or longer than the header says.
 */
export async function openSafetensors(load: Load, name: string): Promise<TensorFile> {
  const { file, head } = await openRanged(load, name, 8);
  if (head.length < 8) {
    throw wrong(name, `an 8-byte header length`, `a file of ${head.length} bytes`);
  }
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  if (length > LONGEST_HEADER) {
    throw wrong(name, `a header of at most ${LONGEST_HEADER} bytes`, `a length of ${length}`);
  }
  const start = 8 + Number(length);
  if (start > 8 && !await reaches(file, start)) {
    throw wrong(name, `a header of ${length} bytes`, "the end of the file before its end");
  }
  const text = decodeUtf8(await file.read({ start: 8, end: start }), action(name));
  const { metadata, entries } = parseHeader(text, name, start);
  const end = entries.reduce((last, entry) => Math.max(last, entry.end), start);
  if (!await reaches(file, end)) {
    throw wrong(name, `${end} bytes, as its header says`, "a file cut short");
  }
  if (await reaches(file, end + 1)) {
    throw wrong(name, `${end} bytes, as its header says`, "more bytes behind them");
  }
  return tensorFile({
    name,
    metadata,
    entries: new Map(entries.map((entry) => [entry.name, entry])),
    bytes: async (entry) => {
      const bytes = await file.read(entry);
      if (bytes.length === entry.end - entry.start) return bytes;
      throw wrong(name, `${entry.end - entry.start} bytes of "${entry.name}"`, `${bytes.length}`);
    },
  });
}

async function reaches(file: RangedFile, end: number): Promise<boolean> {
  return (await file.read({ start: end - 1, end })).length === 1;
}

function parseHeader(text: string, name: string, start: number) {
  const { __metadata__: metadata, ...tensors } = parseJsonObject(text, action(name));
  if (metadata !== undefined && !isStrings(metadata)) {
    throw wrong(name, "strings in __metadata__", JSON.stringify(metadata).slice(0, 80));
  }
  const entries = Object.entries(tensors).map(([tensor, value]) =>
    parseEntry(value, { file: name, tensor, start })
  );
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let filled = start;
  for (const entry of entries) {
    if (entry.start !== filled) {
      const fault = entry.start > filled ? "a hole before it" : "bytes of another tensor";
      throw wrong(name, `"${entry.name}" at offset ${filled - start}`, fault);
    }
    filled = entry.end;
  }
  return { metadata: metadata ?? {}, entries };
}

function parseEntry(
  value: unknown,
  { file, tensor, start }: { file: string; tensor: string; start: number },
): PlacedEntry {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  if (typeof dtype !== "string" || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    const found = JSON.stringify(value).slice(0, 80);
    throw wrong(file, `dtype, shape and data_offsets of "${tensor}"`, found);
  }
  const width = BYTES_PER_ELEMENT.get(dtype);
  if (width === undefined) {
    throw wrong(file, `a known dtype of "${tensor}"`, JSON.stringify(dtype));
  }
  const size = elementCount(shape) * width;
  if (offsets[1] - offsets[0] !== size) {
    throw wrong(
      file,
      `${size} bytes of "${tensor}", ${dtype} [${shape}]`,
      `data_offsets [${offsets}]`,
    );
  }
  return { name: tensor, dtype, shape, start: start + offsets[0], end: start + offsets[1] };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isStrings(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}

function action(name: string): string {
  return `Cannot read "${name}" as safetensors`;
}

function wrong(name: string, wanted: string, found: string): SyntaxError {
  return new SyntaxError(`${action(name)}: expected ${wanted}, got ${found}`);
}
