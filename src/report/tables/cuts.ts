/** Attention cuts as a table of data. */

import type { CutRow, CutSweep } from "../../experiments/ablation/cuts.ts";
import { dataTsv, datum } from "../table.ts";

/** A line a collection, cut and window of layers. */
export function cutsTsv(sweeps: readonly CutSweep[]): string {
  type Line = CutRow & { readonly sweep: CutSweep };
  return dataTsv<Line>([
    datum("cut", ({ cut }) => cut),
    datum("first_layer", ({ first }) => first),
    datum("last_layer", ({ last }) => last),
    datum("collection", ({ sweep }) => sweep.collection),
    datum("queries", ({ sweep }) => sweep.queries),
    datum("candidates", ({ sweep }) => sweep.candidates),
    datum("original", ({ sweep }) => sweep.original),
    datum("ndcg", ({ ndcg }) => ndcg),
    datum("loss", ({ loss }) => loss),
    datum("low", ({ interval }) => interval[0]),
    datum("high", ({ interval }) => interval[1]),
    datum("change_of_p", ({ probability }) => probability),
    datum("change_of_p_relevant", ({ relevant }) => relevant),
  ], sweeps.flatMap((sweep) => sweep.rows.map((row) => ({ ...row, sweep }))));
}
