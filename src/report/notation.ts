/** The paper's notation for the expressions of neuron sets: `all(P, O - b - f)` → ⋂ P over O∖{b, f}. */

import { escapeHtml } from "./page/html.ts";
import { escapeLatex, type Formula } from "./text.ts";

type Parts = Omit<Formula, "kind" | "plain">;

/** An expression as a formula; what is no expression stays as it is written. */
export function notation(expression: string): Formula {
  return { kind: "formula", plain: expression, ...read(expression.trim()) };
}

/** P of x, as in P_ms. */
function indexed(letter: string, index: string): Parts {
  return {
    unicode: `${letter}[${index}]`,
    html: `<i>${escapeHtml(letter)}</i><sub>${escapeHtml(index)}</sub>`,
    latex: `${letter}_{${latexIndex(index)}}`,
  };
}

/** ⋂ of a letter's sets over collections. */
function intersection(letter: string, over: string): Parts {
  const { set, without } = collections(over);
  const dummy = set.length === 1 ? set.toLowerCase() : "x";
  const difference = without.length ? `∖{${without.join(", ")}}` : "";
  const minus = without.length ? ` \\setminus \\{${without.map(latexIndex).join(", ")}\\}` : "";
  return {
    unicode: `⋂ ${letter} over ${set}${difference}`,
    html: `⋂<sub>${dummy}∈${
      escapeHtml(set + difference)
    }</sub> <i>${letter}</i><sub>${dummy}</sub>`,
    latex: `\\bigcap_{${dummy} \\in ${latexIndex(set)}${minus}} ${letter}_{${dummy}}`,
  };
}

/** "O - b - f" → O without b and f; anything else is a name as a whole. */
function collections(over: string): { readonly set: string; readonly without: readonly string[] } {
  const [set, ...without] = over.split(/\s*-\s*/);
  if ([set, ...without].some((name) => !name || /\s|\+/.test(name))) {
    return { set: over, without: [] };
  }
  return { set, without };
}

const operators: Readonly<Record<string, readonly [unicode: string, latex: string]>> = {
  "&": ["∩", "\\cap"],
  "|": ["∪", "\\cup"],
  "^": ["△", "\\mathbin{\\triangle}"],
  "-": ["∖", "\\setminus"],
  "+": ["⊕", "\\oplus"],
};

/**
 * Translates atoms one after another and replaces the operators between them; everything else is
 * kept.
 */
function read(text: string): Parts {
  const random = text.match(/^random\((.*?)(?:,\s*\d+)?\)$/);
  if (random) {
    const of = read(random[1]);
    return {
      unicode: `random like ${of.unicode}`,
      html: `random like ${of.html}`,
      latex: `\\text{random like } ${of.latex}`,
    };
  }
  const atom = /([PNF])\[([^\]]*)\]|all\(([PNF]),([^()]*)\)|fuse\(([^()]*)\)|[-&|^+]/g;
  const parts = { unicode: "", html: "", latex: "" };
  let end = 0;
  const add = (part: Parts) => {
    parts.unicode += part.unicode;
    parts.html += part.html;
    parts.latex += part.latex;
  };
  const keep = (kept: string) =>
    add({ unicode: kept, html: escapeHtml(kept), latex: kept.trim() ? latexIndex(kept) : kept });
  for (const found of text.matchAll(atom)) {
    keep(text.slice(end, found.index));
    end = found.index + found[0].length;
    const [whole, letter, index, all, over, fused] = found;
    if (letter) add(indexed(letter, index));
    else if (all) add(intersection(all, over.trim()));
    else if (fused !== undefined) add(indexed("F", collections(fused.trim()).set && fused.trim()));
    else {
      const [unicode, latex] = operators[whole];
      add({ unicode, html: unicode, latex });
    }
  }
  keep(text.slice(end));
  return parts;
}

/** A name is set upright, one letter in italics. */
function latexIndex(name: string): string {
  return name.length === 1 && /\w/.test(name) ? name : `\\mathrm{${escapeLatex(name)}}`;
}
