/** Where a set's members are, by component. */

import type { Location, ModelFacts } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { count, fixed, percent } from "../numbers.ts";
import { dataTsv, datum, numbers, type Table, table, texts } from "../table.ts";
import { code } from "../text.ts";

/** Members of every set by component, against the component's share of all neurons. */
export function locationTable(locations: readonly Location[], model: ModelFacts): Table {
  const part = (value: number) => percent(value, 1);
  const records = locations.flatMap((set) =>
    set.components.map((component, c) => {
      const members = set.counts.reduce((sum, layer) => sum + layer[c], 0);
      const share = set.size ? members / set.size : 0;
      const even = model.units[component] * model.layers / model.neurons;
      return { set, component, members, share, even };
    })
  );
  return table<(typeof records)[number]>({
    id: "table-location",
    title: "Members by component",
    caption:
      "Share of a set’s members in each component, and how many times that component’s share of " +
      "all neurons it is: above 1, more than an even spread would give.",
    columns: [
      texts("set", "Set", ({ set }) => [notation(set.expression)], { names: true, spans: true }),
      numbers("level", "Level", ({ set }) => set.level, (level) => percent(level), { spans: true }),
      texts("component", "Component", ({ component }) => [code(component)]),
      numbers("members", "Members", ({ members }) => members, count),
      numbers("share", "Share of members", ({ share }) => share, part),
      numbers("share_of_neurons", "Share of neurons", ({ even }) => even, part),
      numbers("ratio", "Times even", ({ share, even }) => share / even, (x) => fixed(x)),
    ],
    records,
    starts: ({ set }, before) => set !== before?.set,
  });
}

/** Members by layer (a line each) and component (a column each), with sums, as data. */
export function locationTsv(
  { components, counts }: Pick<Location, "components" | "counts">,
): string {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const all = components.map((_, c) => sum(counts.map((row) => row[c])));
  const rows = counts.map((row, layer): LayerCounts => ({ layer, row }));
  return dataTsv<LayerCounts>([
    datum("layer", ({ layer }) => layer),
    ...components.map((component, c) => datum<LayerCounts>(component, ({ row }) => row[c])),
    datum("all", ({ row }) => sum(row)),
  ], [...rows, { layer: "all", row: all }]);
}

/** Members of a layer, or of all layers, by component. */
interface LayerCounts {
  readonly layer: number | "all";
  readonly row: readonly number[];
}
