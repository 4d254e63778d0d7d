// Text files line by line, streamed, gzip-compressed or not, each line knowing where it stands.

import { type ByteStream, joined, plainBytes } from "./gzip.ts";

export type { ByteStream } from "./gzip.ts";

/** One line without its end. */
export interface Line {
  /** Without LF or CRLF. */
  readonly text: string;
  /** As errors name it. */
  readonly file: string;
  /** From 1. */
  readonly number: number;
}

/** "file:line", as errors name it. */
export function where({ file, number }: Line): string {
  return `${file}:${number}`;
}

/** A SyntaxError about a line: action, wanted, found. */
export function lineError(line: Line, wanted: string, found: string): SyntaxError {
  return new SyntaxError(`Cannot read ${where(line)}: expected ${wanted}, got ${found}`);
}

/** What is shown of a text in an error: at most 80 characters, quoted. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}

/** Longest line in bytes; a file without line ends must not fill the memory. */
const LONGEST_LINE = 2 ** 28;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The lines of `file`, ends of lines (LF or CRLF) and a byte order mark removed, gzip undone where
 * its first bytes say so. Throws a SyntaxError that names file and line at invalid UTF-8, and the
 * file where its gzip is damaged or cut short.
 */
export async function* readLines(bytes: ByteStream, file: string): AsyncGenerator<Line> {
  let number = 0;
  for await (const block of lineBlocks(plainBytes(bytes, file), file)) {
    for (const text of decodeLines(block, { file, number })) {
      number++;
      yield { text: text.endsWith("\r") ? text.slice(0, -1) : text, file, number };
    }
  }
}

/** Blocks that end where a line ends, without that last line end. */
async function* lineBlocks(bytes: ByteStream, file: string): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = [];
  let restLength = 0;
  for await (const piece of bytes) {
    const end = piece.lastIndexOf(0x0a);
    if (end < 0) {
      rest.push(piece);
      restLength += piece.length;
      if (restLength > LONGEST_LINE) {
        throw new SyntaxError(
          `Cannot read ${file}: expected lines of at most ${LONGEST_LINE} bytes, got a longer one`,
        );
      }
      continue;
    }
    yield joined([...rest, piece.subarray(0, end)]);
    rest = [piece.subarray(end + 1)];
    restLength = rest[0].length;
  }
  if (restLength > 0) yield joined(rest);
}

/** The lines of a block that `number` lines precede. */
function decodeLines(
  block: Uint8Array,
  { file, number }: { file: string; number: number },
): string[] {
  try {
    return decode(block, number === 0).split("\n");
  } catch {
    let start = 0;
    for (let line = number + 1;; line++) {
      const end = block.indexOf(0x0a, start);
      const text = block.subarray(start, end < 0 ? block.length : end);
      try {
        decode(text, false);
      } catch {
        const found = excerpt(new TextDecoder().decode(text));
        throw lineError({ text: "", file, number: line }, "UTF-8 text", found);
      }
      start = end + 1;
    }
  }
}

/** TextDecoder drops a byte order mark at every call; only the file's first is one. */
function decode(bytes: Uint8Array, first: boolean): string {
  const text = utf8.decode(bytes);
  return !first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    ? `\ufeff${text}`
    : text;
}
