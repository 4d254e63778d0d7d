/** Tables as LaTeX: for papers; needs \usepackage{booktabs, amsmath}. */

import type { Cell, Heading, Table } from "./table.ts";
import { escapeLatex, lineLatex } from "./text.ts";

/** Rows that fit on a page; longer tables run over several. */
const page = 40;

/** A table with booktabs' rules, its caption above and its notes below. */
export function tableLatex(table: Table): string {
  const { id, title, caption, columns, rows, notes } = table;
  const long = rows.length > page;
  const line = (cells: readonly string[]) => `${cells.join(" & ")} \\\\`;
  const label = `\\label{tab:${id.replace(/^table-/, "")}}`;
  const heading = `\\caption{${escapeLatex(title)}. ${lineLatex(caption)}}`;
  const tabular = `{${columns.map(kind).join("")}}`;
  return [
    `% needs \\usepackage{booktabs,amsmath${long ? ",longtable" : ""}}`,
    ...(long
      ? [`\\begin{longtable}${tabular}`, `${heading}${label} \\\\`]
      : ["\\begin{table}", "\\centering", heading, label, `\\begin{tabular}${tabular}`]),
    "\\toprule",
    line(columns.map((each) => lineLatex(each.heading))),
    "\\midrule",
    ...(long ? ["\\endhead"] : []),
    ...rows.flatMap(({ cells, starts }, i) => [
      ...(starts && i > 0 ? ["\\midrule"] : []),
      line(cells.map(text)),
    ]),
    "\\bottomrule",
    `\\end{${long ? "longtable" : "tabular"}}`,
    ...notes.map((note) => `\\par\\smallskip\\footnotesize ${lineLatex(note)}`),
    ...(long ? [] : ["\\end{table}"]),
    "",
  ].join("\n");
}

/** Long texts share a line of the page. */
function kind({ align, wraps }: Heading, _: number, all: readonly Heading[]): string {
  if (!wraps) return align === "end" ? "r" : "l";
  const share = .9 / Math.max(2, all.filter((each) => each.wraps).length);
  return `p{${share.toFixed(2)}\\linewidth}`;
}

function text({ content, mark, covered }: Cell): string {
  const inner = covered ? "" : lineLatex(content);
  if (mark === "largest") return `\\textbf{${inner}}`;
  return mark === "second" ? `\\underline{${inner}}` : inner;
}
