/** Attention heads by pair of segments: a table for readers, and all of it as data. */

import type { HeadShare, HeadShareCell } from "../../experiments/path/head_shares.ts";
import { percent } from "../numbers.ts";
import { dataTsv, datum, numbers, type Table, table, texts } from "../table.ts";

/** Pairs of segments that the table lists of each scheme. */
const LISTED = 5;

/** The pairs of segments with the largest shares, over all layers, and the layer that has most of each. */
export function headTable(shares: readonly HeadShare[]): Table {
  const records = shares.flatMap(({ scheme, component, cells }) => {
    const pairs = new Map<string, HeadShareCell[]>();
    for (const cell of cells) {
      const key = `${cell.from}>${cell.to}`;
      pairs.set(key, [...pairs.get(key) ?? [], cell]);
    }
    return Array.from(pairs, ([pair, own]) => ({
      ...{ scheme, component, pair },
      share: own.reduce((sum, { share }) => sum + share, 0),
      conductance: own.reduce((sum, { conductance }) => sum + conductance, 0),
      layer: own.reduce((most, one) => one.share > most.share ? one : most).layer,
    })).sort((a, b) => b.share - a.share).slice(0, LISTED);
  });
  type Row = typeof records[number];
  return table<Row>({
    id: "table-heads",
    title: "Attention between segments",
    caption:
      "Pairs of segments with the largest share of the heads’ conductance (absolute values of means " +
      `over pairs), at most ${LISTED} a scheme; the signed sum speaks for the label where it is above 0.`,
    columns: [
      texts("scheme", "Scheme", ({ scheme }) => scheme),
      texts("component", "Heads", ({ component }) => component),
      texts("pair", "From > to", ({ pair }) => pair),
      numbers("share", "Share", ({ share }) => share, (value) => percent(value)),
      numbers(
        "conductance",
        "Conductance",
        ({ conductance }) => conductance,
        (value) => value.toFixed(3),
      ),
      numbers("layer", "Most in layer", ({ layer }) => layer, String),
    ],
    records,
  });
}

/** Every layer and pair of segments of every scheme. */
export function headsTsv(shares: readonly HeadShare[]): string {
  type Line = HeadShareCell & Pick<HeadShare, "scheme" | "component">;
  return dataTsv<Line>(
    [
      datum("scheme", ({ scheme }) => scheme),
      datum("component", ({ component }) => component),
      datum("layer", ({ layer }) => layer),
      datum("from", ({ from }) => from),
      datum("to", ({ to }) => to),
      datum("conductance", ({ conductance }) => conductance),
      datum("share", ({ share }) => share),
    ],
    shares.flatMap(({ scheme, component, cells }) =>
      cells.map((cell) => ({ scheme, component, ...cell }))
    ),
  );
}
