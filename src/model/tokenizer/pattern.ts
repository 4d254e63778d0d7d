/** Patterns of tokenizer.json: texts, or Oniguruma's regular expressions as JavaScript's. */

import { isObject } from "../../formats/json.ts";
import { checkPattern, refusePattern } from "../tokenizer_patterns.ts";
import { shown, tokenizerError } from "./read.ts";

/** White space, digits, word characters; outside of a class superscripts and fractions are words, too. */
const SPACE = "\\p{White_Space}";
const DIGIT = "\\p{Nd}";
const IN_CLASS = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
const WORD = `${IN_CLASS}\\u{B2}\\u{B3}\\u{B9}\\u{BC}-\\u{BE}`;

/** What an escaped letter means in a class. */
const escapes: Readonly<Record<string, string>> = {
  ...{ r: "\\r", n: "\\n", t: "\\t", f: "\\f", v: "\\v" },
  ...{ s: `[${SPACE}]`, S: `[^${SPACE}]`, d: `[${DIGIT}]`, D: `[^${DIGIT}]` },
  ...{ w: `[${IN_CLASS}]`, W: `[^${IN_CLASS}]` },
};

/** What it means outside of one. */
const outside: Readonly<Record<string, string>> = {
  ...escapes,
  ...{ w: `[${WORD}]`, W: `[^${WORD}]` },
  b: `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`,
};

const PROPERTY =
  /\\([pP])\{(?:([LMNPSZC][a-z]?)|(Han|Hiragana|Katakana|Hangul|Latin|Greek|Cyrillic|Arabic|Hebrew|Thai|Devanagari))\}/y;
const CODE = /\\(?:x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))/y;
const GROUP = /\((?:\?(?::|=|!|<=|<!|i:))?/y;
const QUANTIFIER = /(?:[*+?]|\{(\d{1,3})(,?)(\d{0,3})\}|\{,(\d{1,3})\})/y;

/** Longer letters that one character stands for where case does not count: ß is ss. */
const FOLDED = /ss|st|f[fil]/i;

const literal = (char: string) => `\\u{${char.codePointAt(0)!.toString(16)}}`;

/** Both cases of ASCII characters, and the two others that are the same without case: ſ and the Kelvin sign. */
function cases(chars: string): string {
  const both = chars.toLowerCase() + chars.toUpperCase();
  return Array.from(
    `${both}${/s/i.test(chars) ? "ſ" : ""}${/k/i.test(chars) ? "\u212a" : ""}`,
    literal,
  )
    .join("");
}

/** A regular expression in Oniguruma's syntax (Ruby's) as JavaScript's; refuses what it has no equal of. */
export function translate(pattern: string): string {
  const refuse = (why: string): never => refusePattern(pattern, why);
  const read = (what: RegExp, at: number) => {
    what.lastIndex = at;
    return what.exec(pattern);
  };
  /** An escape at `at`: what it means, and where it ends. */
  const escaped = (at: number, meanings: Readonly<Record<string, string>>): [string, number] => {
    const property = read(PROPERTY, at);
    if (property) {
      const [text, p, category, script] = property;
      return [`\\${p}{${category ?? `Script=${script}`}}`, at + text.length];
    }
    const code = read(CODE, at);
    if (code) {
      return [`\\u{${code[1] ?? code[2] ?? code[3]}}`, at + code[0].length];
    }
    const char = String.fromCodePoint(
      pattern.codePointAt(at + 1) ?? refuse("an escape of nothing"),
    );
    if (Object.hasOwn(meanings, char)) return [meanings[char], at + 2];
    if (/[\p{L}\p{N}]/u.test(char)) refuse(`the escape \\${char}`);
    return [literal(char), at + 1 + char.length];
  };
  const classAt = (start: number): [string, number] => {
    let at = start + 1;
    const negated = pattern[at] === "^";
    if (negated) at++;
    let inside = "";
    let range = false; // whether a range's end follows
    for (let first = true; pattern[at] !== "]" || first; first = false) {
      const char = String.fromCodePoint(
        pattern.codePointAt(at) ?? refuse("a class without an end"),
      );
      if (char === "[" || pattern.startsWith("&&", at)) refuse("a class within a class");
      if (char === "]") refuse("a class that begins with ]");
      const [item, end] = char === "\\" ? escaped(at, escapes) : [literal(char), at + char.length];
      const scalar = /^\\(u\{|[rntfv]$)/.test(item);
      if (range && !scalar) refuse("a range to a class");
      inside += item;
      at = end;
      range = false;
      if (pattern[at] === "-" && pattern[at + 1] !== "]") {
        if (!scalar) refuse("a range from a class");
        if (inside.endsWith(`-${item}`)) refuse("a range from a range's end");
        inside += "-";
        range = true;
        at++;
      }
    }
    return [`[${negated ? "^" : ""}${inside}]`, at + 1];
  };
  let result = "";
  let foldedUntil = 0; // where letters of any case match; JavaScript's own (?i: changes classes outside
  let groups = 0; // atomic ones: a+ that gives nothing back
  const starts: number[] = []; // of groups that are open, in `result`
  for (let at = 0; at < pattern.length;) {
    let start = result.length; // of the part that ends here
    const char = String.fromCodePoint(pattern.codePointAt(at)!);
    if (char === "(") {
      const [text] = read(GROUP, at)!;
      if (text === "(" && pattern[at + 1] === "?") refuse("a group of another kind");
      if (text === "(?i:") {
        const inside = pattern.slice(at + 4, pattern.indexOf(")", at));
        const whole = /^(?:[^[\]]|\[[^[\]]+\])*$/.test(inside); // no bracket within a class
        if (!whole || /[\\(^-]|[^ -~]/.test(inside) || FOLDED.test(inside)) {
          refuse("a group without case that is no plain letters");
        }
        foldedUntil = at + text.length + inside.length;
      }
      starts.push(start);
      result += text === "(" || text === "(?i:" ? "(?:" : text;
      at += text.length;
      continue;
    } else if (char === ")") {
      start = starts.pop() ?? refuse("a bracket without its opposite");
      result += ")";
      at++;
    } else if (char === "|") {
      result += "|";
      at++;
      continue;
    } else if (char === "[") {
      const [text, end] = classAt(at);
      result += at < foldedUntil ? `[${cases(pattern.slice(at + 1, end - 1))}]` : text;
      at = end;
    } else if (char === "\\") {
      const [text, end] = escaped(at, outside);
      result += text;
      at = end;
    } else if (char === ".") {
      result += "[^\\n]";
      at++;
    } else if (char === "^") {
      result += "(?:^|(?<=\\n)(?!$))"; // a line's beginning, not the text's end
      at++;
    } else if (char === "$") {
      result += "(?=\\n|$)"; // a line's end
      at++;
    } else {
      if ("*+?{}]".includes(char)) refuse(`${char} without what it repeats`);
      result += at < foldedUntil ? `[${cases(char)}]` : literal(char);
      at += char.length;
    }
    const quantifier = read(QUANTIFIER, at);
    if (!quantifier) continue;
    const [text, least, comma, , upto] = quantifier;
    at += text.length;
    result += upto === undefined ? text : `{0,${upto}}`;
    const next = pattern[at];
    if (next === "?") {
      if (least !== undefined && comma === "") refuse("a fixed repetition that may be none");
      result += "?";
      at++;
    } else if (next === "+" || next === "*") {
      if (next === "*" || text.startsWith("{")) refuse("a repeated repetition");
      // what is repeated is taken whole: JavaScript never goes back into what lies ahead
      result = `${result.slice(0, start)}(?=(?<taken${groups}>${
        result.slice(start)
      }))\\k<taken${groups}>`;
      groups++;
      at++;
    }
  }
  if (starts.length > 0) refuse("a bracket without its opposite");
  return result;
}

/** The global expression of a component's pattern, `{"String": …}` or `{"Regex": …}`. */
export function compilePattern(pattern: unknown, place: string): RegExp {
  if (isObject(pattern) && typeof pattern.String === "string") {
    return new RegExp(Array.from(pattern.String.toWellFormed(), literal).join(""), "gv");
  }
  if (!isObject(pattern) || typeof pattern.Regex !== "string") {
    throw tokenizerError(
      `expected the pattern of ${place} to be a String or a Regex, got ${shown(pattern)}`,
    );
  }
  checkPattern(pattern.Regex);
  return compile(pattern.Regex);
}

/** The global expression of a pattern in Oniguruma's syntax. */
export function compile(pattern: string): RegExp {
  try {
    return new RegExp(translate(pattern), "gv");
  } catch (error) {
    if (!(error instanceof SyntaxError) || error.message.startsWith("Cannot ")) throw error;
    return refusePattern(pattern, "what JavaScript has no equal of");
  }
}

/** The pattern of GPT-2: contractions, letters, numbers, other characters, white space. */
export const GPT2 =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
