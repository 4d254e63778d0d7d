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
 * on the piece that it is in.
 */
export async function inPieces(
  { count, numbers, finished = [], onPiece }: PieceOptions & {
    readonly count: number;
    readonly numbers: number;
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
  let size = FIRST;
  for (let first = isDone.indexOf(0); first >= 0; first = isDone.indexOf(0, first)) {
    const next = isDone.indexOf(1, first);
    const end = Math.min(first + size, next < 0 ? count : next);
    const began = performance.now();
    const found = await compute(first, end);
    const seconds = (performance.now() - began) / 1000;
    await put({ first, values: Float64Array.from(found) }, false);
    if (seconds < SECONDS / 2) size = Math.min(MOST, 2 * size);
    if (seconds > SECONDS * 2) size = Math.max(1, size >> 1);
  }
  return values;
}

/** Bytes before a piece's numbers: its place, and how many numbers follow. */
const HEAD = 8;

/** A piece as bytes: place u32, count u32, numbers f64; little-endian. */
export function encodePiece({ first, values }: Piece): Uint8Array {
  const bytes = new Uint8Array(HEAD + 8 * values.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, first, true);
  view.setUint32(4, values.length, true);
  values.forEach((value, i) => view.setFloat64(HEAD + 8 * i, value, true));
  return bytes;
}

/** Reads what {@linkcode encodePiece} made. */
export function decodePiece(bytes: Uint8Array): Piece {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = bytes.length < HEAD ? 0 : view.getUint32(4, true);
  const wanted = HEAD + 8 * length;
  if (bytes.length !== wanted) {
    throw new SyntaxError(
      `Cannot read a finished piece: expected ${wanted} bytes, got ${bytes.length}`,
    );
  }
  return {
    first: view.getUint32(0, true),
    values: Float64Array.from({ length }, (_, i) => view.getFloat64(HEAD + 8 * i, true)),
  };
}
