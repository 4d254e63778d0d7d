/** Work that goes on side by side, so that a GPU computes while the host waits for its numbers. */

/**
 * Begins `pieces` one after another, at most `most` under way at once, and gives what comes of them in
 * their order; with 1 a piece begins when the one before has been dealt with. Who leaves early, or with
 * an error, leaves nothing under way.
 */
export async function* sideBySide<T>(
  pieces: Iterable<() => Promise<T>>,
  most: number,
): AsyncGenerator<T> {
  const running: Promise<T>[] = [];
  try {
    for (const piece of pieces) {
      const work = piece();
      work.catch(() => {}); // who waits for it will know
      running.push(work);
      if (running.length === most) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}
