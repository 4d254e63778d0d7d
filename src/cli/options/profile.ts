/** `--profile`: time by operation, printed when the operations are closed. */

import type { Ops, Timing } from "../../../internal.ts";
import { write } from "../run/progress.ts";

/** The same operations, which print where their time went when they are closed. */
export function profiled(ops: Ops): Ops {
  return {
    ...ops,
    close() {
      const timings = ops.timings?.() ?? [];
      ops.close();
      write(profileTable(timings));
    },
  };
}

/** Time by operation, a line each, and all together. */
export function profileTable(timings: readonly Timing[]): string {
  const all = timings.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const width = Math.max(9, ...timings.map(({ operation }) => operation.length));
  const line = (name: string, ...columns: readonly string[]) =>
    `${name.padEnd(width)}${columns.map((column) => column.padStart(11)).join("")}`.trimEnd() +
    "\n";
  return line("operation", "calls", "ms", "share", "GFLOP/s") +
    timings.map(({ operation, calls, milliseconds, gigaflop }) =>
      line(
        operation,
        String(calls),
        milliseconds.toFixed(1),
        `${(100 * milliseconds / all).toFixed(1)} %`,
        gigaflop > 0 ? (1000 * gigaflop / milliseconds).toFixed(1) : "",
      )
    ).join("") +
    line("all", String(timings.reduce((sum, { calls }) => sum + calls, 0)), all.toFixed(1));
}
