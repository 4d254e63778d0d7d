/** Work on a list whose finished chunks are kept in a journal: it goes on from there, to the same bytes. */

import {
  type ChunkOptions,
  type CrossEncoder,
  decodeChunk,
  encodeChunk,
} from "../../../internal.ts";
import type { OptionSpec } from "../command.ts";
import type { Devices } from "./devices.ts";
import { removePartials } from "../../deno/files.ts";
import { isStream } from "../../deno/write.ts";
import { type Identity, type Journal, openJournal } from "./journal_file.ts";
import { startProgress, write } from "./progress.ts";
import type { RunLog } from "./run_log.ts";
import { stopOnSignals } from "./signals.ts";

/** The option of commands whose journal lies beside their output. */
export const restartOption: Readonly<Record<string, OptionSpec>> = {
  restart: {
    help: "start anew, though OUTPUT.journal holds what an earlier run finished",
    idle: {
      when: (args) => args.has("output") ? undefined : "without --output nothing is kept",
      harmless: true,
    },
  },
};

/** The journal beside an output; none where the result goes to no file that it could lie beside. */
export function journalBeside(
  output: string | undefined,
  behind = ".journal",
): string | undefined {
  return output === undefined || isStream(output) ? undefined : `${output}${behind}`;
}

/** Work on a list. */
export interface ResumableWork<T> {
  readonly devices: Devices;
  /** The journal's file; none where the result goes to no file. */
  readonly journal?: string;
  /** Files that will be written: what a killed run left of them is removed. */
  readonly outputs?: readonly string[];
  /** Everything that the finished chunks depend on. */
  readonly identity: Identity;
  /** Empties a journal that is there: always, never, or if it is of another identity. */
  readonly restart: boolean | "other";
  /** Things of the list, and what they are called. */
  readonly of: number;
  readonly things: string;
  readonly quiet: boolean;
  readonly log?: RunLog;
  /** Does it; told which chunks are finished, and tells of each that it finishes. */
  readonly work: (encoder: CrossEncoder, chunks: Required<ChunkOptions>) => Promise<T>;
}

/** Does the work. The journal stays until {@linkcode removeJournal}: the output is not written yet. */
export async function resumable<T>(run: ResumableWork<T>): Promise<T> {
  if (run.journal === undefined) return await attempt(run, undefined);
  using journal = await openJournal(run.journal, run.identity, { restart: run.restart });
  await removePartials(run.outputs ?? []); // nobody else is writing them while the journal is locked
  return await attempt(run, journal);
}

/** Removes the journal of work whose output is written. */
export async function removeJournal(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function attempt<T>(
  { devices, identity, of, things, quiet, log, work }: ResumableWork<T>,
  journal: Journal | undefined,
): Promise<T> {
  const note = (text: string) => quiet || write(`note: ${text}\n`);
  const began = performance.now();
  const seconds = () => Number(((performance.now() - began) / 1000).toFixed(3));
  const run = { done: 0, resumed: 0, losses: 0, finished: 0 };
  let progress: ReturnType<typeof startProgress> | undefined;
  const metrics = () => ({
    things: { value: of, help: `Number of ${things}` },
    things_done_total: { value: run.done, help: "Finished, those of earlier runs included" },
    things_resumed: { value: run.resumed, help: "Finished by earlier runs" },
    device_losses_total: { value: run.losses, help: "Devices lost or full" },
    journal_bytes: { value: journal?.size ?? 0, help: "Size of the journal" },
    resident_bytes: { value: Deno.memoryUsage().rss, help: "Resident memory" },
    running_seconds: { value: seconds(), help: "Seconds since this work began" },
    finished: { value: run.finished, help: "1 once all is done" },
  });
  log?.event("start", { ...identity, of, found: journal?.found ?? 0 });
  if (journal?.torn) {
    note(`dropped ${journal.torn} bytes of ${journal.path} that were being written`);
    log?.event("torn", { bytes: journal.torn });
  }
  using _signals = journal && stopOnSignals((signal) => {
    log?.event("stop", { signal, done: run.done, seconds: seconds() });
    log?.metrics(metrics, true);
    journal.sync();
    return `${run.done} of ${of} ${things} are kept in ${journal.path}; the same command goes on from there`;
  });
  const inMemory: Uint8Array[] = []; // where there is no journal, for the next device
  async function* finished() {
    for await (const payload of journal?.payloads() ?? inMemory) yield decodeChunk(payload);
  }
  try {
    const result = await devices.run((encoder) => {
      let told = false;
      return work(encoder, {
        finished: finished(),
        onChunk(chunk, { done, resumed }) {
          run.done = Math.max(run.done, done);
          if (resumed) {
            run.resumed = Math.max(run.resumed, run.losses === 0 ? done : 0);
            return;
          }
          if (!told && run.losses === 0 && run.resumed > 0 && journal) {
            note(`going on from ${journal.path}: ${run.resumed} of ${of} ${things} are done`);
            log?.event("resume", { done: run.resumed, of });
          }
          told = true;
          const payload = encodeChunk(chunk);
          if (journal) journal.append(payload);
          else inMemory.push(payload);
          progress ??= startProgress(of, { things, quiet, before: run.resumed });
          progress.update(done);
          log?.event("chunk", { first: chunk.first, done, of, seconds: seconds() });
          log?.metrics(metrics);
        },
      });
    }, {
      done: () => run.done,
      kept: journal?.path,
      onLoss(message, memoryBytes) {
        run.losses++;
        note(`${message}; going on with a new device and ${Math.floor(memoryBytes / 2 ** 20)} MiB`);
        log?.event("device lost", { message, memoryBytes, seconds: seconds() });
      },
    });
    if (run.resumed === of && journal) {
      note(`going on from ${journal.path}: all ${of} ${things} are done`);
    }
    run.finished = 1;
    log?.event("done", { done: run.done, losses: run.losses, seconds: seconds() });
    log?.metrics(metrics, true);
    return result;
  } catch (error) {
    if (run.done === 0) await journal?.remove(); // nothing in it is worth going on from
    throw error;
  } finally {
    progress?.end();
  }
}
