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
 * Through zlib where the runtime has it (Deno, Node): the web's DecompressionStream, which browsers
 * have, refuses a second member. Both check the checksum.
 */
async function* gunzip(
  start: Uint8Array,
  rest: ByteStream,
  file: string,
): AsyncGenerator<Uint8Array> {
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
  const node = builtIns();
  try {
    yield* node ? throughZlib(source(), node) : throughWeb(source());
  } catch (error) {
    if (fault !== undefined) throw fault;
    const members = node ? "" : " of one member";
    throw new SyntaxError(
      `Cannot read ${file}: expected a whole gzip file${members}, got ${(error as Error).message}`,
    );
  }
}

/** Node's own modules, which Deno has too. */
interface BuiltIns {
  readonly zlib: { createGunzip(): unknown };
  readonly stream: {
    readonly Readable: { from(source: ByteStream): unknown };
    pipeline(from: unknown, to: unknown, done: () => void): ByteStream;
  };
}

/** Found at run time: a static import of them would keep browsers from loading the module. */
function builtIns(): BuiltIns | undefined {
  const { process } = globalThis as {
    readonly process?: { getBuiltinModule?(name: string): unknown };
  };
  const [zlib, stream] = ["node:zlib", "node:stream"].map((name) =>
    process?.getBuiltinModule?.(name)
  );
  return zlib && stream ? { zlib, stream } as BuiltIns : undefined;
}

async function* throughZlib(source: ByteStream, { zlib, stream }: BuiltIns) {
  // The loop meets every error; the callback only keeps the pipeline from rethrowing it.
  yield* stream.pipeline(stream.Readable.from(source), zlib.createGunzip(), () => {});
}

async function* throughWeb(source: ByteStream) {
  const parts = source[Symbol.asyncIterator]();
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(Uint8Array.from(value));
    },
  });
  yield* compressed.pipeThrough(new DecompressionStream("gzip"));
}
