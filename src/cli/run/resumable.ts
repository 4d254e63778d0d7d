/** Work on a list whose finished chunks are kept in a journal. */

import {
  type ChunkOptions,
  type CrossEncoder,
  decodeChunk,
  encodeChunk,
} from "../../../internal.ts";
import type { OptionSpec } from "../command.ts";
import { openRun, type Phase, type Run, type RunOptions } from "./open_run.ts";

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

/** Work on a list, chunk by chunk. */
export interface ChunkWork<T> extends Phase {
  /** Does it; told which chunks are finished, and tells of each that it finishes. */
  readonly work: (encoder: CrossEncoder, chunks: Required<ChunkOptions>) => Promise<T>;
  /** The event of a finished chunk; `chunk` unless given. */
  readonly event?: string;
  /** The first byte of its records, where the journal has others too. */
  readonly kind?: number;
}

/** Does such work as a phase of a run. */
export async function doChunks<T>(
  run: Run,
  { work, kind, event = "chunk", ...phase }: ChunkWork<T>,
): Promise<T> {
  run.begin(phase);
  async function* finished() {
    for await (const payload of run.payloads()) {
      if (kind === undefined) yield decodeChunk(payload);
      else if (payload[0] === kind) yield decodeChunk(payload.subarray(1));
    }
  }
  const results = run.stream(async function* (encoder) {
    yield await work(encoder, {
      finished: finished(),
      onChunk(chunk, { done, resumed }) {
        if (resumed) return run.resumed(done);
        const bytes = encodeChunk(chunk);
        const payload = kind === undefined ? bytes : tagged(kind, bytes);
        run.keep(payload, done, {
          ...{ event, fields: { first: chunk.first, done, of: phase.of } },
          beside: phase.goal && `${done} of ${phase.of} ${phase.things}`,
        });
      },
    });
  });
  const { value } = await results.next();
  run.end();
  return value!;
}

/** A record of a journal that holds several kinds: its first byte says which. */
export function tagged(kind: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + payload.length);
  bytes[0] = kind;
  bytes.set(payload, 1);
  return bytes;
}

/** A run of one phase. The journal stays until {@linkcode removeJournal}: the output is not written yet. */
export async function resumable<T>(options: RunOptions & ChunkWork<T>): Promise<T> {
  await using run = await openRun(options);
  const { things, of, work, event, preparing, goal } = options;
  const found = await doChunks(run, { things, of, work, event, preparing, goal });
  run.finish();
  return found;
}
