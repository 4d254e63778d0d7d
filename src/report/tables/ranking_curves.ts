/** Deletion and insertion in nDCG@10, and layers drawn anew, as tables and as a file of data. */

import type {
  FaithfulnessOfStudy,
  RandomisedLayers,
  RankingArea,
  RankingCurves,
  RankingOrder,
} from "../../experiments/results/results_faithfulness.ts";
import { mean } from "../../ir/measures.ts";
import { notation } from "../notation.ts";
import { count, fixed, percent, signed } from "../numbers.ts";
import { type Column, dataTsv, datum, numbers, type Table, table, texts } from "../table.ts";

/** An order on a collection. */
interface OrderOn {
  readonly on: RankingCurves;
  readonly order: RankingOrder;
}

/** A row a validation collection and order: areas, and by how much they differ from chance. */
export function rankingAreaTable(rankings: readonly RankingCurves[]): Table {
  return table<OrderOn>({
    id: "table-ranking-areas",
    title: "Deletion and insertion in nDCG@10",
    caption:
      "Area under nDCG@10 of the candidates over the share of units that are at their values in the " +
      "baseline’s run, the strongest first (deletion), or that alone are not (insertion); in " +
      "parentheses the mean of random orders with units of the same layers and components. Between: " +
      "the area between the two with its 95 % interval over queries, positive where the order finds " +
      "earlier than chance what rankings need.",
    columns: [
      texts("collection", "Collection", ({ on }) => on.collection, { names: true, spans: true }),
      texts("order", "Order", ({ order }) => [notation(order.of)], {
        value: ({ order }) => order.of,
      }),
      area("deletion", "Deletion", ({ deletion }) => deletion),
      between("deletion_between", ({ deletion }) => deletion),
      area("insertion", "Insertion", ({ insertion }) => insertion),
      between("insertion_between", ({ insertion }) => insertion),
    ],
    records: rankings.flatMap((on) => on.orders.map((order): OrderOn => ({ on, order }))),
    starts: ({ on }, before) => on !== before?.on,
  });
}

function area(
  key: string,
  heading: string,
  of: (order: RankingOrder) => RankingArea,
): Column<OrderOn> {
  return {
    ...numbers(key, heading, ({ order }: OrderOn) => of(order).value, fixed),
    text({ order }) {
      const { value, random } = of(order);
      return [fixed(value, 3) + (random === null ? "" : ` (${fixed(random, 3)})`)];
    },
  };
}

function between(key: string, of: (order: RankingOrder) => RankingArea): Column<OrderOn> {
  return {
    ...numbers(key, "Between", ({ order }: OrderOn) => of(order).between, fixed),
    text({ order }) {
      const { between, interval } = of(order);
      if (between === null || interval === null) return [fixed(between)];
      const [low, high] = interval;
      return [`${signed(between, 3)} (${fixed(low, 3)} to ${fixed(high, 3)})`];
    },
  };
}

/** A row a validation collection: what any ranking of its lists has, and what that loses. */
export function floorTable(rankings: readonly RankingCurves[]): Table {
  const loss = (key: string, heading: string, of: (on: RankingCurves) => number) =>
    numbers(
      key,
      heading,
      (on: RankingCurves) => 100 * (on.all - of(on)) / on.all,
      (value) => percent(value / 100, 1),
    );
  const [first] = rankings;
  return table<RankingCurves>({
    id: "table-ranking-floors",
    title: "What a ranking can lose",
    caption:
      "nDCG@10 of the same lists of candidates in their best, in random and in their worst order " +
      `(${count(first.floors.draws)} random orders of each list, with the standard deviation of ` +
      "their means), beside that of the whole model and of one with all units at their values in " +
      "the baseline’s run; and the losses, which every other loss is to be read against.",
    columns: [
      texts("collection", "Collection", ({ collection }) => collection, { names: true }),
      numbers("queries", "Queries", ({ queries }) => queries, count),
      numbers("candidates", "Candidates", ({ candidates }) => candidates, count),
      numbers("best", "Best", ({ floors }) => floors.best, (value) => fixed(value, 3)),
      numbers("whole", "Whole model", ({ all }) => all, (value) => fixed(value, 3)),
      numbers("no_units", "No units", ({ none }) => none, (value) => fixed(value, 3)),
      {
        ...numbers("random", "Random", ({ floors }: RankingCurves) => floors.random, fixed),
        text: ({ floors }) => [
          fixed(floors.random, 3) +
          (floors.deviation === null ? "" : ` ± ${fixed(floors.deviation, 3)}`),
        ],
      },
      numbers("worst", "Worst", ({ floors }) => floors.worst, (value) => fixed(value, 3)),
      loss("loss_no_units", "Loss without units", ({ none }) => none),
      loss("loss_random", "Loss of random", ({ floors }) => floors.random),
      loss("loss_worst", "Loss of the worst", ({ floors }) => floors.worst),
    ],
    records: rankings,
  });
}

/** Layers drawn anew for the pairs of a scheme. */
interface DrawnLayers {
  readonly scheme: string;
  readonly layers: RandomisedLayers;
}

/** A row a scheme and lowest layer that is drawn anew. */
export function randomisedTable(found: FaithfulnessOfStudy["found"]): Table {
  return table<DrawnLayers>({
    id: "table-randomised",
    title: "Layers drawn anew",
    caption:
      "Spearman’s correlation of the schemes’ own rule with itself on the model whose linears are " +
      "drawn anew from a layer on, from the top down: of the mean attributions of all units, of " +
      "their sizes, and of the units below. It must fall: an attribution that stays as it was says " +
      "nothing of what the model has learnt.",
    columns: [
      texts("scheme", "Pairs as in", ({ scheme }) => [notation(scheme)], {
        value: ({ scheme }) => scheme,
        names: true,
        spans: true,
      }),
      numbers("layers", "Layers anew", ({ layers }) => layers.layers, String),
      numbers("from", "From layer", ({ layers }) => layers.from, String),
      numbers("spearman", "Spearman", ({ layers }) => layers.spearman, fixed),
      numbers("absolute", "of sizes", ({ layers }) => layers.absolute, fixed),
      numbers("below", "of units below", ({ layers }) => layers.below, fixed),
    ],
    records: found.flatMap(({ scheme, randomised = [] }) =>
      randomised.map((layers): DrawnLayers => ({ scheme, layers }))
    ),
    starts: ({ scheme }, before) => scheme !== before?.scheme,
  });
}

/** A number of rankings. */
interface RankingLine {
  readonly figure: string;
  readonly order?: string;
  readonly units?: number;
  readonly share?: number;
  readonly value: number | null;
  readonly random?: number | null;
  readonly between?: number | null;
  readonly interval?: RankingArea["interval"];
}

/** All numbers of a validation collection, a line each. */
export function rankingCurvesTsv({ all, none, floors, orders }: RankingCurves): string {
  const lines: RankingLine[] = [
    { figure: "ndcg_whole", value: all },
    { figure: "ndcg_no_units", value: none },
    { figure: "floor_best", value: floors.best },
    { figure: "floor_worst", value: floors.worst },
    { figure: "floor_random", value: floors.random },
    ...orders.flatMap(({ of, points, deletion, insertion }): RankingLine[] => [
      { figure: "deletion_area", order: of, ...deletion },
      { figure: "insertion_area", order: of, ...insertion },
      ...points.flatMap(({ units, share, random, ...values }) =>
        (["removed", "kept"] as const).map((what): RankingLine => ({
          ...{ figure: `ndcg_${what}`, order: of, units, share, value: values[what] },
          random: random.length > 0 ? mean(random.map((one) => one[what])) : null,
        }))
      ),
    ]),
  ];
  return dataTsv<RankingLine>([
    datum("figure", ({ figure }) => figure),
    datum("order", ({ order }) => order),
    datum("units", ({ units }) => units),
    datum("share", ({ share }) => share),
    datum("ndcg", ({ value }) => value),
    datum("random", ({ random }) => random),
    datum("between", ({ between }) => between),
    datum("low", ({ interval }) => interval?.[0]),
    datum("high", ({ interval }) => interval?.[1]),
  ], lines);
}
