/** Several sources that go on side by side, as one. */

/**
 * Gives what comes of generators as it comes. Who leaves early, or with an error, leaves nothing under
 * way: every generator is ended first.
 */
export async function* merged<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = (source: AsyncGenerator<T>) => {
    const result = source.next().then((found) => ({ source, found }));
    result.catch(() => {}); // whoever waits for it is told
    return result;
  };
  const running = new Map(sources.map((source) => [source, next(source)]));
  try {
    while (running.size > 0) {
      const { source, found } = await Promise.race(running.values());
      if (found.done) {
        running.delete(source);
        continue;
      }
      running.set(source, next(source));
      yield found.value;
    }
  } finally {
    await Promise.allSettled(running.values());
    await Promise.allSettled(sources.map((source) => source.return(undefined)));
  }
}
