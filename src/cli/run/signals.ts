/** What a run does when it is told to stop. */

import { write } from "./progress.ts";

/** Signals that end a run, and the exit codes that say so: 128 and the signal's number. */
const signals: readonly (readonly [Deno.Signal, number])[] = [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
];

/**
 * Until disposed, SIGTERM, SIGINT and SIGHUP drop the batch that is running, `save` what is finished,
 * and end the process at once: well within the seconds that schedulers and clouds leave.
 */
export function stopOnSignals(save: (signal: string) => string): Disposable {
  const known = Deno.build.os === "windows"
    ? signals.filter(([signal]) => signal === "SIGINT")
    : signals;
  const handlers = known.map(([signal, code]) => {
    const handler = () => {
      let note = "";
      try {
        note = save(signal);
      } catch (error) {
        note = error instanceof Error ? error.message : String(error);
      }
      write(`stopped by ${signal}: ${note}\n`);
      Deno.exit(code);
    };
    Deno.addSignalListener(signal, handler);
    return [signal, handler] as const;
  });
  return {
    [Symbol.dispose]() {
      for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
    },
  };
}
