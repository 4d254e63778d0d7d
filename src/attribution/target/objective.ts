/** F of a pass and its gradient: of the logits of a pair or of two, or a unit's activation. */

import type { Target, Tensor } from "../../compute/ops.ts";
import type { PathPair } from "../../model/batch.ts";
import { type Encoder, logitsOf, type Run } from "../../model/forward.ts";
import { columnOfUnit, linesOfUnit, type UnitTarget } from "./towards.ts";

/** F at every point of a pass, and the gradient of their sum with respect to the graph's output. */
export interface Objective {
  /** [points, 1] */
  readonly F: Tensor;
  /** As the output. */
  readonly gradient: Tensor;
}

/** The path that a sequence is a point of: its tokens, and the class that F speaks for. */
type Row = Pick<PathPair, "encoded"> & { readonly label: 0 | 1 };

/** What F is; `pairwise` of points that are two sequences each. */
export type PathTarget = Target | UnitTarget | "pairwise";

/** Records F of a pass that has run; `rows`: the path that each point is of. */
export function objectiveOf(
  encoder: Encoder,
  run: Run,
  { rows, target }: {
    readonly rows: readonly Row[];
    readonly target: PathTarget;
  },
): Objective {
  if (target === "pairwise") return pairwiseOf(encoder, run);
  if (typeof target !== "string") return activationOf(encoder, run, { rows, target });
  const { ops, config } = encoder;
  const F = ops.empty(rows.length, 1);
  const gradient = ops.empty(rows.length, config.labels);
  const label = ops.floats(rows.length, 1, Float64Array.from(rows, ({ label }) => label));
  ops.objective(F, gradient, logitsOf(encoder, run), label, target);
  ops.free(label);
  return { F, gradient };
}

/**
 * F = σ(m₊ - m₋), m the margins of two sequences that follow each other: the probability of the logits'
 * difference L₊ - L₋, whose gradient is that of L₊, and less it that of L₋.
 */
function pairwiseOf(encoder: Encoder, run: Run): Objective {
  const { ops, config: { labels } } = encoder;
  const logits = logitsOf(encoder, run);
  const points = logits.rows / 2;
  const index = (count: number, of: (i: number) => number) =>
    ops.indices(count, 1, Uint32Array.from({ length: count }, (_, i) => of(i)));
  const signs = ops.floats(
    2,
    labels,
    Float64Array.from({ length: 2 * labels }, (_, i) => i < labels ? 1 : -1),
  );
  const [first, second] = [0, 1].map((side) => {
    const lines = index(points, (i) => 2 * i + side);
    const rows = ops.empty(points, labels);
    ops.takeRows(rows, logits, lines);
    ops.free(lines);
    return rows;
  });
  const negative = index(points, () => 1);
  ops.mask(second, { keep: signs, maskOf: negative });
  ops.add(first, first, second);
  const label = ops.floats(points, 1, new Float64Array(points).fill(1));
  const F = ops.empty(points, 1);
  const dfirst = ops.empty(points, labels);
  ops.objective(F, dfirst, first, label, "probability");
  const gradient = ops.empty(2 * points, labels);
  const [pointOf, sideOf] = [index(2 * points, (i) => i >> 1), index(2 * points, (i) => i & 1)];
  ops.takeRows(gradient, dfirst, pointOf);
  ops.mask(gradient, { keep: signs, maskOf: sideOf });
  ops.free(signs, first, second, negative, label, dfirst, pointOf, sideOf);
  return { F, gradient };
}

/** F[r] = Σ y[m, unit] over the tokens m of sequence r that count; its gradient is 1 there and else 0. */
function activationOf(
  encoder: Encoder,
  run: Run,
  { rows, target }: { readonly rows: readonly Row[]; readonly target: UnitTarget },
): Objective {
  const { ops, graph } = encoder;
  const y = logitsOf(encoder, run);
  const { width } = graph.output;
  const groups = new Uint32Array(2 * rows.length);
  const counts = new Uint32Array(y.rows);
  let line = 0;
  rows.forEach(({ encoded }, r) => {
    const { first, count, of } = linesOfUnit(graph, encoded, target);
    groups.set([line + first, count], 2 * r);
    counts.fill(1, line + first, line + first + count);
    line += of;
  });
  const unit = new Float64Array(2 * width); // a line of zeros, and one that is 1 at the unit
  unit[width + columnOfUnit(graph, target)] = 1;
  const lines = ops.floats(2, width, unit);
  const ofLine = ops.indices(y.rows, 1, counts);
  const gradient = ops.empty(y.rows, width);
  ops.takeRows(gradient, lines, ofLine);

  const ofRow = ops.indices(rows.length, 2, groups);
  const second = ops.indices(rows.length, 1, new Uint32Array(rows.length).fill(1));
  const sums = ops.empty(rows.length, width);
  const F = ops.empty(rows.length, 1);
  ops.sumRows(sums, y, ofRow, { accumulate: false, at: 0 });
  ops.mask(sums, { keep: lines, maskOf: second });
  ops.sumColumns(F, sums, { at: 0 });
  ops.free(lines, ofLine, ofRow, second, sums);
  return { F, gradient };
}
