/** How certain the members of sets are. */

import type { SetCertainty } from "../../experiments/results/results.ts";
import { sentence } from "../page/html.ts";
import { notation } from "../notation.ts";
import { count, percent } from "../numbers.ts";
import { bars, code } from "../text.ts";
import { prose } from "../prose.ts";
import { cell, column, name, type Table } from "../table.ts";

/** Bars of eight heights: a histogram in a line of text. */
export function sparkline(counts: readonly number[]): string {
  const most = Math.max(...counts, 1);
  return counts.map((each) => each === 0 ? "·" : bars[Math.min(7, Math.floor(8 * each / most))])
    .join("");
}

/** A row a set and level. */
export function certaintyTable(sets: readonly SetCertainty[]): Table {
  const methods = [...new Set(sets.map(({ method }) => method))];
  return {
    id: "table-certainty",
    number: "",
    title: "Certainty of members",
    caption: [
      "The probability that a member would belong to its set again, were other queries drawn; the " +
      "histogram runs from 0 (left) to 1 (right).",
    ],
    columns: [
      column("set", "Set", "start"),
      column("level", "Level"),
      column("size", "Members"),
      column("queries", "Queries"),
      column("mean", "Mean probability"),
      column("sure", "≥ .95"),
      column("doubtful", "≤ .5"),
      column("histogram", "Histogram", "start"),
    ],
    rows: sets.map((set) => ({
      cells: [
        name([notation(set.expression)]),
        cell(percent(set.level), set.level),
        cell(count(set.size), set.size),
        cell(count(set.queries), set.queries),
        cell(set.size ? set.mean.toFixed(3).replace(/^0/, "") : "–", set.mean),
        cell(count(set.sure), set.sure),
        cell(count(set.doubtful), set.doubtful),
        cell(set.size ? [code(sparkline(set.histogram))] : "–", set.histogram.join(" ")),
      ],
    })),
    notes: methods.map((method) => prose(sentence(method))),
  };
}
