/** Text of a report, written once and rendered as HTML, Markdown, LaTeX and plain text. */

import { explorePage } from "./page/explore_note.ts";
import { escapeHtml } from "./page/html.ts";

/** A piece of a line. */
export type Inline = string | Formula | Code | Link;

/** A line of text. */
export type Line = readonly Inline[];

/** A formula in the notation of each medium. */
export interface Formula {
  readonly kind: "formula";
  /** The expression it stands for, as the study file writes it. */
  readonly plain: string;
  /** Unicode without markup, for figures: P_ms ∩ N_ms. */
  readonly unicode: string;
  /** Escaped already. */
  readonly html: string;
  /** In math mode, without the dollars. */
  readonly latex: string;
}

/** Names as a program reads them: `7.value.312`. */
export interface Code {
  readonly kind: "code";
  readonly text: string;
}

/** A name as a program reads it. */
export function code(text: string): Code {
  return { kind: "code", text };
}

/** Something that `explore` shows: a neuron by its name, or a pair. */
export interface Link {
  readonly kind: "link";
  readonly text: string;
  /** Whether it is a name as a program reads it; else nothing but a page shows it. */
  readonly code: boolean;
  /** What the page's address says. */
  readonly hash: string;
}

/** A neuron that the page shows. */
export function neuronLink(name: string): Link {
  return { kind: "link", text: name, code: true, hash: `#unit=${name}` };
}

/** A pair that the page shows. */
export function pairLink(
  text: string,
  pair: Readonly<Record<"query" | "passage" | "label", string>>,
): Link {
  const { query, passage, label } = pair;
  const hash = `#${new URLSearchParams({ query, passage, label })}`;
  return { kind: "link", text, code: false, hash };
}

/** For a page. */
export function lineHtml(line: Line): string {
  return line.map((part) => {
    if (typeof part === "string") return escapeHtml(part);
    if (part.kind === "link") {
      const text = part.code ? `<code>${escapeHtml(part.text)}</code>` : escapeHtml(part.text);
      return `<a href="${escapeHtml(`./${explorePage}${part.hash}`)}">${text}</a>`;
    }
    return part.kind === "code" ? `<code>${escapeHtml(part.text)}</code>` : part.html;
  }).join("");
}

/** Links are for pages: elsewhere a name is code, and anything else is left out. */
function withoutLinks(line: Line): readonly Exclude<Inline, Link>[] {
  return line.flatMap((part) =>
    typeof part === "string" || part.kind !== "link" ? [part] : part.code ? [code(part.text)] : []
  );
}

/** For GitHub and its like; formulas keep their HTML. */
export function lineMarkdown(line: Line): string {
  return withoutLinks(line).map((part) => {
    if (typeof part === "string") return escapeMarkdown(part);
    if (part.kind === "formula") return part.html.replace(/[|\\*_`]/g, "\\$&");
    return `\`${part.text.replace(/[`|\s]+/g, " ")}\``;
  }).join("");
}

/** For LaTeX. */
export function lineLatex(line: Line): string {
  return withoutLinks(line).map((part) => {
    if (typeof part === "string") return escapeLatex(part);
    return part.kind === "code" ? `\\texttt{${escapeLatex(part.text)}}` : `$${part.latex}$`;
  }).join("");
}

/** For a TSV's cells and a figure's description. */
export function linePlain(line: Line): string {
  return withoutLinks(line).map((part) => {
    if (typeof part === "string") return part;
    return part.kind === "code" ? part.text : part.plain;
  }).join("");
}

/** Text that Markdown shows as it is. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]|~#]/g, "\\$&")
    .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/\s+/g, (gap) => gap[0]);
}

const latex: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "$<$",
  ">": "$>$",
  "−": "$-$",
  "–": "--",
  "×": "$\\times$",
  "±": "$\\pm$",
  "∩": "$\\cap$",
  "∪": "$\\cup$",
  "⊕": "$\\oplus$",
  "∖": "$\\setminus$",
  "≤": "$\\leq$",
  "≥": "$\\geq$",
  "Δ": "$\\Delta$",
  "∂": "$\\partial$",
  "→": "$\\rightarrow$",
  "·": "$\\cdot$",
  "…": "\\ldots{}",
  "“": "``",
  "”": "''",
  "’": "'",
  "\u00a0": "~",
};
/** Bars of eight heights, for histograms within a line of text. */
export const bars = "▁▂▃▄▅▆▇█";

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Text that LaTeX sets as it is. */
export function escapeLatex(text: string): string {
  return text.replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[^\p{L}\p{N}\s]|\u00a0/gu, (found) => {
    if (/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]/.test(found)) {
      const digits = [...found].map((each) => each === "⁻" ? "-" : superscripts.indexOf(each));
      return `$^{${digits.join("")}}$`;
    }
    const bar = bars.indexOf(found) + 1;
    if (bar > 0) return `\\rule{.4em}{${(.18 * bar).toFixed(2)}ex}`;
    return latex[found] ?? ("&%$#_{}".includes(found) ? `\\${found}` : found);
  });
}
