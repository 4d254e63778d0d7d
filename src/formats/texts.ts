// Queries and documents, one a line: JSON objects (BEIR) or tab-separated (MS MARCO, LoTTE).

import { isObject } from "./json.ts";
import { excerpt, type Line, lineError } from "./lines.ts";

/** A query or document where it was read: errors about it can name its line. */
export interface Text {
  /** As the collection numbers it. */
  readonly id: string;
  /** "" where it has none. */
  readonly title: string;
  /** Its text without the title. */
  readonly text: string;
  /** The line where it begins. */
  readonly line: Line;
}

/** What turns a file's lines into texts. */
export type TextReader = (lines: AsyncIterable<Line>) => AsyncIterable<Text>;

/** The texts of a JSON Lines file: objects with `_id`, `text` and perhaps `title`, all strings. */
export const readJsonTexts: TextReader = (lines) => readObjects(lines, "_id", "text");

/** The passages of MS MARCO's version 2: objects with `pid` and `passage`, both strings. */
export const readMsMarcoTexts: TextReader = (lines) => readObjects(lines, "pid", "passage");

async function* readObjects(
  lines: AsyncIterable<Line>,
  idKey: string,
  textKey: string,
): AsyncGenerator<Text> {
  for await (const line of lines) {
    if (line.text.trim() === "") continue;
    const { [idKey]: id, title = "", [textKey]: text } = parseObject(line);
    if (typeof id !== "string" || id === "") {
      throw lineError(line, `a string "${idKey}"`, id === undefined ? "none" : JSON.stringify(id));
    }
    if (typeof text !== "string" || typeof title !== "string") {
      throw lineError(line, `strings "${textKey}" and "title" of "${id}"`, excerpt(line.text));
    }
    yield { id, title, text, line };
  }
}

/** The texts of a tab-separated file: an id, a tab, and the text, further tabs being part of it. */
export async function* readTabTexts(lines: AsyncIterable<Line>): AsyncGenerator<Text> {
  for await (const line of lines) {
    if (line.text.trim() === "") continue;
    const tab = line.text.indexOf("\t");
    const id = line.text.slice(0, tab < 0 ? 0 : tab).trim();
    if (id === "") throw lineError(line, "an id, a tab and a text", excerpt(line.text));
    yield { id, title: "", text: line.text.slice(tab + 1), line };
  }
}

/** The JSON object that a line holds; throws a SyntaxError that names file and line. */
export function parseObject(line: Line): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    throw lineError(line, "a JSON object", excerpt(line.text));
  }
  if (isObject(value)) return value;
  throw lineError(line, "a JSON object", excerpt(line.text));
}
