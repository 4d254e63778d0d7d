/** Work on a long list, a piece at a time: finished pieces are given out, and taken back. */

/** Numbers of things that stand one after another in a list. */
export interface Piece {
  /** Place of the first. */
  readonly first: number;
  /** As many numbers a thing as the work has, thing after thing. */
  readonly values: Float64Array;
}

/** Where work on a list stands. */
export interface PieceProgress {
  /** Things that are done. */
  readonly done: number;
  /** Things of the list. */
  readonly of: number;
  /** Whether an earlier run finished the piece. */
  readonly resumed: boolean;
}

/** Pieces in and out. */
export interface PieceOptions {
  /** Pieces that an earlier run finished: they are not computed again. */
  readonly finished?: AsyncIterable<Piece> | Iterable<Piece>;
  /** Called with every piece, those of an earlier run first; awaited before the next begins. */
  readonly onPiece?: (piece: Piece, progress: PieceProgress) => void | Promise<void>;
}

/** Things of the first piece. */
const FIRST = 8;

/** Most things of a piece. */
const MOST = 4096;

/** Seconds that a piece should take: what is lost when a run is stopped. */
const SECONDS = 2;

/**
 * The numbers of `count` things, `numbers` each. `compute` makes those from `first` to before `end`;
 * pieces grow and shrink until one takes about two seconds. What is found of a thing must not depend
 * on the piece that it is in. `most` is the most things of a piece: 1 where each takes long.
 */
export async function inPieces(
  { count, numbers, most = MOST, finished = [], onPiece }: PieceOptions & {
    readonly count: number;
    readonly numbers: number;
    readonly most?: number;
  },
  compute: (first: number, end: number) => Promise<ArrayLike<number>>,
): Promise<Float64Array> {
  const values = new Float64Array(count * numbers);
  const isDone = new Uint8Array(count);
  let done = 0;
  const put = async (piece: Piece, resumed: boolean) => {
    const end = piece.first + piece.values.length / numbers;
    if (!(Number.isInteger(end) && end <= count) || isDone.subarray(piece.first, end).includes(1)) {
      throw new RangeError(
        `Cannot take a finished piece of ${piece.values.length} numbers from ${piece.first} on: expected each of ${count} things once, with ${numbers} numbers`,
      );
    }
    values.set(piece.values, piece.first * numbers);
    isDone.fill(1, piece.first, end);
    done += end - piece.first;
    await onPiece?.(piece, { done, of: count, resumed });
  };
  for await (const piece of finished) await put(piece, true);
  let size = Math.min(FIRST, most);
  for (let first = isDone.indexOf(0); first >= 0; first = isDone.indexOf(0, first)) {
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

/** Bytes before a piece's numbers: its place, and how many float64 follow. */
const HEAD = 8;

/**
 * A piece as bytes: place u32, count u32, as many numbers f64, the others f32; little-endian. The
 * others are all that follow the last number which float32 would change.
 */
export function encodePiece({ first, values }: Piece): Uint8Array {
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

/** Reads what {@linkcode encodePiece} made. */
export function decodePiece(bytes: Uint8Array): Piece {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = bytes.length < HEAD ? 0 : view.getUint32(4, true);
  const end = HEAD + 8 * count;
  const others = (bytes.length - end) / 4;
  if (!(others >= 0 && Number.isInteger(others))) {
    throw new SyntaxError(
      `Cannot read a finished piece: expected ${end} bytes and 4 for every float32, got ${bytes.length}`,
    );
  }
  const values = new Float64Array(count + others);
  for (let i = 0; i < count; i++) values[i] = view.getFloat64(HEAD + 8 * i, true);
  for (let i = 0; i < others; i++) values[count + i] = view.getFloat32(end + 4 * i, true);
  return { first: view.getUint32(0, true), values };
}
