/** A run whose finished things are kept in a journal: it goes on from there, to the same bytes. */

import type { CrossEncoder } from "../../../internal.ts";
import { removePartials } from "../../deno/files.ts";
import type { Devices } from "./devices.ts";
import { type Identity, namelessJournal, openJournal, removeJournal } from "./journal_file.ts";
import { type Progress, startProgress, write } from "./progress.ts";
import type { Metrics, RunLog } from "./run_log.ts";
import { stopOnSignals } from "./signals.ts";

/** What a run needs. */
export interface RunOptions {
  readonly devices: Devices;
  /**
   * The journal's file. null: a temporary one without a name, where the result goes to no file but is
   * too large for memory; undefined: memory.
   */
  readonly journal?: string | null;
  /** Files that will be written: what a killed run left of them is removed. */
  readonly outputs?: readonly string[];
  /** Everything that the finished things depend on. */
  readonly identity: Identity;
  /** Empties a journal that is there: always, never, or if it is of another identity. */
  readonly restart: boolean | "other";
  readonly quiet: boolean;
  readonly log?: RunLog;
  /** What metrics call the finished things; `things` unless given. */
  readonly unit?: string;
}

/** What a run does next, one thing after another. */
export interface Phase {
  /** What they are called, e.g. "pairs". */
  readonly things: string;
  readonly of: number;
  /** Whether they only say what is to be done: they do not count in the metrics. */
  readonly preparing?: boolean;
  /** What progress is shown of where it does not take all of them: so many of other things. */
  readonly goal?: { readonly things: string; readonly of: number; done(): number };
}

/** A run; what nothing came of leaves no journal. */
export interface Run extends AsyncDisposable {
  /** The journal's file. */
  readonly path?: string;
  /** Says something on stderr, unless it was told to be quiet. */
  note(text: string): void;
  /** Tells the log. */
  event(name: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Begins a phase; what is finished is counted from 0. */
  begin(phase: Phase): void;
  /** What was kept before and since, of all phases. */
  payloads(): AsyncIterable<Uint8Array>;
  /** An earlier run finished `done` things of the phase. */
  resumed(done: number): void;
  /** Keeps a record: `done` things of the phase are finished. */
  keep(payload: Uint8Array, done: number, told: {
    /** The event for the log, and its fields. */
    readonly event: string;
    readonly fields: Readonly<Record<string, unknown>>;
    /** What stands beside the progress. */
    readonly beside?: string;
  }): void;
  /** What work on the device gives, one after another; it is begun anew on another where one is lost. */
  stream<T>(use: (encoder: CrossEncoder) => AsyncIterable<T>): AsyncGenerator<T>;
  /** Ends the phase: all of it is done. */
  end(): void;
  /** All is done; further metrics count no more. */
  finish(fields?: Readonly<Record<string, unknown>>): void;
  /** Adds to what the metrics say. */
  measure(more: () => Metrics): void;
}

/** Begins a run, or goes on with one; a signal ends the process, and what is finished is kept. */
export async function openRun(options: RunOptions): Promise<Run> {
  const { devices, identity, quiet, log, unit = "things" } = options;
  const journal = options.journal === undefined
    ? undefined
    : options.journal === null
    ? await namelessJournal(identity)
    : await openJournal(options.journal, identity, { restart: options.restart });
  const inMemory: Uint8Array[] = []; // where there is no journal, for the next device
  await removePartials(options.outputs ?? []); // nobody else writes them while the journal is locked
  const note = (text: string) => quiet || write(`${text}\n`);
  const began = performance.now();
  const seconds = () => Number(((performance.now() - began) / 1000).toFixed(3));
  let phase: Phase = { things: unit, of: 0 };
  const now = { done: 0, resumed: 0, told: false };
  const all = { of: 0, done: 0, resumed: 0, losses: 0, kept: journal?.found ?? 0, finished: 0 };
  let progress: Progress | undefined;
  let more = (): Metrics => ({});
  const metrics = (): Metrics => ({
    [unit]: { value: all.of, help: `Number of ${unit}` },
    [`${unit}_done_total`]: { value: all.done, help: "Finished, those of earlier runs included" },
    [`${unit}_resumed`]: { value: all.resumed, help: "Finished by earlier runs" },
    ...more(),
    device_losses_total: { value: all.losses, help: "Devices lost or full" },
    journal_bytes: { value: journal?.size ?? 0, help: "Size of the journal" },
    resident_bytes: { value: Deno.memoryUsage().rss, help: "Resident memory" },
    running_seconds: { value: seconds(), help: "Seconds since this run began" },
    finished: { value: all.finished, help: "1 once all is done" },
  });
  const count = (done: number) => {
    now.done = Math.max(now.done, done);
    if (!phase.preparing) [all.of, all.done] = [phase.of, now.done];
  };
  const tellResumed = (done: string) =>
    journal && note(`note: going on from ${journal.path}: ${done} ${phase.things} are done`);
  log?.event("start", { ...identity, found: journal?.found ?? 0 });
  if (journal?.torn) {
    note(`note: dropped ${journal.torn} bytes of ${journal.path} that were being written`);
    log?.event("torn", { bytes: journal.torn });
  }
  log?.metrics(metrics, true);
  const signals = journal && stopOnSignals((signal) => {
    log?.event("stop", { signal, done: now.done, seconds: seconds() });
    log?.metrics(metrics, true);
    journal.sync();
    return `${now.done} of ${phase.of} ${phase.things} are kept in ${journal.path}; the same command goes on from there`;
  });
  return {
    path: journal?.path,
    note,
    event: (name, fields) => log?.event(name, { ...fields, seconds: seconds() }),
    begin(next) {
      phase = next;
      Object.assign(now, { done: 0, resumed: 0, told: false });
      count(0);
    },
    async *payloads() {
      yield* journal?.payloads() ?? inMemory;
    },
    resumed(done) {
      if (done <= now.done) return; // of this run, before a device was lost
      count(done);
      now.resumed = now.done;
      if (!phase.preparing) all.resumed = now.resumed;
    },
    keep(payload, done, { event, fields, beside }) {
      if (!now.told && now.resumed > 0) {
        tellResumed(`${now.resumed} of ${phase.of}`);
        log?.event("resume", { done: now.resumed, of: phase.of });
      }
      now.told = true;
      if (journal) journal.append(payload);
      else inMemory.push(payload);
      all.kept++;
      count(done);
      const { things, of } = phase.goal ?? phase;
      const before = phase.goal ? 0 : now.resumed;
      progress ??= startProgress(of, { things, quiet, before });
      progress.update(phase.goal?.done() ?? done, beside);
      log?.event(event, { ...fields, seconds: seconds() });
      log?.metrics(metrics);
    },
    stream: (use) =>
      devices.stream(use, {
        done: () => now.done,
        kept: journal?.path,
        onLoss(message, memoryBytes) {
          all.losses++;
          const room = `${Math.floor(memoryBytes / 2 ** 20)} MiB`;
          note(`note: ${message}; going on with a new device and ${room}`);
          log?.event("device lost", { message, memoryBytes, seconds: seconds() });
        },
      }),
    end() {
      progress?.end();
      progress = undefined;
      if (now.resumed > 0 && !now.told) tellResumed(`all ${now.resumed}`);
    },
    finish(fields) {
      all.finished = 1;
      const { rss } = Deno.memoryUsage();
      log?.event("done", {
        ...fields,
        done: all.done,
        losses: all.losses,
        rss,
        seconds: seconds(),
      });
      log?.metrics(metrics, true);
    },
    measure: (read) => void (more = read),
    async [Symbol.asyncDispose]() {
      progress?.end();
      signals?.[Symbol.dispose]();
      if (all.kept === 0) await removeJournal(journal?.path); // nothing to go on from
      journal?.[Symbol.dispose]();
    },
  };
}
