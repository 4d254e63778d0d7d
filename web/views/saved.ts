/** What views give to be saved. */
/// <reference lib="dom" />

/** A view's numbers. */
export interface Table {
  /** The file's name without its ending. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** Facts that belong to it. */
  readonly about?: Readonly<Record<string, unknown>>;
}

/** What a view can be saved as. */
export interface Saved {
  readonly table: () => Table;
  /** A drawing of the page; where there is none the table is drawn. */
  readonly drawing?: () => SVGSVGElement | null;
}
