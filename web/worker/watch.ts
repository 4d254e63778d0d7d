/** Attribution that tells of its rounds and can be stopped between two of them. */

import { attributePairUnder, type CrossEncoder, type Ops } from "../library.ts";
import type { Round } from "../protocol.ts";

/** Who looks on. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly onRound: (round: Round) => void;
}

/** {@linkcode attributePairUnder}, watched: stopped between two rounds, and at every read within one. */
export async function attributeWatched(
  model: CrossEncoder,
  pair: Parameters<typeof attributePairUnder>[1],
  { signal, onRound, ...options }:
    & Omit<NonNullable<Parameters<typeof attributePairUnder>[2]>, keyof Watch>
    & Watch,
): ReturnType<typeof attributePairUnder> {
  let told: Round = { evaluations: 0 };
  const tell = (more: Partial<Round>) => onRound(told = { ...told, ...more });
  const ops = stoppable(model.ops, {
    signal,
    evaluated: (count) => tell({ evaluations: told.evaluations + count }),
  });
  const stopped: CrossEncoder = { ...model, ops };
  return await attributePairUnder(stopped, pair, {
    ...options,
    signal,
    onRound: ({ t, F, gap }) => tell({ points: t, F, gap: gap / Math.abs(F.at(-1)! - F[0]) }),
  });
}

/** The same operations; reads fail once the signal says so, and every batch of points is counted. */
function stoppable(
  ops: Ops,
  { signal, evaluated }: {
    readonly signal: AbortSignal;
    readonly evaluated: (count: number) => void;
  },
): Ops {
  return {
    ...ops,
    objective(value, ...rest) {
      ops.objective(value, ...rest);
      evaluated(value.rows);
    },
    async read(x) {
      signal.throwIfAborted();
      const numbers = await ops.read(x);
      signal.throwIfAborted();
      return numbers;
    },
  };
}
