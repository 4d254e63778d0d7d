/** Similarities of pairs of rows and their gradient. */

import type { Similarity } from "../ops.ts";
import { type CheckCase, type Draw, SUMMED, unset } from "./check_case.ts";

/** Cases of `similarity` and its gradient; the first pair's second vector is zero. */
export function* similarities({ normal }: Draw): Generator<CheckCase> {
  for (const [rows, width] of [[2, 1], [5, 30], [37, 67], [3, 384]]) {
    const [x, dout] = [normal(2 * rows * width, 1, 0.5), normal(rows)];
    x.fill(0, width, 2 * width);
    for (const kind of ["cosine", "dot"] satisfies Similarity[]) {
      const shape = `${kind} of [${2 * rows}, ${width}]`;
      yield {
        operation: "similarity",
        shape,
        bound: SUMMED,
        run(ops) {
          const out = unset(ops, rows, 1);
          ops.similarity(out, ops.floats(2 * rows, width, x), kind);
          return [out];
        },
      };
      yield {
        operation: "similarityBackward",
        shape,
        bound: SUMMED,
        run(ops) {
          const dx = unset(ops, 2 * rows, width);
          const inputs = [ops.floats(rows, 1, dout), ops.floats(2 * rows, width, x)];
          ops.similarityBackward(dx, inputs[0], inputs[1], kind);
          return [dx];
        },
      };
    }
  }
}
