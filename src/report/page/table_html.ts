/** Tables as HTML. */

import type { Cell, Heading, Table } from "../table.ts";
import { type Line, lineHtml } from "../text.ts";
import { fragment, type Html, markup } from "./html.ts";

/** A table with its caption, links to its files, and its notes; it scrolls where it is too wide. */
export function tableHtml(table: Table): Html {
  const { id, number, title, caption, columns, rows, notes } = table;
  const head = columns.map(({ heading, align }) =>
    fragment`<th scope="col" class="${align}">${inline(heading)}</th>`
  );
  const body = rows.map(({ cells, starts }) =>
    fragment`<tr${starts ? markup(' class="starts"') : null}>${
      cells.map((cell, i) => cell.covered ? null : cellHtml(cell, columns[i]))
    }</tr>\n`
  );
  const files = [["tsv", "TSV"], ["md", "Markdown"], ["tex", "LaTeX"]];
  return fragment`
<figure class="table" id="${id}">
<figcaption><b>${number ? `${number}. ` : ""}${title}.</b> ${inline(caption)}</figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="${number || title}"><table>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table></div>
${notes.map((note) => fragment`<p class="note">${inline(note)}</p>`)}
<p class="links">${
    files.map(([end, kind]) => fragment`<a href="tables/${id}.${end}">${kind}</a> `)
  }</p>
</figure>`;
}

/** A line as markup. */
export function inline(line: Line): Html {
  return markup(lineHtml(line));
}

function cellHtml({ content, mark, names, span }: Cell, { align, wraps }: Heading): Html {
  const inner = mark === "largest"
    ? fragment`<b>${inline(content)}</b>`
    : mark === "second"
    ? fragment`<u>${inline(content)}</u>`
    : inline(content);
  const rows = span && span > 1 ? markup(` rowspan="${span}"`) : null;
  return names
    ? fragment`<th scope="row" class="${align}"${rows}>${inner}</th>`
    : fragment`<td class="${wraps ? "wraps" : align}"${rows}>${inner}</td>`;
}
