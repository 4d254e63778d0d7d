/** How certain the members of sets are. */

import type { SetCertainty } from "../../experiments/results/results.ts";
import type { Member } from "../../experiments/schemes/certainty.ts";
import { neuronName, neuronOf, type NeuronSpace } from "../../model/neurons.ts";
import { sentence } from "../page/html.ts";
import { notation } from "../notation.ts";
import { count, percent } from "../numbers.ts";
import { bars, code } from "../text.ts";
import { prose } from "../prose.ts";
import { dataTsv, datum, numbers, type Table, table, texts } from "../table.ts";

/** Bars of eight heights: a histogram in a line of text. */
export function sparkline(counts: readonly number[]): string {
  const most = Math.max(...counts, 1);
  return counts.map((each) => each === 0 ? "·" : bars[Math.min(7, Math.floor(8 * each / most))])
    .join("");
}

/** A row a set and level. */
export function certaintyTable(sets: readonly SetCertainty[]): Table {
  const methods = [...new Set(sets.map(({ method }) => method))];
  return table<SetCertainty>({
    id: "table-certainty",
    title: "Certainty of members",
    caption:
      "The probability that a member would belong to its set again, were other queries drawn; the " +
      "histogram runs from 0 (left) to 1 (right).",
    columns: [
      texts("set", "Set", ({ expression }) => [notation(expression)], { names: true }),
      numbers("level", "Level", ({ level }) => level, (level) => percent(level)),
      numbers("size", "Members", ({ size }) => size, count),
      numbers("queries", "Queries", ({ queries }) => queries, count),
      {
        ...numbers("mean", "Mean probability", ({ mean }) => mean, String),
        text: ({ size, mean }) => [size ? mean.toFixed(3).replace(/^0/, "") : "–"],
      },
      numbers("sure", "≥ .95", ({ sure }) => sure, count),
      numbers("doubtful", "≤ .5", ({ doubtful }) => doubtful, count),
      texts(
        "histogram",
        "Histogram",
        ({ size, histogram }) => size ? [code(sparkline(histogram))] : "–",
        { value: ({ histogram }) => histogram.join(" ") },
      ),
    ],
    records: sets,
    notes: methods.map((method) => prose(sentence(method))),
  });
}

/** A set's members with their probabilities as a file of data, in the order given. */
export function membersTsv(space: NeuronSpace, members: readonly Member[]): string {
  return dataTsv<Member>([
    datum("neuron", ({ id }) => neuronName(neuronOf(space, id))),
    datum("probability", ({ probability }) => probability),
  ], members);
}
