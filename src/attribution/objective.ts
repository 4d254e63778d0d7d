/** F of a pass and its gradient: a function of the logits, or a unit's activation. */

import type { Target, Tensor } from "../compute/ops.ts";
import type { PathPair } from "../model/batch.ts";
import { type Encoder, logitsOf, type Run } from "../model/forward.ts";
import { linesOfUnit, type UnitTarget } from "./towards.ts";

/** F at every sequence of a pass, and the gradient of their sum with respect to the graph's output. */
export interface Objective {
  /** [R, 1] */
  readonly F: Tensor;
  /** As the output. */
  readonly gradient: Tensor;
}

/** The path that a sequence is a point of: its tokens, and the class that F speaks for. */
type Row = Pick<PathPair, "encoded"> & { readonly label: 0 | 1 };

/** Records F of a pass that has run; `rows`: the path that each sequence is a point of. */
export function objectiveOf(
  encoder: Encoder,
  run: Run,
  { rows, target }: {
    readonly rows: readonly Row[];
    readonly target: Target | UnitTarget;
  },
): Objective {
  if (typeof target !== "string") return activationOf(encoder, run, { rows, target });
  const { ops, config } = encoder;
  const F = ops.empty(rows.length, 1);
  const gradient = ops.empty(rows.length, config.labels);
  const label = ops.floats(rows.length, 1, Float64Array.from(rows, ({ label }) => label));
  ops.objective(F, gradient, logitsOf(encoder, run), label, target);
  ops.free(label);
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
  unit[width + target.unit] = 1;
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
