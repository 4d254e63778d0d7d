/** Table 3: the notation, with this study's collections. */

import type { StudyResults } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { type Table, table, texts } from "../table.ts";
import { code, type Line } from "../text.ts";

/** A row: how the paper writes an expression, how study files do, and what it means. */
interface Notation {
  readonly notation: Line;
  readonly expression: string;
  readonly meaning: string;
}

/** Table 3. */
export function notationTable({ sets, attribution }: StudyResults): Table {
  const positiveOnly = attribution
    .filter(({ labels }) => !labels.includes("non-relevant"))
    .map(({ abbreviation }) => abbreviation);
  const both = attribution.filter(({ labels }) => labels.length === 2);
  const [x, y] = attribution.map(({ abbreviation }) => abbreviation);
  const withBoth = both[0]?.abbreviation ?? x;
  const set = Object.hasOwn(sets, "A") ? "A" : Object.keys(sets)[0] ?? x;
  const minus = positiveOnly.filter((each) => sets[set]?.includes(each))
    .map((each) => ` - ${each}`).join("");
  const rows: readonly (readonly [expression: string, meaning: string])[] = [
    [`P[${x}]`, `Neurons with the highest mean conductance towards “relevant”, on ${x}`],
    ...(both.length
      ? [[`N[${withBoth}]`, `The same towards “non-relevant”, on ${withBoth}`] as const]
      : []),
    ...(y ? [[`P[${x}] & P[${y}]`, "Intersection: members of both sets"] as const] : []),
    [`all(P, ${set})`, `Intersection over every collection of ${set}`],
    ...(both.length
      ? [
        [`F[${withBoth}]`, "Fusion: the two labels’ schemes are averaged, then cut"] as const,
        [
          `all(F, ${set}${minus})`,
          "Intersection of the fusions, collection by collection",
        ] as const,
      ]
      : []),
    [`fuse(${set})`, `Fusion of every scheme of ${set}, both labels`],
    [`random(P[${x}], 0)`, "As many neurons in the same layers and components, drawn at random"],
  ];
  const records: readonly Notation[] = [
    ...Object.entries(sets).map(([name, members]) => ({
      notation: [`${name} = {${members.join(", ")}}`],
      expression: name,
      meaning: describe(members, attribution),
    })),
    ...rows.map(([expression, meaning]) => ({
      notation: [notation(expression)],
      expression,
      meaning,
    })),
  ];
  return table<Notation>({
    id: "table-3",
    number: "Table 3",
    title: "Notation",
    caption: "Every scheme is cut to its strongest neurons first; sets are combined afterwards.",
    columns: [
      texts("notation", "Notation", ({ notation }) => notation, {
        value: ({ expression }) => expression,
        names: true,
      }),
      texts("expression", "In study files", ({ expression }) => [code(expression)]),
      texts("meaning", "Meaning", ({ meaning }) => meaning, { wraps: true }),
    ],
    records,
    notes: positiveOnly.length
      ? [[
        `Without judged non-relevant pairs, so left out wherever N or F is concerned: ${
          positiveOnly.join(", ")
        }.`,
      ]]
      : [],
  });
}

function describe(members: readonly string[], attribution: StudyResults["attribution"]): string {
  const known = attribution.filter(({ abbreviation }) => members.includes(abbreviation));
  if (known.length === attribution.length) return "Every collection of the attribution corpus";
  return known.some(({ inDomain }) => inDomain)
    ? "Some collections of the attribution corpus"
    : known.length === attribution.filter(({ inDomain }) => !inDomain).length
    ? "Every collection that the model was not trained on"
    : "Some collections that the model was not trained on";
}
