/**
 * Tables. A column has a name, a heading, and what it shows of a record; a table is columns filled
 * with records, from which tab-separated text, Markdown, LaTeX and HTML are rendered.
 */

import { type Line, linePlain } from "./text.ts";

/** A value of a tab-separated file; what is missing becomes empty. */
export type Value = string | number | boolean | null | undefined;

/** A column of a tab-separated file: its name, and what it holds of a record. */
export interface DataColumn<R> {
  /** Its name in the file. */
  readonly key: string;
  /** Numbers unrounded. */
  readonly value: (record: R) => Value;
}

/** A column's heading. */
export interface Heading {
  /** Its name in the file. */
  readonly key: string;
  readonly heading: Line;
  readonly align: "start" | "end";
  /** Whether its texts are long and may break into lines. */
  readonly wraps?: boolean;
}

/** A column that readers see. */
export interface Column<R> extends DataColumn<R>, Heading {
  /** What readers see of a record. */
  readonly text: (record: R) => Line;
  /** Whether its cells name their rows. */
  readonly names?: boolean;
  /** Whether one cell spans all rows of a group. */
  readonly spans?: boolean;
  /** Bold and underlined in the paper. */
  readonly mark?: (record: R) => Cell["mark"];
}

/** A table, its cells filled. */
export interface Table {
  /** Its files' name, e.g. "table-4". */
  readonly id: string;
  /** e.g. "Table 4"; "" for tables that the paper lacks. */
  readonly number: string;
  readonly title: string;
  /** What a reader must know to read it. */
  readonly caption: Line;
  readonly columns: readonly Heading[];
  readonly rows: readonly Row[];
  /** Below it, a line each. */
  readonly notes: readonly Line[];
}

/** A row; `starts` draws a rule above it. */
export interface Row {
  readonly cells: readonly Cell[];
  readonly starts: boolean;
}

/** A cell. */
export interface Cell {
  readonly content: Line;
  /** What the tab-separated file has. */
  readonly value: Value;
  readonly mark?: "largest" | "second" | null;
  /** Whether it names the row. */
  readonly names?: boolean;
  /** Rows that it spans; the cells that it covers are `covered`. */
  readonly span?: number;
  readonly covered?: boolean;
}

/** What a table consists of. */
export interface TableParts<R> {
  readonly id: string;
  readonly number?: string;
  readonly title: string;
  readonly caption: string;
  /** Those without a heading are for files of data alone. */
  readonly columns: readonly (Column<R> | DataColumn<R>)[];
  /** A row each. */
  readonly records: readonly R[];
  /** Whether a group of rows starts with a record; `before` is the one above it. */
  readonly starts?: (record: R, before: R | undefined) => boolean;
  readonly notes?: readonly Line[];
}

/** Fills a table's cells. */
export function table<R>(parts: TableParts<R>): Table {
  const { id, number = "", title, caption, records, notes = [] } = parts;
  const columns = parts.columns.filter((column) => "heading" in column);
  const starts = records.map((record, i) => parts.starts?.(record, records[i - 1]) ?? false);
  const rows = records.map((record, i): Row => {
    const next = starts.indexOf(true, i + 1);
    const span = (next < 0 ? records.length : next) - i;
    return {
      starts: starts[i],
      cells: columns.map((column): Cell => ({
        content: column.text(record),
        value: column.value(record),
        mark: column.mark?.(record),
        names: column.names,
        ...(column.spans ? { span, covered: !starts[i] } : {}),
      })),
    };
  });
  return { id, number, title, caption: [caption], columns, rows, notes };
}

/** Properties of a column that have defaults. */
type ColumnOptions<R> = Partial<Pick<Column<R>, "value" | "wraps" | "names" | "spans" | "mark">>;

/** A column of texts; the file has them without markup, unless a `value` is given. */
export function texts<R>(
  key: string,
  heading: string | Line,
  text: (record: R) => string | Line,
  options: ColumnOptions<R> = {},
): Column<R> {
  const shown = (record: R) => line(text(record));
  const value = (record: R) => linePlain(shown(record));
  return { key, heading: line(heading), text: shown, align: "start", value, ...options };
}

/** A column of numbers, and how readers see one. */
export function numbers<R, V extends number | null | undefined>(
  key: string,
  heading: string | Line,
  value: (record: R) => V,
  text: (value: V) => string,
  options: ColumnOptions<R> = {},
): Column<R> {
  const shown = (record: R) => line(text(value(record)));
  return { key, heading: line(heading), text: shown, align: "end", value, ...options };
}

function line(content: string | Line): Line {
  return typeof content === "string" ? [content] : content;
}

/** Tab-separated lines; a line cannot hold tabs and line ends: they become spaces. */
export function tsv(rows: readonly (readonly Value[])[]): string {
  const text = (value: Value) => String(value ?? "").replace(/[\t\r\n]+/g, " ");
  return rows.map((row) => row.map(text).join("\t") + "\n").join("");
}

/** A table's values in full precision. */
export function tableTsv({ columns, rows }: Table): string {
  return tsv([
    columns.map(({ key }) => key),
    ...rows.map(({ cells }) => cells.map(({ value }) => value)),
  ]);
}

/** A header and a line a record, numbers in 12 digits. */
export function dataTsv<R>(
  columns: readonly DataColumn<R>[],
  records: readonly R[],
): string {
  const digits = (value: Value) =>
    typeof value === "number" ? Number(value.toPrecision(12)) : value;
  return tsv([
    columns.map(({ key }) => key),
    ...records.map((record) => columns.map(({ value }) => digits(value(record)))),
  ]);
}

/** A column of a file of data. */
export function datum<R>(key: string, value: (record: R) => Value): DataColumn<R> {
  return { key, value };
}
