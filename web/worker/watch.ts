/** Attribution that tells of its rounds and can be stopped between two batches. */

import { attributePair, type CrossEncoder, type Ops } from "../library.ts";
import type { Round } from "../protocol.ts";

/** Who looks on. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly onRound: (round: Round) => void;
}

/** {@linkcode attributePair}, watched. */
export async function attributeWatched(
  model: CrossEncoder,
  pair: Parameters<typeof attributePair>[1],
  { signal, onRound, ...options }: NonNullable<Parameters<typeof attributePair>[2]> & Watch,
): ReturnType<typeof attributePair> {
  let evaluations = 0;
  const { ops } = model;
  const watched: Ops = {
    ...ops,
    objective(value, ...rest) {
      evaluations += value.rows;
      ops.objective(value, ...rest);
    },
    async read(x) {
      signal.throwIfAborted();
      const numbers = await ops.read(x);
      signal.throwIfAborted();
      onRound({ evaluations });
      return numbers;
    },
  };
  return await attributePair({ ...model, ops: watched }, pair, options);
}
