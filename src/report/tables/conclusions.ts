/** The paper's claims and what the data say, as a table for other documents. */

import type { Conclusion } from "../../experiments/results/results.ts";
import { prose } from "../prose.ts";
import { fixed, pValue } from "../numbers.ts";
import { cell, column, name, type Table } from "../table.ts";
import { code } from "../text.ts";

/** A verdict in words. */
export const verdicts: Readonly<Record<Conclusion["verdict"], string>> = {
  holds: "Holds",
  mixed: "Mixed",
  fails: "Does not hold",
  untested: "Cannot be told",
};

/** A row a claim. */
export function conclusionTable(conclusions: readonly Conclusion[]): Table {
  return {
    id: "table-conclusions",
    number: "",
    title: "Conclusions",
    caption: [
      "The paper’s claims, each checked by a rule fixed beforehand. “Cannot be told”: the study " +
      "lacks what the rule asks for, or its data decide neither way.",
    ],
    columns: [
      { ...column("claim", "Claim", "start"), wraps: true },
      column("source", "Source", "start"),
      column("verdict", "Verdict", "start"),
      { ...column("finding", "Finding", "start"), wraps: true },
      { ...column("evidence", "Evidence", "start"), wraps: true },
      { ...column("criterion", "Rule", "start"), wraps: true },
    ],
    rows: conclusions.map((each) => ({
      cells: [
        name(prose(each.claim), each.id),
        { content: [each.source] },
        { content: [verdicts[each.verdict]], value: each.verdict },
        { content: prose(each.finding) },
        { content: prose(each.evidence) },
        { content: prose(each.criterion) },
      ],
    })),
    notes: conclusions.flatMap(({ claim, caveat }) =>
      caveat === undefined ? [] : [[`${claim}: ${caveat}`]]
    ),
  };
}

/** Every test of every claim, none chosen. */
export function claimTestsTable(conclusions: readonly Conclusion[]): Table {
  return {
    id: "table-claim-tests",
    number: "",
    title: "Every test of every claim",
    caption: [
      "Effects with their 95\u00a0% intervals, p after correction for the number of a claim’s tests, and " +
      "what each says of its claim.",
    ],
    columns: [
      column("claim", "Claim", "start"),
      { ...column("test", "Test", "start"), wraps: true },
      column("value", "Effect"),
      column("unit", "Unit", "start"),
      column("low", "95\u00a0% from"),
      column("high", "to"),
      column("p", "p, corrected"),
      column("outcome", "Says", "start"),
    ],
    rows: conclusions.flatMap(({ id, tests }) =>
      tests.map(({ name: test, value, unit, interval, p, outcome }, i) => ({
        starts: i === 0,
        cells: [
          { ...name([code(id)], id), span: tests.length, covered: i > 0 },
          { ...cell(prose(test), test) },
          cell(fixed(value, 3), value),
          cell(unit),
          cell(fixed(interval?.low, 3), interval?.low ?? null),
          cell(fixed(interval?.high, 3), interval?.high ?? null),
          cell(pValue(p), p),
          cell(outcome),
        ],
      }))
    ),
  };
}
