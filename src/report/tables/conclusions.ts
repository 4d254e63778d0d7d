/** The paper's claims and what the data say, as a table for other documents. */

import type { ClaimTest, Conclusion } from "../../experiments/results/results.ts";
import { prose } from "../prose.ts";
import { fixed, pValue } from "../numbers.ts";
import { numbers, type Table, table, texts } from "../table.ts";
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
  return table<Conclusion>({
    id: "table-conclusions",
    title: "Conclusions",
    caption:
      "The paper’s claims, each checked by a rule fixed beforehand. “Cannot be told”: the study " +
      "lacks what the rule asks for, or its data decide neither way.",
    columns: [
      texts("claim", "Claim", ({ claim }) => prose(claim), {
        value: ({ id }) => id,
        names: true,
        wraps: true,
      }),
      texts("source", "Source", ({ source }) => source),
      texts("verdict", "Verdict", ({ verdict }) => verdicts[verdict], {
        value: ({ verdict }) => verdict,
      }),
      texts("finding", "Finding", ({ finding }) => prose(finding), { wraps: true }),
      texts("evidence", "Evidence", ({ evidence }) => prose(evidence), { wraps: true }),
      texts("criterion", "Rule", ({ criterion }) => prose(criterion), { wraps: true }),
    ],
    records: conclusions,
    notes: conclusions.flatMap(({ claim, caveat }) =>
      caveat === undefined ? [] : [[`${claim}: ${caveat}`]]
    ),
  });
}

/** Every test of every claim, none chosen. */
export function claimTestsTable(conclusions: readonly Conclusion[]): Table {
  const thousandths = (value: number | null | undefined) => fixed(value, 3);
  return table<ClaimTest & Pick<Conclusion, "id">>({
    id: "table-claim-tests",
    title: "Every test of every claim",
    caption:
      "Effects with their 95\u00a0% intervals, p after correction for the number of a claim’s tests, and " +
      "what each says of its claim.",
    columns: [
      texts("claim", "Claim", ({ id }) => [code(id)], { names: true, spans: true }),
      texts("test", "Test", ({ name }) => prose(name), { value: ({ name }) => name, wraps: true }),
      numbers("value", "Effect", ({ value }) => value, thousandths),
      texts("unit", "Unit", ({ unit }) => unit),
      numbers("low", "95\u00a0% from", ({ interval }) => interval?.low, thousandths),
      numbers("high", "to", ({ interval }) => interval?.high, thousandths),
      numbers("p", "p, corrected", ({ p }) => p, pValue),
      texts("outcome", "Says", ({ outcome }) => outcome),
    ],
    records: conclusions.flatMap(({ id, tests }) => tests.map((test) => ({ id, ...test }))),
    starts: ({ id }, before) => id !== before?.id,
  });
}
