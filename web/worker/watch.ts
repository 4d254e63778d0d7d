/** Attribution that tells of its rounds and can be stopped between two of them. */

import { attributePair, type CrossEncoder, type Ops } from "../library.ts";
import type { Round } from "../protocol.ts";

/** Who looks on. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly onRound: (round: Round) => void;
}

/** What the library tells of a round of the adaptive rule: F at the points t; the gap in units of F. */
interface LibraryRound {
  readonly t: readonly number[];
  readonly F: readonly number[];
  readonly gap: number;
}

/** {@linkcode attributePair}, watched. */
export async function attributeWatched(
  model: CrossEncoder,
  pair: Parameters<typeof attributePair>[1],
  { signal, onRound, ...options }:
    & Omit<NonNullable<Parameters<typeof attributePair>[2]>, keyof Watch>
    & Watch,
): ReturnType<typeof attributePair> {
  let told: Round = { evaluations: 0 };
  const tell = (more: Partial<Round>) => onRound(told = { ...told, ...more });
  const watched = {
    ...options,
    signal,
    onRound({ t, F, gap }: LibraryRound) {
      tell({ points: t, F, gap: gap / Math.abs(F.at(-1)! - F[0]) });
    },
  };
  const ops = stoppable(model.ops, {
    signal,
    evaluated: (count) => tell({ evaluations: told.evaluations + count }),
  });
  const stopped: CrossEncoder = { ...model, ops };
  return await attributePair(stopped, pair, watched);
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
