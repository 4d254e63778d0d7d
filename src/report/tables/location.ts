/** Where a set's members are, by component. */

import type { Location, ModelFacts } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { count, fixed, percent } from "../numbers.ts";
import { cell, column, name, type Table } from "../table.ts";
import { code } from "../text.ts";

/** Members of every set by component, against the component's share of all neurons. */
export function locationTable(locations: readonly Location[], model: ModelFacts): Table {
  return {
    id: "table-location",
    number: "",
    title: "Members by component",
    caption: [
      "Share of a set’s members in each component, and how many times that component’s share of " +
      "all neurons it is: above 1, more than an even spread would give.",
    ],
    columns: [
      column("set", "Set", "start"),
      column("level", "Level"),
      column("component", "Component", "start"),
      column("members", "Members"),
      column("share", "Share of members"),
      column("share_of_neurons", "Share of neurons"),
      column("ratio", "Times even"),
    ],
    rows: locations.flatMap(({ expression, level, size, components, counts }) =>
      components.map((component, c) => {
        const members = counts.reduce((sum, layer) => sum + layer[c], 0);
        const share = size ? members / size : 0;
        const even = model.units[component] * model.layers / model.neurons;
        return {
          starts: c === 0,
          cells: [
            { ...name([notation(expression)]), span: components.length, covered: c > 0 },
            { ...cell(percent(level), level), span: components.length, covered: c > 0 },
            cell([code(component)]),
            cell(count(members), members),
            cell(percent(share, 1), share),
            cell(percent(even, 1), even),
            cell(fixed(share / even), share / even),
          ],
        };
      })
    ),
  };
}
