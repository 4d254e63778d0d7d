/**
 * Regular expressions in tokenizer.json, which a stranger may have written: those that can take longer
 * than the square of a text's length are refused.
 *
 * JavaScript's expressions go back and try again. That takes exponential time where a repeated group
 * can match the same text in two ways, and a power of the length where several parts without a bound
 * follow one another. The tokenizers of this program's model families need neither.
 */

/** In one alternative: parts that may match more or less, and those of them without a (small) bound. */
interface Cost {
  readonly variable: number;
  readonly unbounded: number;
}

const MOST: Cost = { variable: 6, unbounded: 1 };

/** The longest repetition that counts as small. */
const SMALL = 3;

/** A group that is open, or the whole pattern. */
interface Frame {
  /** The costliest alternative so far. */
  most: Cost;
  /** The alternative that is being read. */
  current: Cost;
  /** Alternatives beside the first. */
  choices: number;
}

/** What may stand for a group's beginning: plain, named, of flags, looking ahead or behind. */
const GROUP = /\((?:\?(?::|=|!|<=|<!|>|<\w+>|[imsu-]+[:)]))?/y;
const QUANTIFIER = /(?:([*+?])|\{(\d*)(,?)(\d*)\})[?+]?/y;
const CLASS = /\[\^?(?!\])(?:\\.|[^\\[\]])+\]/ysu;
const ESCAPE = /\\(?:[pPxu]\{[^{}]*\}|.)/ysu;

/**
 * Patterns of well-known tokenizers, which take no longer than that although their parts follow one
 * another without a bound: those are of different characters, or what fails is taken by the next
 * alternative as a whole.
 */
export const wellKnown: readonly string[] = [
  // cl100k, Llama 3
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  // Qwen2, Qwen3
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  // o200k
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
];

/** Refuses a pattern for what it has. */
export function refusePattern(pattern: string, why: string): never {
  const shown = pattern.length > 80 ? `${pattern.slice(0, 80)}…` : pattern;
  throw new SyntaxError(
    `Cannot use the model's tokenizer: expected regular expressions that are known and cannot take long, got ${
      JSON.stringify(shown)
    }, which has ${why}`,
  );
}

/** Refuses one pattern. */
export function checkPattern(pattern: string): void {
  if (wellKnown.includes(pattern)) return;
  const refuse = (why: string): never => refusePattern(pattern, why);
  const read = (what: RegExp, at: number) => {
    what.lastIndex = at;
    return what.exec(pattern);
  };
  const begin = (): Frame => ({ most: none, current: none, choices: 0 });
  const frames = [begin()];
  for (let at = 0; at < pattern.length;) {
    const frame = frames.at(-1)!;
    let inside: Cost | undefined; // of a group that ends here
    const char = pattern[at];
    if (char === "|") {
      endAlternative(frame);
      frame.choices++;
      at++;
      continue;
    } else if (char === "(") {
      const [text] = read(GROUP, at)!;
      if (text === "(" && pattern[at + 1] === "?") refuse("a group of another kind");
      if (!text.endsWith(")")) frames.push(begin());
      at += text.length;
      continue;
    } else if (char === ")") {
      if (frames.length === 1) refuse("a bracket without its opposite");
      frames.pop();
      endAlternative(frame);
      // a choice varies, too
      inside = frame.choices > 0 ? plus(frame.most, { variable: 1, unbounded: 0 }) : frame.most;
      at++;
    } else if (char === "[") {
      at += (read(CLASS, at) ?? refuse("a class within a class, or one without an end"))[0].length;
    } else if (char === "\\") {
      if (/[1-9kg]/.test(pattern[at + 1] ?? "")) refuse("a reference to a group");
      at += (read(ESCAPE, at) ?? refuse("an escape of nothing"))[0].length;
    } else at++;
    const outer = frames.at(-1)!;
    outer.current = plus(outer.current, inside ?? none);
    const quantifier = read(QUANTIFIER, at);
    if (!quantifier) continue;
    at += quantifier[0].length;
    const [, sign, least, comma, most] = quantifier;
    const from = sign ? (sign === "+" ? 1 : 0) : Number(least);
    const upto = sign ? (sign === "?" ? 1 : Infinity) : comma ? Number(most || Infinity) : from;
    if (inside && inside.variable > 0 && upto > 1) {
      refuse("a repeated group that can match in several ways");
    }
    if (read(QUANTIFIER, at)) refuse("a repeated repetition");
    if (from === upto) continue;
    outer.current = plus(outer.current, { variable: 1, unbounded: upto > SMALL ? 1 : 0 });
  }
  if (frames.length > 1) refuse("a bracket without its opposite");
  const [whole] = frames;
  endAlternative(whole);
  if (whole.most.unbounded > MOST.unbounded) {
    refuse("several parts without a bound one after another");
  }
  if (whole.most.variable > MOST.variable) refuse(`more than ${MOST.variable} parts that vary`);
}

const none: Cost = { variable: 0, unbounded: 0 };

function plus(a: Cost, b: Cost): Cost {
  return { variable: a.variable + b.variable, unbounded: a.unbounded + b.unbounded };
}

function endAlternative(frame: Frame): void {
  const { most, current } = frame;
  frame.most = {
    variable: Math.max(most.variable, current.variable),
    unbounded: Math.max(most.unbounded, current.unbounded),
  };
  frame.current = none;
}
