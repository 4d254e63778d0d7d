// Writes safetensors: at once from arrays, or piece by piece where the tensors do not fit in memory.

import { BYTES_PER_ELEMENT, elementCount, type TensorEntry } from "./tensor_file.ts";

/** A tensor to be written, elements in row-major order. */
export interface Tensor {
  /** The size of each axis; empty for a scalar. */
  readonly shape: readonly number[];
  /** F32 or F64, as its kind of array says. */
  readonly data: Float32Array | Float64Array;
}

/**
 * The bytes of a safetensors file with these tensors. The same tensors and metadata give the same
 * bytes whatever the order of their keys. Throws a TypeError where a shape does not fit its data.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = Object.entries(tensors).map(([name, { shape, data }]): TensorEntry => {
    if (elementCount(shape) !== data.length) {
      throw new TypeError(
        `Cannot write tensor "${name}": expected ${
          elementCount(shape)
        } elements of shape [${shape}], got ${data.length}`,
      );
    }
    return { name, dtype: data instanceof Float64Array ? "F64" : "F32", shape };
  });
  const { header, order, size } = layOut(entries, metadata);
  const file = new Uint8Array(size);
  file.set(header);
  let offset = header.length;
  for (const { name } of order) {
    const { data } = tensors[name];
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/**
 * A safetensors file in pieces, in order: its header, then every tensor's bytes as `bytes` gives
 * them (row-major, little-endian), one tensor in memory at a time.
 */
export async function* streamSafetensors(
  entries: Iterable<TensorEntry>,
  bytes: (name: string) => Promise<Uint8Array>,
  metadata: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array> {
  const { header, order } = layOut(entries, metadata);
  yield header;
  for (const entry of order) {
    const data = await bytes(entry.name);
    if (data.length !== byteLength(entry)) {
      throw new TypeError(
        `Cannot write tensor "${entry.name}": expected ${
          byteLength(entry)
        } bytes, got ${data.length}`,
      );
    }
    yield data;
  }
}

/** Wide elements first, then by name: so every tensor is aligned to its element. */
function layOut(entries: Iterable<TensorEntry>, metadata: Readonly<Record<string, string>>) {
  const order = [...entries].sort((a, b) => width(b) - width(a) || compare(a.name, b.name));
  const fields: [string, unknown][] = [];
  const notes = Object.entries(metadata).sort(([a], [b]) => compare(a, b));
  if (notes.length > 0) fields.push(["__metadata__", Object.fromEntries(notes)]);
  let offset = 0;
  for (const entry of order) {
    const { name, dtype, shape } = entry;
    if (name === "__metadata__") {
      throw new TypeError(
        `Cannot write tensor "${name}": expected another name, for this one is the format's own`,
      );
    }
    const end = offset + byteLength(entry);
    fields.push([name, { dtype, shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const members = fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return { header, order, size: header.length + offset };
}

function byteLength(entry: TensorEntry): number {
  return elementCount(entry.shape) * width(entry);
}

function width({ name, dtype }: TensorEntry): number {
  const bytes = BYTES_PER_ELEMENT.get(dtype);
  if (bytes !== undefined) return bytes;
  throw new TypeError(`Cannot write tensor "${name}": expected a known dtype, got "${dtype}"`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
