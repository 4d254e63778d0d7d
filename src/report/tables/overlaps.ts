/** Every point of Figs. 2 and 3 as a file of data. */

import type { OverlapStudy } from "../../experiments/results/results.ts";
import { dataTsv, datum } from "../table.ts";

/** Overlap curves, a line a point; levels and shares in per cent. */
export function overlapTsv({ curves }: OverlapStudy): string {
  const records = curves.flatMap((curve) => curve.points.map((point) => ({ curve, point })));
  return dataTsv<(typeof records)[number]>([
    datum("expression", ({ curve }) => curve.expression),
    datum("kind", ({ curve }) => curve.kind),
    datum("label", ({ curve }) => curve.label),
    datum("collections", ({ curve }) => curve.collections.join(",")),
    datum("in_domain", ({ curve }) => curve.inDomain),
    datum("figures", ({ curve }) => curve.figures.join(",")),
    datum("level_percent", ({ point }) => 100 * point.level),
    datum("size", ({ point }) => point.size),
    datum("count", ({ point }) => point.count),
    datum("percent", ({ point }) => point.percent),
    datum("low", ({ point }) => point.interval?.low),
    datum("high", ({ point }) => point.interval?.high),
    datum("chance_percent", ({ point }) => point.chance),
    datum("null_mean", ({ point }) => point.nullBand.mean),
    datum("null_low", ({ point }) => point.nullBand.low),
    datum("null_high", ({ point }) => point.nullBand.high),
    datum("p_at_most", ({ point }) => point.tails?.below),
    datum("p_at_least", ({ point }) => point.tails?.above),
  ], records);
}
