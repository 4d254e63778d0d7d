// A file of named tensors, whatever its format: what it lists and how its bytes become numbers.

/** One tensor as its file lists it. */
export interface TensorEntry {
  /** Its key in the file. */
  readonly name: string;
  /** The element type in safetensors' words: "F32", "F16", "BF16", "F64", "I64", … */
  readonly dtype: string;
  /** The size of each axis; empty for a scalar. */
  readonly shape: readonly number[];
}

/** An open file of tensors; tensors are read one by one, each into memory of its own. */
export interface TensorFile {
  /** What the file says of itself; none in PyTorch's formats. */
  readonly metadata: Readonly<Record<string, string>>;
  /** All its tensors by name. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /**
   * A tensor's elements in row-major order: F32, F16 and BF16 exactly as Float32Array, F64 as
   * Float64Array. Throws a RangeError for a name not listed, a TypeError for other element types.
   */
  read(name: string): Promise<Float32Array | Float64Array>;
  /** A tensor's elements in row-major order, little-endian, in its own element type. */
  bytes(name: string): Promise<Uint8Array>;
}

/** Bytes of one element of each type a tensor file may list. */
export const BYTES_PER_ELEMENT: ReadonlyMap<string, number> = new Map([
  ["BOOL", 1],
  ["U8", 1],
  ["I8", 1],
  ["F8_E5M2", 1],
  ["F8_E4M3", 1],
  ["U16", 2],
  ["I16", 2],
  ["F16", 2],
  ["BF16", 2],
  ["U32", 4],
  ["I32", 4],
  ["F32", 4],
  ["C64", 8],
  ["U64", 8],
  ["I64", 8],
  ["F64", 8],
]);

/** The number of elements of a tensor of this shape; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Makes a {@linkcode TensorFile} of a listing and a way to get one entry's bytes. */
export function tensorFile<E extends TensorEntry>(parts: {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, E>;
  readonly bytes: (entry: E) => Promise<Uint8Array>;
}): TensorFile {
  const find = (tensor: string): E => {
    const entry = parts.entries.get(tensor);
    if (entry === undefined) {
      throw new RangeError(
        `Cannot read tensor "${tensor}" of "${parts.name}": expected one of its ${parts.entries.size} tensors`,
      );
    }
    return entry;
  };
  return {
    metadata: parts.metadata,
    entries: parts.entries,
    bytes: async (tensor) => await parts.bytes(find(tensor)),
    read: async (tensor) => {
      const entry = find(tensor);
      const decode = DECODERS.get(entry.dtype);
      if (decode === undefined) {
        throw new TypeError(
          `Cannot read tensor "${tensor}" of "${parts.name}" as numbers: expected F32, F16, BF16 or F64, got ${entry.dtype}`,
        );
      }
      return decode(aligned(await parts.bytes(entry)));
    },
  };
}

// Typed arrays use the machine's byte order; every machine Deno and WebGPU run on is little-endian.
const DECODERS: ReadonlyMap<string, (bytes: Uint8Array) => Float32Array | Float64Array> = new Map<
  string,
  (bytes: Uint8Array) => Float32Array | Float64Array
>([
  ["F64", (b) => new Float64Array(b.buffer, b.byteOffset, b.length / 8)],
  ["F32", (b) => new Float32Array(b.buffer, b.byteOffset, b.length / 4)],
  ["F16", (b) => new Float32Array(new Float16Array(b.buffer, b.byteOffset, b.length / 2))],
  ["BF16", (b) => fromBfloat16(new Uint16Array(b.buffer, b.byteOffset, b.length / 2))],
]);

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}
