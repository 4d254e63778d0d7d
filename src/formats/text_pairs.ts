// Pairs as lines of text: `query<TAB>passage`, with a third field `label` where labels are wanted; and triples.

import type { Label } from "../ir/words.ts";

/** A line of a pairs file. */
export interface TextPairLine {
  /** The first field. */
  readonly query: string;
  /** The second field. */
  readonly passage: string;
  /** 1 relevant, 0 non-relevant; only where labels are read. */
  readonly label?: Label;
}

/** A line whose label has been read. */
export type LabelledLine = Required<TextPairLine>;

/**
 * Parses pairs; `name` is what errors call the file. Further fields are ignored.
 *
 * @throws {SyntaxError} naming the line: a missing tab, a label that is neither 0 nor 1, no lines.
 */
export function parseTextPairs(
  text: string,
  options: { readonly name: string; readonly labelled: true },
): LabelledLine[];
/** Parses pairs without labels. */
export function parseTextPairs(
  text: string,
  options: { readonly name: string; readonly labelled: false },
): TextPairLine[];
export function parseTextPairs(
  text: string,
  { name, labelled }: { readonly name: string; readonly labelled: boolean },
): TextPairLine[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) throw new SyntaxError(`Cannot read pairs of ${name}: the file is empty`);
  return lines.map((line, i) => {
    const [query, passage, label] = line.split("\t");
    const wrong = (wanted: string, found: string) =>
      new SyntaxError(
        `Cannot read pairs of ${name}, line ${i + 1}: expected ${wanted}, got ${found}`,
      );
    const excerpt = JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
    const fields = labelled ? "query<TAB>passage<TAB>label" : "query<TAB>passage";
    if (passage === undefined || labelled && label === undefined) throw wrong(fields, excerpt);
    if (!labelled) return { query, passage };
    if (label !== "0" && label !== "1") throw wrong("label 1 or 0", JSON.stringify(label));
    return { query, passage, label: label === "1" ? "relevant" : "non-relevant" };
  });
}

/** A line of a triples file. */
export interface TripleLine {
  /** The first field. */
  readonly query: string;
  /** The second field: the relevant passage. */
  readonly relevant: string;
  /** The third field: the other passage. */
  readonly other: string;
}

/**
 * Parses triples `query<TAB>relevant<TAB>non-relevant`; `name` is what errors call the file. Further
 * fields are ignored.
 *
 * @throws {SyntaxError} naming the line: fewer than three texts, a passage beside itself, or no lines.
 */
export function parseTriples(text: string, { name }: { readonly name: string }): TripleLine[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) {
    throw new SyntaxError(`Cannot read triples of ${name}: the file is empty`);
  }
  return lines.map((line, i) => {
    const [query, relevant, other] = line.split("\t");
    const wrong = (problem: string) =>
      new SyntaxError(`Cannot read triples of ${name}, line ${i + 1}: expected ${problem}`);
    if (other === undefined) {
      const excerpt = JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
      throw wrong(`query<TAB>relevant passage<TAB>non-relevant passage, got ${excerpt}`);
    }
    // F is the same all along such a path, so that no gap can be measured by its change
    if (other === relevant) throw wrong("two passages, got the same one twice");
    return { query, relevant, other };
  });
}
