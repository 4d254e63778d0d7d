/** Tables as Markdown: for notes, issues and READMEs. */

import type { Cell, Table } from "./table.ts";
import { lineMarkdown } from "./text.ts";

/** A table with its title above and its notes below. */
export function tableMarkdown(table: Table): string {
  const { columns, rows, notes } = table;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const title = [table.number, table.title].filter(Boolean).join(". ");
  return [
    `**${lineMarkdown([title])}.** ${lineMarkdown(table.caption)}`.trim(),
    "",
    line(columns.map(({ heading }) => lineMarkdown(heading))),
    line(columns.map(({ align }) => align === "end" ? "--:" : ":--")),
    ...rows.map(({ cells }) => line(cells.map(text))),
    "",
    ...notes.flatMap((note) => [lineMarkdown(note), ""]),
  ].join("\n");
}

function text({ content, mark, covered }: Cell): string {
  const inner = covered ? "" : lineMarkdown(content);
  if (mark === "largest") return `**${inner}**`;
  return mark === "second" ? `<u>${inner}</u>` : inner;
}
