/** Edits that must be noticed: each once went by every test. */
export const named: readonly {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}[] = [];
