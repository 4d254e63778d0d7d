/** Work that goes on side by side, so that a GPU computes while the host waits for its numbers. */

/** Pieces of work that are under way. */
export interface UnderWay {
  /** Begins a piece; waits for the earliest where there are as many as may be. */
  begin(work: () => Promise<void>): Promise<void>;
  /** Resolves when all pieces have ended; rejects as the first that failed did. */
  end(): Promise<void>;
}

/** Runs at most `most` pieces at once, one after another where that is 1. */
export function underWay(most: number): UnderWay {
  const running: Promise<void>[] = [];
  return {
    async begin(work) {
      const piece = work();
      piece.catch(() => {}); // who waits for it will know
      running.push(piece);
      if (running.length === most) await running.shift();
    },
    async end() {
      for (const piece of running.splice(0)) await piece;
    },
  };
}
