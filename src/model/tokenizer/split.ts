/** Texts cut at what a pattern matches, as Hugging Face's tokenizers do. */

/** What becomes of a match: `NormalizedString::split` of the tokenizers. */
export const behaviors = [
  "Removed",
  "Isolated",
  "MergedWithPrevious",
  "MergedWithNext",
  "Contiguous",
] as const;

/** One of {@linkcode behaviors}. */
export type Behavior = typeof behaviors[number];

/** A part of a text, and whether it is a match. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly match: boolean;
}

/** Matches and what lies between, covering the text; an empty match right behind another is none. */
export function spansOf(text: string, pattern: RegExp): Span[] {
  if (text === "") return [];
  const spans: Span[] = [];
  let end = 0;
  let matched = false;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    if (found === "" && (matched && index === end || isInside(text, index))) continue;
    if (end !== index) spans.push({ start: end, end: index, match: false });
    spans.push({ start: index, end: index + found.length, match: true });
    end = index + found.length;
    matched = true;
  }
  if (end !== text.length) spans.push({ start: end, end: text.length, match: false });
  return spans;
}

/** Whether a place is between the two units of a character, where V8 finds empty matches, too. */
function isInside(text: string, at: number): boolean {
  return at > 0 && at < text.length && text.codePointAt(at - 1)! > 0xffff;
}

/** The pieces of a text, none of them empty. */
export function split(
  text: string,
  pattern: RegExp,
  { behavior, invert = false }: { readonly behavior: Behavior; readonly invert?: boolean },
): string[] {
  const spans = spansOf(text, pattern).map((span) =>
    invert ? { ...span, match: !span.match } : span
  );
  return joined(spans, behavior).map(({ start, end }) => text.slice(start, end))
    .filter((piece) => piece !== "");
}

function joined(spans: readonly Span[], behavior: Behavior): readonly Span[] {
  switch (behavior) {
    case "Removed":
      return spans.filter(({ match }) => !match);
    case "Isolated":
      return spans;
    case "Contiguous":
      return merged(spans, (match, previous) => match === previous);
    case "MergedWithPrevious":
      return merged(spans, (match, previous) => match && !previous);
    case "MergedWithNext":
      return merged(spans.toReversed(), (match, previous) => match && !previous).toReversed();
  }
}

/** Joins neighbours where `joins` says so of one and the one before it. */
function merged(
  spans: readonly Span[],
  joins: (match: boolean, previous: boolean) => boolean,
): Span[] {
  const result: Span[] = [];
  let previous = false;
  for (const span of spans) {
    const last = result.at(-1);
    if (joins(span.match, previous) && last) {
      result[result.length - 1] = {
        start: Math.min(last.start, span.start),
        end: Math.max(last.end, span.end),
        match: false,
      };
    } else result.push(span);
    previous = span.match;
  }
  return result;
}
