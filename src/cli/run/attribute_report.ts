/** What a run of `attribute` says: progress and notes to people, log and metrics to machines. */

import { type BuiltScheme, type PairRecord } from "../../../internal.ts";
import type { Source } from "../options/pairs.ts";
import type { Arguments } from "../command.ts";
import type { Identity, Journal } from "./journal_file.ts";
import { type Progress, startProgress, write } from "./progress.ts";
import type { RunLog } from "./run_log.ts";

/** Gaps of completeness beyond this part of F's change are listed, and so many of them. */
const [LISTED, MOST_LISTED] = [0.1, 10];

/** A part as per cent. */
export function percent(part: number): string {
  return `${part < 1 ? (100 * part).toPrecision(2) : (100 * part).toFixed(0)} %`;
}

/** Tells what happens to a run. */
export function runReport(
  args: Arguments,
  { log, journal, identity, source }: {
    readonly log: RunLog;
    readonly journal: Journal;
    readonly identity: Identity;
    readonly source: Source;
  },
) {
  const quiet = args.has("quiet");
  const note = (text: string) => quiet || write(`${text}\n`);
  const began = performance.now();
  const seconds = () => Number(((performance.now() - began) / 1000).toFixed(3));
  let progress: Progress | undefined;
  const run = { done: 0, resumed: 0, of: source.lines.length, losses: 0, last: 0 };
  const sums = { evaluations: 0, repeated: 0, worst: 0 };
  const metrics = () => ({
    pairs: { value: run.of, help: "Pairs to attribute" },
    pairs_done_total: { value: run.done, help: "Pairs finished, those of earlier runs included" },
    pairs_resumed: { value: run.resumed, help: "Pairs that earlier runs finished" },
    evaluations_total: { value: sums.evaluations, help: "Forward and backward evaluations" },
    repeated_total: { value: sums.repeated, help: "Evaluations done again for lack of memory" },
    gap_worst: { value: sums.worst, help: "Worst gap of completeness, a part of F's change" },
    device_losses_total: { value: run.losses, help: "Devices lost or full" },
    journal_bytes: { value: journal.size, help: "Size of the journal" },
    resident_bytes: { value: Deno.memoryUsage().rss, help: "Resident memory" },
    running_seconds: { value: seconds(), help: "Seconds since this run began" },
    finished: { value: run.last, help: "1 once the scheme is written" },
  });
  log.event("start", { ...identity, output: args.get("output"), found: journal.found });
  if (journal.torn > 0) {
    note(`note: dropped ${journal.torn} bytes of ${journal.path} that were being written`);
    log.event("torn", { bytes: journal.torn });
  }
  log.metrics(metrics, true);

  return {
    /** A pair is done. */
    pair(
      pair: PairRecord,
      { done, of, resumed }: {
        readonly done: number;
        readonly of: number;
        readonly resumed: boolean;
      },
    ): void {
      [run.done, run.of] = [done, of];
      sums.evaluations += pair.evaluations;
      sums.repeated += pair.repeated;
      sums.worst = Math.max(sums.worst, pair.completeness.relative);
      if (resumed) {
        run.resumed = done;
        return;
      }
      if (!progress) {
        if (run.resumed > 0) {
          note(`note: going on from ${journal.path}: ${run.resumed} of ${of} pairs are done`);
          log.event("resume", { pairs: run.resumed, of });
        }
        progress = startProgress(of, { things: "pairs", quiet, before: run.resumed });
      }
      progress.update(done, `gap ${percent(pair.completeness.relative)}`);
      log.event("pair", {
        line: source.lines[pair.index].line,
        tokens: pair.tokens,
        evaluations: pair.evaluations,
        repeated: pair.repeated,
        gap: pair.completeness.relative,
        rss: Deno.memoryUsage().rss,
        seconds: seconds(),
      });
      log.metrics(metrics);
    },
    /** A device was lost; the next gets less memory. */
    loss(message: string, memoryBytes: number): void {
      run.losses++;
      note(
        `note: ${message}; going on with a new device and ${Math.floor(memoryBytes / 2 ** 20)} MiB`,
      );
      log.event("device lost", { message, memoryBytes, seconds: seconds() });
    },
    /** The run is told to stop: says what is kept. */
    stopped(signal: string): string {
      log.event("stop", { signal, done: run.done, seconds: seconds() });
      log.metrics(metrics, true);
      journal.sync();
      return `${run.done} of ${run.of} pairs are kept in ${journal.path}; the same command goes on from there`;
    },
    /** All pairs are done. */
    end({ kept, dropped, evaluations, repeated, gaps, ledger }: BuiltScheme): void {
      if (!progress && run.resumed > 0) {
        note(`note: going on from ${journal.path}: all ${run.resumed} pairs are done`);
      }
      progress?.end();
      const worst = source.lines[gaps.worstPair];
      note(
        `${kept.length} pairs attributed, ${dropped} dropped since the model disagrees with their label` +
          (kept.length === 0 ? "" : `; ${evaluations.toFixed(1)} evaluations a pair` +
            (repeated > 0
              ? ` and ${(repeated / kept.length).toFixed(1)} again for lack of memory`
              : "") +
            `; gap of completeness ${percent(gaps.mean)} on average, ${
              percent(gaps.worst)
            } at worst (line ${worst.line + 1})`),
      );
      const beyond = ledger.filter(({ relative }) => !(relative <= LISTED))
        .toSorted((a, b) => b.relative - a.relative || a.index - b.index)
        .map(({ index, relative }) => ({ line: source.lines[index].line, gap: relative }));
      if (beyond.length === 0) return;
      const listed = beyond.slice(0, MOST_LISTED)
        .map(({ line, gap }) => `${line + 1} (${percent(gap)})`).join(", ");
      note(
        `note: gaps of completeness beyond ${
          percent(LISTED)
        } of F's change: ${beyond.length}, of lines ${listed}${
          beyond.length > MOST_LISTED ? ", …" : ""
        }; --completeness-limit makes them fatal`,
      );
      log.event("gaps", { beyond: LISTED, pairs: beyond });
    },
    /** The scheme is written. */
    written(output: string): void {
      run.last = 1;
      const { rss } = Deno.memoryUsage();
      log.event("done", { output, pairs: run.done, losses: run.losses, rss, seconds: seconds() });
      log.metrics(metrics, true);
    },
  };
}
