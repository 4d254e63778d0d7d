/** Whether numbers that are read before the runtime says that the device is done are those that it computes. */

import type { Ops } from "../ops.ts";
import type { Draw } from "./check_case.ts";

/** Products one after another that keep the device busy while it is read from. */
const CHAIN = 12;
const [ROWS, WIDTH] = [512, 256];
const ROUNDS = 4;

/** What is read. */
export const readShape = `[${ROWS}, ${WIDTH}], ${ROUNDS} times, against reads that wait`;

/**
 * Reads what a chain of products leaves, other numbers every round, at once and then awaited: the part
 * of the numbers that differ.
 */
export async function checkReads(backend: Ops, { normal }: Draw): Promise<number> {
  const scale = 1 / Math.sqrt(WIDTH); // keeps the size of the numbers
  const layer = {
    weight: backend.weights(WIDTH, WIDTH, normal(WIDTH * WIDTH, scale)),
    bias: backend.floats(1, WIDTH, normal(WIDTH)),
  };
  const [first, second] = [backend.empty(ROWS, WIDTH), backend.empty(ROWS, WIDTH)];
  let different = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const x = backend.floats(ROWS, WIDTH, normal(ROWS * WIDTH));
    let [from, to] = [x, first];
    for (let i = 0; i < CHAIN; i++) {
      backend.linear(to, from, layer);
      [from, to] = [to, to === first ? second : first];
    }
    const [found, other] = await Promise.all([backend.read(from), backend.read(to)]);
    const expected = [await backend.readAwaited!(from), await backend.readAwaited!(to)];
    [found, other].forEach((values, which) =>
      values.forEach((value, i) => {
        if (!Object.is(value, expected[which][i])) different++;
      })
    );
    backend.free(x);
  }
  backend.free(first, second, layer.weight, layer.bias);
  return different / (2 * ROUNDS * ROWS * WIDTH);
}
