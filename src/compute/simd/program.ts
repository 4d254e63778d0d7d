/** Records operations as words and runs them in batches, one after another. */

import type { Timing } from "../ops.ts";
import { timeTable } from "../time_table.ts";
import { rounded, type SharedMemory } from "./memory.ts";
import type { Team } from "./team.ts";

/** Operations, in the order of their codes in assembly/index.ts. */
const codes = [
  "zeros",
  "embed",
  "linear",
  "linearBackward",
  "tanh",
  "tanhBackward",
  "addNorm",
  "addNormBackward",
  "attention",
  "attentionBackward",
  "takeRows",
  "addRows",
  "mask",
  "objective",
  "conductance",
  "sumRows",
  "sumColumns",
  "norm",
  "normBackward",
  "add",
  "activate",
  "activateBackward",
  "rotate",
  "meanRows",
  "meanRowsBackward",
  "attentionGeneral",
  "attentionGeneralBackward",
  "attentionRelative",
  "attentionRelativeBackward",
  "similarity",
  "similarityBackward",
  "maxSim",
  "maxSimBackward",
  "termWeights",
  "termWeightsBackward",
  "divide",
] as const;

/** Words after which a batch runs although no result is awaited yet: about 100 operations. */
const BATCH_WORDS = 1000;

/** Bytes after a program: assembly/index.ts reads seven operands of every operation, also of short ones. */
const READ_AHEAD = 32;

/** A recording. */
export interface Program {
  /** Adds an operation; `scratchBytes` is what each worker needs of its own. */
  record(
    operation: typeof codes[number],
    operands: readonly number[],
    options?: { readonly scratchBytes?: number; readonly gigaflop?: number },
  ): void;
  /** What `look` finds when everything recorded so far has run, and nothing later. */
  after<T>(look: () => T): Promise<T>;
  /** The batch after which the host may write to memory that is released now. */
  batch(): number;
  /** The last batch that has run. */
  completed(): number;
  /** Time by operation; of those recorded, unless something still runs. */
  timings(): readonly Timing[];
}

interface Batch {
  readonly words: Int32Array;
  readonly scratchBytes: number;
  readonly readers: { done(): void; failed(reason: unknown): void }[];
}

/** An empty program for the workers of a memory. After a failure it runs nothing more. */
export function program(
  shared: SharedMemory,
  team: Team,
  { threads: workers, profile = false }: { readonly threads: number; readonly profile?: boolean },
): Program {
  const times = profile ? shared.allocate(8 * codes.length, 0) : 0;
  if (times) new Float64Array(shared.memory.buffer, times, codes.length).fill(0);
  const calls = codes.map(() => ({ calls: 0, gigaflop: 0 }));
  let words: number[] = [];
  let needed = 0;
  let scratch = { at: 0, bytes: 0 };
  let recording = 1; // the batch that is being recorded
  let completed = 0;
  let failure: unknown;
  const queue: Batch[] = [];

  const runBatch = async ({ words, scratchBytes }: Batch) => {
    if (scratchBytes > scratch.bytes) {
      if (scratch.bytes) shared.release(scratch.at, workers * scratch.bytes, 0);
      scratch = { at: 0, bytes: 0 };
      const at = shared.allocate(workers * scratchBytes, completed);
      scratch = { at, bytes: scratchBytes };
    }
    const bytes = words.byteLength + READ_AHEAD;
    const at = shared.allocate(bytes, completed);
    new Int32Array(shared.memory.buffer, at, words.length).set(words);
    await team.run({
      program: at,
      end: at + words.byteLength,
      scratch: scratch.at + OWN_BYTES,
      scratchBytes: scratch.bytes,
      times,
    });
    shared.release(at, bytes, 0);
  };

  const drain = async () => {
    for (let batch = queue.at(0); batch; queue.shift(), batch = queue.at(0)) {
      try {
        if (failure) throw failure;
        await runBatch(batch);
        for (const { done } of batch.readers) done(); // before anyone may write again
        shared.settle(++completed);
      } catch (error) {
        failure ??= error;
        for (const { failed } of batch.readers) failed(failure);
      }
    }
  };

  const send = () => {
    queue.push({ words: Int32Array.from(words), scratchBytes: needed, readers: [] });
    words = [];
    recording++;
    if (queue.length === 1) drain();
  };

  return {
    record(operation, operands, { scratchBytes = 0, gigaflop = 0 } = {}) {
      const code = codes.indexOf(operation);
      calls[code].calls++;
      calls[code].gigaflop += gigaflop;
      words.push(code, operands.length + 2, ...operands);
      needed = Math.max(needed, rounded(scratchBytes + OWN_BYTES));
      if (words.length > BATCH_WORDS) send();
    },
    after<T>(look: () => T) {
      if (words.length > 0) send();
      const last = queue.at(-1);
      return new Promise<T>((resolve, reject) => {
        if (last) last.readers.push({ done: () => resolve(look()), failed: reject });
        else failure ? reject(failure) : resolve(look());
      });
    },
    batch: () => words.length > 0 ? recording : recording - 1,
    completed: () => completed,
    timings() {
      const table = timeTable();
      const measured = new Float64Array(shared.memory.buffer, times, codes.length);
      codes.forEach((operation, code) => {
        const spent = { ...calls[code], milliseconds: measured[code] };
        if (spent.calls > 0) table.add(operation, spent);
      });
      return table.timings();
    },
  };
}

/** Bytes in front of a worker's scratch: a tile of ten rows of eight numbers, and a line apart. */
const OWN_BYTES = 384;
const bits = new DataView(new ArrayBuffer(4));

/** A float32 as the word that holds its bits. */
export function word(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}
