/** Small edits of a source text that should make a test fail: operators, bounds, signs, constants. */

/** One edit: the text from `at` of length `length` becomes `to`. */
export interface Edit {
  readonly at: number;
  readonly length: number;
  readonly to: string;
}

/** What is replaced by what; each pattern's first group is the text that is replaced. */
const operators: readonly (readonly [RegExp, string])[] = [
  [/ (<) /g, "<="],
  [/ (<=) /g, "<"],
  [/ (>) /g, ">="],
  [/ (>=) /g, ">"],
  [/ (===) /g, "!=="],
  [/ (!==) /g, "==="],
  [/ (\+) /g, "-"],
  [/ (-) /g, "+"],
  [/ (\*) /g, "/"],
  [/ (\/) /g, "*"],
  [/ (&&) /g, "||"],
  [/ (\|\|) /g, "&&"],
  [/ (\+=) /g, "-="],
  [/\bMath\.(max)\(/g, "min"],
  [/\bMath\.(min)\(/g, "max"],
  [/(?<![\w.])(1)(?![\w.])/g, "2"],
  [/(?<![\w.])(0)(?![\w.])/g, "1"],
  [/(?<![\w.])(0\.\d+)(?!\w)/g, "0.37"],
  [/(?<![\w.])(true)(?!\w)/g, "false"],
  [/(?<![\w.])(false)(?!\w)/g, "true"],
  [/\.(some)\(/g, "every"],
  [/\.(every)\(/g, "some"],
  [/ (-)(?=[a-z(])/g, "+"],
  [/(?<=[(,] ?)([ab]) - [ab](?=[),;])/g, "-1 * $1"],
];

/** Whether a place lies in a comment, a text, an import or a type: edits there mean nothing. */
function isCode(source: string, at: number): boolean {
  const start = source.lastIndexOf("\n", at) + 1;
  const line = source.slice(start, source.indexOf("\n", at));
  if (
    /^\s*(\*|\/\/|\/\*\*|import\b|export (type|interface)\b|readonly \w+\??:|type\b)/.test(line)
  ) {
    return false;
  }
  const before = source.slice(start, at);
  if (before.includes("//")) return false;
  const quotes = (before.match(/(?<!\\)["`]/g) ?? []).length;
  if (quotes % 2 === 1 && !/\$\{[^}]*$/.test(before)) return false;
  // lines of a template or of an error's words
  return !/^\s*`/.test(line) && !/throw new \w*Error\(/.test(line);
}

/** Every edit of a source text, in order of place. */
export function editsOf(source: string): Edit[] {
  const found: Edit[] = [];
  for (const [pattern, to] of operators) {
    for (const match of source.matchAll(pattern)) {
      const at = match.index + match[0].indexOf(match[1]);
      if (!isCode(source, at)) continue;
      if (to === match[1]) continue;
      found.push({ at, length: match[1].length, to: to.replace("$1", match[1]) });
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/** The source with an edit made. */
export function edited(source: string, { at, length, to }: Edit): string {
  return source.slice(0, at) + to + source.slice(at + length);
}

/** An edit as people read it: `file:line: before → after`. */
export function describe(file: string, source: string, edit: Edit): string {
  const line = source.slice(0, edit.at).split("\n").length;
  const of = (text: string) => text.split("\n")[line - 1].trim();
  return `${file}:${line}: ${of(source)}  →  ${of(edited(source, edit))}`;
}
