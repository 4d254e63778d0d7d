/**
 * Work on a long list in chunks: finished chunks are handed to the caller, who can hand them back
 * to resume.
 */

/** The numbers of consecutive items of a list. */
export interface Chunk {
  /** Place of the first. */
  readonly first: number;
  /** The same count of numbers for every item, item after item. */
  readonly values: Float64Array;
}

/** The progress of work on a list. */
export interface ChunkProgress {
  /** Items that are done. */
  readonly done: number;
  /** Items of the list. */
  readonly of: number;
  /** Whether an earlier run finished the chunk. */
  readonly resumed: boolean;
}

/** Chunks in and out. */
export interface ChunkOptions {
  /** Chunks that an earlier run finished: they are not computed again. */
  readonly finished?: AsyncIterable<Chunk> | Iterable<Chunk>;
  /** Called with every chunk, those of an earlier run first; awaited before the next begins. */
  readonly onChunk?: (chunk: Chunk, progress: ChunkProgress) => void | Promise<void>;
}

/** Items of the first chunk. */
const FIRST = 8;

/** The most items of a chunk. */
const MOST = 4096;

/** Seconds that a chunk should take: what is lost when a run is stopped. */
const SECONDS = 2;

/**
 * The numbers of `count` items, `numbers` each. `compute` makes those of the items from `first` to
 * before `end`; chunks grow and shrink until one takes about two seconds. An item's numbers must
 * not depend on the chunk that it is in. `most` is the most items of a chunk: 1 where each takes
 * long.
 */
export async function inChunks(
  { count, numbers, most = MOST, finished = [], onChunk, isEnough = () => false }: ChunkOptions & {
    readonly count: number;
    readonly numbers: number;
    readonly most?: number;
    /** Whether the numbers of the items so far suffice: the others stay 0. */
    readonly isEnough?: (values: Float64Array) => boolean;
  },
  compute: (first: number, end: number) => Promise<ArrayLike<number>>,
): Promise<Float64Array> {
  const values = new Float64Array(count * numbers);
  const isDone = new Uint8Array(count);
  let done = 0;
  const put = async (chunk: Chunk, resumed: boolean) => {
    const end = chunk.first + chunk.values.length / numbers;
    if (!(Number.isInteger(end) && end <= count) || isDone.subarray(chunk.first, end).includes(1)) {
      throw new RangeError(
        `Cannot take a finished chunk of ${chunk.values.length} numbers from ${chunk.first} on: expected each of ${count} things once, with ${numbers} numbers`,
      );
    }
    values.set(chunk.values, chunk.first * numbers);
    isDone.fill(1, chunk.first, end);
    done += end - chunk.first;
    await onChunk?.(chunk, { done, of: count, resumed });
  };
  for await (const chunk of finished) await put(chunk, true);
  let size = Math.min(FIRST, most);
  for (let first = isDone.indexOf(0); first >= 0; first = isDone.indexOf(0, first)) {
    if (isEnough(values.subarray(0, first * numbers))) break;
    const next = isDone.indexOf(1, first);
    const end = Math.min(first + size, next < 0 ? count : next);
    const began = performance.now();
    const found = await compute(first, end);
    const seconds = (performance.now() - began) / 1000;
    await put({ first, values: Float64Array.from(found) }, false);
    if (seconds < SECONDS / 2) size = Math.min(most, 2 * size);
    if (seconds > SECONDS * 2) size = Math.max(1, size >> 1);
  }
  return values;
}

/** Bytes before a chunk's numbers: its place, and how many float64 follow. */
const HEAD = 8;

/**
 * A chunk as bytes: place u32, count u32, as many numbers f64, the rest f32; little-endian. The f32
 * numbers are those behind the last number that float32 would change.
 */
export function encodeChunk({ first, values }: Chunk): Uint8Array {
  const count = 1 + values.findLastIndex((value) => !Object.is(Math.fround(value), value));
  const end = HEAD + 8 * count;
  const bytes = new Uint8Array(end + 4 * (values.length - count));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, first, true);
  view.setUint32(4, count, true);
  for (let i = 0; i < count; i++) view.setFloat64(HEAD + 8 * i, values[i], true);
  for (let i = count; i < values.length; i++) {
    view.setFloat32(end + 4 * (i - count), values[i], true);
  }
  return bytes;
}

/** Reads what {@linkcode encodeChunk} made. */
export function decodeChunk(bytes: Uint8Array): Chunk {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = bytes.length < HEAD ? 0 : view.getUint32(4, true);
  const end = HEAD + 8 * count;
  const others = (bytes.length - end) / 4;
  if (!(others >= 0 && Number.isInteger(others))) {
    throw new SyntaxError(
      `Cannot read a finished chunk: expected ${end} bytes and 4 for every float32, got ${bytes.length}`,
    );
  }
  const values = new Float64Array(count + others);
  for (let i = 0; i < count; i++) values[i] = view.getFloat64(HEAD + 8 * i, true);
  for (let i = 0; i < others; i++) values[count + i] = view.getFloat32(end + 4 * i, true);
  return { first: view.getUint32(0, true), values };
}
