/** Sums of the largest products of two texts' tokens, and their gradient. */

import type { Ops } from "../ops.ts";
import { type CheckCase, type Draw, SUMMED, unset } from "./check_case.ts";

/** Tokens of query and passage of each pair, and columns; more tokens than lanes of a workgroup too. */
const shapes = [
  [[[1, 1]], 1],
  [[[3, 5], [1, 2], [4, 1]], 30],
  [[[32, 180], [7, 67], [2, 300]], 67],
  [[[32, 33], [5, 9]], 128],
] as const;

/**
 * Cases of `maxSim` and its gradient. A passage's first token does not count where there are others, and
 * its last is as its second: of equal products the first one's is taken.
 */
export function* maxSims({ normal }: Draw): Generator<CheckCase> {
  for (const [lengths, width] of shapes) {
    const pairs: number[] = [];
    const textOf: number[] = [];
    const counted: number[] = [];
    lengths.forEach(([queries, passages], r) => {
      const first = textOf.length;
      pairs.push(first, queries, first + queries, passages);
      textOf.push(
        ...Array<number>(queries).fill(2 * r),
        ...Array<number>(passages).fill(2 * r + 1),
      );
      counted.push(...Array.from({ length: queries + passages }, (_, i) => i === queries ? 0 : 1));
      if (passages === 1) counted[first + queries] = 1;
    });
    const [tokens, count] = [textOf.length, lengths.length];
    const [x, dout] = [normal(tokens * width, 1, 0.2), normal(count)];
    lengths.forEach(([, passages], r) => {
      if (passages < 3) return;
      const passage = pairs[4 * r + 2];
      x.copyWithin((passage + passages - 1) * width, (passage + 1) * width, (passage + 2) * width);
    });
    const shape = `${lengths.map(([q, d]) => `${q} × ${d}`).join(", ")} of width ${width}`;
    const index = (ops: Ops, width: number, data: readonly number[]) =>
      ops.indices(data.length / width, width, Uint32Array.from(data));
    const forward: CheckCase["run"] = (ops) => {
      const [out, best] = [unset(ops, count, 1), unset(ops, tokens, 1)];
      const tokensOf = ops.floats(tokens, width, x);
      ops.maxSim(out, best, tokensOf, index(ops, 4, pairs), index(ops, 1, counted));
      return [out, best];
    };
    yield { operation: "maxSim", shape, bound: SUMMED, run: forward };
    yield {
      operation: "maxSimBackward",
      shape,
      bound: SUMMED,
      run(ops) {
        const [, best] = forward(ops);
        const dx = unset(ops, tokens, width);
        const inputs = [ops.floats(count, 1, dout), ops.floats(tokens, width, x)];
        ops.maxSimBackward(dx, inputs[0], inputs[1], best, {
          pairs: index(ops, 4, pairs),
          textOf: index(ops, 1, textOf),
        });
        return [dx];
      },
    };
  }
}
