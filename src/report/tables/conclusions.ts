/** The paper's claims and what the data say, as a table for other documents. */

import type { Conclusion } from "../../experiments/results/results.ts";
import { prose } from "../prose.ts";
import { column, name, type Table } from "../table.ts";

/** A verdict in words. */
export const verdicts: Readonly<Record<Conclusion["verdict"], string>> = {
  holds: "Holds",
  mixed: "Mixed",
  fails: "Does not hold",
  untested: "Not tested",
};

/** A row a claim. */
export function conclusionTable(conclusions: readonly Conclusion[]): Table {
  return {
    id: "table-conclusions",
    number: "",
    title: "Conclusions",
    caption: ["The paper’s claims, each checked by a rule fixed beforehand."],
    columns: [
      { ...column("claim", "Claim", "start"), wraps: true },
      column("source", "Source", "start"),
      column("verdict", "Verdict", "start"),
      { ...column("finding", "Finding", "start"), wraps: true },
      { ...column("criterion", "Rule", "start"), wraps: true },
    ],
    rows: conclusions.map(({ id, claim, source, verdict, finding, criterion }) => ({
      cells: [
        name(prose(claim), id),
        { content: [source] },
        { content: [verdicts[verdict]], value: verdict },
        { content: prose(finding) },
        { content: prose(criterion) },
      ],
    })),
  };
}
