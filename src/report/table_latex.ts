/** Tables as LaTeX: for papers; needs \usepackage{booktabs, amsmath}. */

import type { Cell, Table } from "./table.ts";
import { escapeLatex, lineLatex } from "./text.ts";

/** A table with booktabs' rules, its caption above and its notes below. */
export function tableLatex(table: Table): string {
  const { columns, rows, notes = [] } = table;
  const line = (cells: readonly string[]) => `${cells.join(" & ")} \\\\`;
  return [
    "% needs \\usepackage{booktabs,amsmath}",
    "\\begin{table}",
    "\\centering",
    `\\caption{${escapeLatex(table.title)}. ${lineLatex(table.caption)}}`.replace(". }", ".}"),
    `\\label{tab:${table.id.replace(/^table-/, "")}}`,
    `\\begin{tabular}{${columns.map(({ align }) => align === "end" ? "r" : "l").join("")}}`,
    "\\toprule",
    line(columns.map(({ heading }) => lineLatex(heading))),
    "\\midrule",
    ...rows.flatMap(({ cells, starts }, i) => [
      ...(starts && i > 0 ? ["\\midrule"] : []),
      line(cells.map(text)),
    ]),
    "\\bottomrule",
    "\\end{tabular}",
    ...notes.map((note) => `\\par\\smallskip\\footnotesize ${lineLatex(note)}`),
    "\\end{table}",
    "",
  ].join("\n");
}

function text({ content, mark, covered }: Cell): string {
  const inner = covered ? "" : lineLatex(content);
  if (mark === "largest") return `\\textbf{${inner}}`;
  return mark === "second" ? `\\underline{${inner}}` : inner;
}
