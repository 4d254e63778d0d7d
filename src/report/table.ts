/** A table, once for every medium, and its tab-separated values in full precision. */

import { type Line, linePlain } from "./text.ts";

/** A table. */
export interface Table {
  /** Its files' name, e.g. "table-4". */
  readonly id: string;
  /** e.g. "Table 4"; "" for tables that the paper lacks. */
  readonly number: string;
  readonly title: string;
  /** What a reader must know to read it. */
  readonly caption: Line;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Below it, a line each. */
  readonly notes?: readonly Line[];
}

/** A column. */
export interface Column {
  readonly heading: Line;
  /** Its name in the TSV. */
  readonly key: string;
  readonly align: "start" | "end";
  /** Whether its texts are long and may break into lines. */
  readonly wraps?: boolean;
}

/** A row; `starts` draws a rule above it. */
export interface Row {
  readonly cells: readonly Cell[];
  readonly starts?: boolean;
}

/** A cell. */
export interface Cell {
  readonly content: Line;
  /** What the TSV has instead of the text: numbers unrounded. */
  readonly value?: string | number | null;
  /** Bold and underlined in the paper. */
  readonly mark?: "largest" | "second" | null;
  /** Whether it names the row. */
  readonly names?: boolean;
  /** Rows that it spans; the cells that it covers are `covered`. */
  readonly span?: number;
  readonly covered?: boolean;
}

/** A column of texts, or of numbers. */
export function column(
  key: string,
  heading: string | Line,
  align: Column["align"] = "end",
): Column {
  return { key, heading: typeof heading === "string" ? [heading] : heading, align };
}

/** A cell of text; numbers keep their `value` for the TSV. */
export function cell(content: string | Line, value?: string | number | null): Cell {
  const line = typeof content === "string" ? [content] : content;
  return value === undefined ? { content: line } : { content: line, value };
}

/** A cell that names its row. */
export function name(content: string | Line, value?: string): Cell {
  return { ...cell(content, value), names: true };
}

/** A TSV line cannot hold tabs and line ends: they become spaces. */
export function tsv(rows: readonly (readonly (string | number | boolean | null)[])[]): string {
  const text = (value: string | number | boolean | null) =>
    value === null ? "" : String(value).replace(/[\t\r\n]+/g, " ");
  return rows.map((row) => row.map(text).join("\t") + "\n").join("");
}

/** A table's values. */
export function tableTsv({ columns, rows }: Table): string {
  return tsv([
    columns.map(({ key }) => key),
    ...rows.map(({ cells }) =>
      cells.map(({ value, content }) => value === undefined ? linePlain(content) : value)
    ),
  ]);
}
