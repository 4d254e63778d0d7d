/** Several tasks in flight at once, so that a GPU computes while the host waits for results. */

/**
 * Begins `tasks` one after another, at most `most` under way at once, and gives what comes of them in
 * their order; with 1 a task begins when the one before has been dealt with. Who leaves early, or with
 * an error, leaves nothing under way.
 */
export async function* pipelined<T>(
  tasks: Iterable<() => Promise<T>>,
  most: number,
): AsyncGenerator<T> {
  const running: Promise<T>[] = [];
  try {
    for (const task of tasks) {
      const work = task();
      work.catch(() => {}); // whoever awaits it gets the error
      running.push(work);
      if (running.length === most) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}
