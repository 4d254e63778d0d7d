/** Adds up how long operations took. */

import type { Timing } from "./ops.ts";

/** A sum of times by operation. */
export interface TimeTable {
  /** Adds calls of an operation; one unless given. */
  add(
    operation: string,
    spent: { readonly calls?: number; readonly milliseconds: number; readonly gigaflop: number },
  ): void;
  /** What was added, the longest first. */
  timings(): readonly Timing[];
}

/** An empty table. */
export function timeTable(): TimeTable {
  const rows = new Map<string, Timing>();
  return {
    add(operation, { calls = 1, milliseconds, gigaflop }) {
      const row = rows.get(operation) ?? { operation, calls: 0, milliseconds: 0, gigaflop: 0 };
      rows.set(operation, {
        operation,
        calls: row.calls + calls,
        milliseconds: row.milliseconds + milliseconds,
        gigaflop: row.gigaflop + gigaflop,
      });
    },
    timings: () => [...rows.values()].sort((a, b) => b.milliseconds - a.milliseconds),
  };
}
