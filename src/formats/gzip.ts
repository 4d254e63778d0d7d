// Bytes in pieces, with gzip undone where they are compressed.

/** A file's bytes in pieces, as a ReadableStream gives them. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** The pieces one after the other; a single piece is given as it is. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0];
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/**
 * The bytes of `file`, with gzip (RFC 1952, of one member or several) undone where they begin with
 * its magic number. Throws a SyntaxError that names the file where it is damaged or cut short.
 */
export async function* plainBytes(bytes: ByteStream, file: string): AsyncGenerator<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  try {
    while (head.reduce((length, piece) => length + piece.length, 0) < 2) {
      const { done, value } = await pieces.next();
      if (done) break;
      head.push(value);
    }
    const start = joined(head);
    const rest = { [Symbol.asyncIterator]: () => pieces };
    if (start[0] === 0x1f && start[1] === 0x8b) return yield* gunzip(start, rest, file);
    yield start;
    yield* rest;
  } finally {
    await pieces.return?.();
  }
}

/**
 * Through node:zlib, for the web's DecompressionStream refuses a second member; loaded only when a
 * file is compressed, so that a page which reads none needs no substitute for it.
 */
async function* gunzip(
  start: Uint8Array,
  rest: ByteStream,
  file: string,
): AsyncGenerator<Uint8Array> {
  const [{ createGunzip }, { pipeline, Readable }] = await Promise.all([
    import("node:zlib"),
    import("node:stream"),
  ]);
  let fault: unknown;
  const source = async function* () {
    try {
      yield start;
      yield* rest;
    } catch (error) {
      fault = error;
      throw error;
    }
  };
  // The loop below meets every error; the callback only keeps the pipeline from rethrowing it.
  const plain = pipeline(Readable.from(source()), createGunzip(), () => {});
  try {
    for await (const piece of plain) yield piece;
  } catch (error) {
    if (fault !== undefined) throw fault;
    throw new SyntaxError(
      `Cannot read ${file}: expected a whole gzip file, got ${(error as Error).message}`,
    );
  }
}
