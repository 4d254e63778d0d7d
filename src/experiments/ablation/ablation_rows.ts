/** The rows of Table 4, as expressions over the collections that a study has. */

import type { Label } from "../../ir/words.ts";
import type { CurveCollection } from "../overlap/overlap_curves.ts";

/** P_ms, N_ms, the intersections over O and A, the fusions: those that the collections allow. */
export function paperRows(collections: readonly CurveCollection[]): string[] {
  const has = (label: Label) => (one: CurveCollection) => one.labels.includes(label);
  const without = (set: "O" | "A", lacking: readonly CurveCollection[]) =>
    set + lacking.filter((one) => set === "A" || !one.inDomain)
      .map(({ abbreviation }) => ` - ${abbreviation}`).join("");
  const noP = collections.filter((one) => !has("relevant")(one));
  const noN = collections.filter((one) => !has("non-relevant")(one));
  const noF = collections.filter((one) => one.labels.length < 2);
  const home = collections.filter(({ inDomain }) => inDomain);
  const enough = (set: "O" | "A", lacking: readonly CurveCollection[]) =>
    collections.filter((one) => (set === "A" || !one.inDomain) && !lacking.includes(one)).length >
      1;
  const over = (letter: "P" | "N" | "F", set: "O" | "A", lacking: readonly CurveCollection[]) =>
    enough(set, lacking) ? [`all(${letter}, ${without(set, lacking)})`] : [];
  const own = (letter: "P" | "N" | "F", lacking: readonly CurveCollection[]) =>
    home.filter((one) => !lacking.includes(one)).map((one) => `${letter}[${one.abbreviation}]`);
  return [
    ...own("P", noP),
    ...own("N", noN),
    ...over("P", "O", noP),
    ...over("N", "O", noN),
    ...over("P", "A", noP),
    ...over("N", "A", noN),
    ...own("F", noF),
    ...over("F", "O", noF),
    ...over("F", "A", noF),
    ...(noP.length === 0 ? ["fuse(A)"] : []),
  ];
}

/**
 * The row that the paper's random control is matched to: the first that is one collection's N, as the
 * in-domain N is, else the first row.
 */
export function controlledRow(rows: readonly string[]): string | undefined {
  return rows.find((row) => /^N\[[^\]]*\]$/.test(row)) ?? rows[0];
}
