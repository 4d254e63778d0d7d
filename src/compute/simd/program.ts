/** Records operations as words and runs them in batches, one after another. */

import { rounded, type SharedMemory } from "./memory.ts";
import type { Team } from "./team.ts";

/** Operations, in the order of their codes in assembly/index.ts. */
const codes = [
  "zeros",
  "embed",
  "linear",
  "linearBackward",
  "gelu",
  "geluBackward",
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
] as const;

/** Words after which a batch runs although nobody reads yet: about 100 operations. */
const BATCH_WORDS = 1000;

/** A recording. */
export interface Program {
  /** Adds an operation; `scratchBytes` is what each worker needs of its own. */
  record(
    operation: typeof codes[number],
    operands: readonly number[],
    scratchBytes?: number,
  ): void;
  /** Resolves when everything recorded so far has run. */
  run(): Promise<void>;
  /** The batch after which the host may write to memory that is released now. */
  batch(): number;
  /** The last batch that has run. */
  completed(): number;
}

/** An empty program for the workers of a memory. */
export function program(shared: SharedMemory, team: Team, workers: number): Program {
  let words: number[] = [];
  let needed = 0;
  let scratch = { at: 0, bytes: 0 };
  let recording = 1;
  let completed = 0;
  let tail: Promise<void> = Promise.resolve();

  const runBatch = async (batch: Int32Array, bytes: number, number: number) => {
    if (bytes > scratch.bytes) {
      if (scratch.bytes) shared.release(scratch.at, workers * scratch.bytes, 0);
      scratch = { at: 0, bytes: 0 };
      scratch = { at: shared.allocate(workers * bytes, completed), bytes };
    }
    const at = shared.allocate(batch.byteLength, completed);
    new Int32Array(shared.memory.buffer, at, batch.length).set(batch);
    await team.run({
      program: at,
      end: at + batch.byteLength,
      scratch: scratch.at + OWN_BYTES,
      scratchBytes: scratch.bytes,
    });
    shared.release(at, batch.byteLength, 0);
    completed = number;
    shared.settle(number);
  };

  const run = () => {
    if (words.length > 0) {
      const [batch, bytes, number] = [Int32Array.from(words), needed, recording++];
      words = [];
      tail = tail.then(() => runBatch(batch, bytes, number));
      tail.catch(() => {}); // whoever reads is told
    }
    return tail;
  };

  return {
    record(operation, operands, scratchBytes = 0) {
      words.push(codes.indexOf(operation), operands.length + 2, ...operands);
      needed = Math.max(needed, rounded(scratchBytes + OWN_BYTES));
      if (words.length > BATCH_WORDS) run();
    },
    run,
    batch: () => words.length > 0 ? recording : recording - 1,
    completed: () => completed,
  };
}

/** Bytes in front of a worker's scratch: a tile of six rows of eight numbers, and a line apart. */
const OWN_BYTES = 256;
const bits = new DataView(new ArrayBuffer(4));

/** A float32 as the word that holds its bits. */
export function word(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}
