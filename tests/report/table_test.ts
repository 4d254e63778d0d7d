import { assertEquals } from "@std/assert";
import { dataTsv, datum, numbers, table, tableTsv, texts } from "../../src/report/table.ts";
import { tableMarkdown } from "../../src/report/table_markdown.ts";
import { baselineTable, baselineTsv } from "../../src/report/tables/baselines.ts";
import { code } from "../../src/report/text.ts";
import { syntheticResults } from "./synthetic.ts";

interface Planet {
  readonly name: string;
  readonly kind: "rock" | "gas";
  readonly moons: number | null;
}

const planets: readonly Planet[] = [
  { name: "Earth", kind: "rock", moons: 1 },
  { name: "Mars", kind: "rock", moons: 2 },
  { name: "Jupiter", kind: "gas", moons: 100 / 3 },
];
const columns = [
  texts<Planet>("kind", "Kind", ({ kind }) => [code(kind)], { names: true, spans: true }),
  texts<Planet>("name", "Name", ({ name }) => name),
  datum<Planet>("letters", ({ name }) => name.length),
  numbers<Planet, number | null>("moons", "Moons", ({ moons }) => moons, (n) => n!.toFixed(1), {
    mark: ({ name }) => name === "Jupiter" ? "largest" : null,
  }),
];

Deno.test("table() shows what its columns say of every record, one cell spanning a group", () => {
  const filled = table<Planet>({
    ...{ id: "planets", title: "Planets", caption: "All.", columns, records: planets },
    starts: ({ kind }, before) => kind !== before?.kind,
  });
  assertEquals(filled.rows.map(({ starts }) => starts), [true, false, true]);
  const first = filled.rows.map(({ cells: [{ span, covered }] }) => ({ span, covered }));
  assertEquals(first.map(({ covered }) => covered), [false, true, false]);
  assertEquals([first[0].span, first[2].span], [2, 1]);
  assertEquals(
    tableMarkdown(filled),
    "**Planets.** All.\n\n| Kind | Name | Moons |\n| :-- | :-- | --: |\n" +
      "| `rock` | Earth | 1.0 |\n|  | Mars | 2.0 |\n| `gas` | Jupiter | **33.3** |\n",
  );
  assertEquals(
    tableTsv(filled),
    `kind\tname\tmoons\nrock\tEarth\t1\nrock\tMars\t2\ngas\tJupiter\t${100 / 3}\n`,
  );
});

Deno.test("dataTsv() has columns that readers do not see, 12 digits, and nothing for what is missing", () => {
  const records: Planet[] = [planets[2], { name: "X\t\nY", kind: "gas", moons: null }];
  assertEquals(
    dataTsv(columns, records),
    "kind\tname\tletters\tmoons\ngas\tJupiter\t7\t33.3333333333\ngas\tX Y\t4\t\n",
  );
});

Deno.test("baselineTable() and baselineTsv() have one description: the same values in shared columns", () => {
  const { baselines } = syntheticResults();
  const read = (text: string) => text.split("\n").slice(0, -1).map((line) => line.split("\t"));
  const [shown, data] = [tableTsv(baselineTable(baselines!)), baselineTsv(baselines!)].map(read);
  assertEquals(shown[0], ["baseline", "difference", "standard_error", "paper"]);
  assertEquals(data[0], ["baseline", "difference", "standard_error", "pairs", "paper", "chosen"]);
  for (const [i, line] of shown.entries()) {
    if (i === 0) continue;
    assertEquals([data[i][0], data[i][4]], [line[0], line[3]]);
    assertEquals(Number(data[i][1]), Number(Number(line[1]).toPrecision(12)));
  }
  assertEquals(data.filter((line) => line[5] === "true").map(([name]) => name), [
    baselines!.choice,
  ]);
});
