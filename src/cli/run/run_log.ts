/** What a run says to machines: `--log` JSON lines, `--metrics` Prometheus text. */

import type { Arguments, OptionSpec } from "../command.ts";
import { named } from "../../deno/files.ts";
import { replaceFile } from "../../deno/write.ts";
import { write } from "./progress.ts";

/** Options of commands that run for long. */
export const runLogOptions: Readonly<Record<string, OptionSpec>> = {
  log: {
    value: "FILE",
    help: "append what happens, a JSON object a line",
    file: { use: "appended" },
  },
  metrics: {
    value: "FILE",
    help: "progress in Prometheus' text form, replaced every few seconds (for node exporters)",
    file: { use: "written", plain: true },
  },
};

/** Where a run stands: `name` without the common prefix, its value, and what it means. */
export type Metrics = Readonly<Record<string, { readonly value: number; readonly help: string }>>;

/** Tells a log and a metrics file what happens; a file that fails is told of once and left. */
export interface RunLog extends Disposable {
  /** Appends a line to the log. */
  event(name: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Replaces the metrics file, unless that was done a moment ago and it is not the `last` time. */
  metrics(read: () => Metrics, last?: boolean): void;
}

const PREFIX = "relevance_neurons";
const PAUSE = 5000;

/** Opens the files of `--log` and `--metrics`; fails now where one cannot be written. */
export async function openRunLog(args: Arguments): Promise<RunLog> {
  const [log, metrics] = [args.get("log"), args.get("metrics")];
  const file = log === undefined
    ? undefined
    : await named("write", log, () => Deno.open(log, { append: true, create: true }));
  const failed = new Set<string>();
  const attempt = (path: string, action: () => void) => {
    if (failed.has(path)) return;
    try {
      action();
    } catch (error) {
      failed.add(path);
      const reason = (error as Error).message.replace(`Cannot write ${path}: `, "");
      write(`note: cannot write ${path} any more: ${reason}\n`);
    }
  };
  let last = -Infinity;
  return {
    event(name, fields = {}) {
      if (log === undefined || !file) return;
      const line = JSON.stringify({ time: new Date().toISOString(), event: name, ...fields });
      attempt(log, () => file.writeSync(new TextEncoder().encode(`${line}\n`)));
    },
    metrics(read, atOnce = false) {
      const now = performance.now();
      if (metrics === undefined || (!atOnce && now - last < PAUSE)) return;
      last = now;
      attempt(metrics, () => replaceFile(metrics, formatMetrics(read())));
    },
    [Symbol.dispose]: () => file?.close(),
  };
}

/** Prometheus' text form; names that end in `_total` are counters. */
export function formatMetrics(metrics: Metrics): string {
  return Object.entries(metrics).map(([name, { value, help }]) => {
    const full = `${PREFIX}_${name}`;
    const type = name.endsWith("_total") ? "counter" : "gauge";
    const text = Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "NaN";
    // as the format has it: a backslash and the end of a line are escaped in what is said
    const said = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return `# HELP ${full} ${said}\n# TYPE ${full} ${type}\n${full} ${text}\n`;
  }).join("");
}
