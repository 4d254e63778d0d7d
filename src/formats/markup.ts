// TREC's markup, older than XML and laxer: documents in <DOC>, topics in <top> or <topic>.

import { excerpt, type Line, lineError } from "./lines.ts";
import type { Text } from "./texts.ts";

/** Lines in one element before it is taken for one that nobody closed. */
const MOST_LINES = 1_000_000;

/**
 * The documents of a TREC file. The id is DOCNO; the title is TITLE, HEADLINE, HL or TI; the text is
 * all TEXT elements, or whatever else the document holds where it has none. Tags inside them are
 * dropped and blanks run together.
 */
export async function* readMarkupTexts(lines: AsyncIterable<Line>): AsyncGenerator<Text> {
  for await (const { line, content } of elements(lines, /<doc>/i, /<\/doc>/i)) {
    const id = field(content, ["docno"]);
    if (id === "") throw lineError(line, "a <DOCNO> in its <DOC>", "none");
    const texts = field(content, ["text"]);
    const rest = () => plain(content.replace(TITLED, " ").replace(IDENTIFIED, " "));
    yield { id, title: field(content, TITLES), text: texts === "" ? rest() : texts, line };
  }
}

const TITLES = ["title", "headline", "hl", "ti"];
const TITLED = /<(title|headline|hl|ti)>[^]*?<\/\1>/gi;
const IDENTIFIED = /<(docno|docid|dochdr)>[^]*?<\/\1>/gi;

/**
 * The topics of a TREC file, `<top>` with `<num> Number: 301` and `<title>`, or XML's `<topic
 * number="1">` with `<title>` or `<query>`.
 */
export async function* readMarkupTopics(lines: AsyncIterable<Line>): AsyncGenerator<Text> {
  for await (const { line, content } of elements(lines, /<top(ic)?[\s>]/i, /<\/top(ic)?>/i)) {
    const attribute = /<topic\s[^>]*\b(?:number|id)\s*=\s*["']([^"']*)["']/i.exec(content)?.[1];
    const id = attribute ?? topicField(content, ["num"]).replace(/^number:\s*/i, "");
    if (id === "") throw lineError(line, "a number of the topic", "none");
    const text = topicField(content, ["title", "query"]).replace(/^topic:\s*/i, "");
    if (text === "") throw lineError(line, `a <title> or <query> of topic "${id}"`, "none");
    yield { id, title: "", text, line };
  }
}

/** The lines of each element, from the one that opens it to the one that closes it. */
async function* elements(lines: AsyncIterable<Line>, open: RegExp, close: RegExp) {
  let first: Line | undefined;
  let content: string[] = [];
  for await (const line of lines) {
    let rest = line.text;
    while (true) {
      if (first === undefined) {
        const start = rest.search(open);
        if (start < 0) break;
        first = line;
        rest = rest.slice(start);
        content = [];
      }
      const end = close.exec(rest);
      if (end === null) {
        content.push(rest);
        break;
      }
      content.push(rest.slice(0, end.index));
      yield { line: first, content: content.join("\n") };
      first = undefined;
      rest = rest.slice(end.index + end[0].length);
    }
    if (first !== undefined && content.length > MOST_LINES) break;
  }
  if (first !== undefined) {
    throw lineError(
      first,
      `an end ${close.source} of the element`,
      `none of ${excerpt(first.text)}`,
    );
  }
}

/** Text of all elements of these names. */
function field(content: string, names: readonly string[]): string {
  const found = content.matchAll(
    new RegExp(`<(${names.join("|")})(?:\\s[^>]*)?>([^]*?)</\\1>`, "gi"),
  );
  return plain(Array.from(found, (match) => match[2]).join(" "));
}

/**
 * Text from a tag to its end, or to the next tag: topics of the nineties close only the topic. A
 * "<" that begins no tag, as in "A < B", is text.
 */
function topicField(content: string, names: readonly string[]): string {
  const found = new RegExp(`<(${names.join("|")})(?:\\s[^<>]*)?>`, "i").exec(content);
  if (!found) return "";
  const rest = content.slice(found.index + found[0].length);
  const end = rest.search(new RegExp(`</${found[1]}\\s*>`, "i"));
  const next = rest.search(end < 0 ? /<\/?[a-z][^<>]*>/i : /<(num|desc|narr)\b[^<>]*>/i);
  const ends = [end, next].filter((at) => at >= 0);
  return plain(rest.slice(0, ends.length > 0 ? Math.min(...ends) : undefined));
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", " "],
  ["hyph", "-"],
  ["blank", " "],
]);

function plain(markup: string): string {
  const text = markup.replace(/<!--[^]*?-->/g, " ").replace(/<\/?[a-z!][^>]*>/gi, " ");
  const decoded = text.replace(/&(#\d{1,7}|#x[\da-f]{1,6}|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES.get(name.toLowerCase()) ?? whole;
    const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
  return decoded.replace(/\s+/g, " ").trim();
}
