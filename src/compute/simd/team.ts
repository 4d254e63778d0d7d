/** Workers that run the same program on one memory, each taking its share of every operation. */

/** Bytes of the words by which workers meet; their layout is in assembly/team.ts. */
export const CONTROL_BYTES = 256;
/** Their address. */
export const CONTROL = 64;
/** Not given out: the control words, and from 1024 on the constants of the kernels. */
export const RESERVED_BYTES = 4096;
const [GENERATION, FAILED] = [CONTROL / 4 + 16, CONTROL / 4 + 48];

/** What a program needs to run. */
export interface Run {
  /** Address of its words. */
  readonly program: number;
  /** Address after its last word. */
  readonly end: number;
  /** Address of the workers' own memory. */
  readonly scratch: number;
  /** Bytes of it for each worker. */
  readonly scratchBytes: number;
  /** Address of the first worker's milliseconds by operation; 0 not to measure. */
  readonly times: number;
}

/** Workers. */
export interface Team {
  /** Resolves when all workers have run the program; rejects if one of them failed. */
  run(run: Run): Promise<void>;
  /** Ends the workers; a program that still runs rejects. */
  close(): void;
}

interface Reply {
  readonly error?: string;
}

/** Starts `size` workers on a memory. */
export async function startTeam(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  size: number,
): Promise<Team> {
  const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
  const workers = Array.from({ length: size }, () => new Worker(url, { type: "module" }));
  let settle: ((error?: Error) => void) | undefined;
  let closed = false;
  const all = (send: (worker: Worker, index: number) => void): Promise<void> => {
    return new Promise((resolve, reject) => {
      let replies = 0;
      let failure: Error | undefined;
      settle = (error) => {
        failure ??= error;
        // A worker that cannot reply does not keep the others from being waited for.
        if (++replies === size) failure ? reject(failure) : resolve();
      };
      if (closed) end();
      else workers.forEach(send);
    });
  };
  const end = () => {
    for (let i = 0; i < size; i++) {
      settle?.(new Error("Cannot compute: the operations were closed"));
    }
  };
  const fail = (message: string) => {
    const words = new Int32Array(memory.buffer);
    Atomics.store(words, FAILED, 1);
    Atomics.notify(words, GENERATION);
    settle?.(new Error(`Cannot compute: a worker stopped: ${message}`));
  };
  for (const worker of workers) {
    worker.onmessage = ({ data: { error } }: MessageEvent<Reply>) =>
      error === undefined ? settle?.() : fail(error);
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
  }
  const close = () => {
    closed = true;
    for (const worker of workers) worker.terminate();
    end();
  };
  try {
    await all((worker) => worker.postMessage({ module, memory, failed: FAILED, wake: GENERATION }));
  } catch (error) {
    close();
    throw error;
  } finally {
    URL.revokeObjectURL(url);
  }
  return {
    run({ program, end, scratch, scratchBytes, times }) {
      new Int32Array(memory.buffer, CONTROL, CONTROL_BYTES / 4).fill(0);
      return all((worker, index) => {
        const own = scratch + index * scratchBytes;
        worker.postMessage([program, end, CONTROL, size, own, index === 0 ? times : 0]);
      });
    },
    close,
  };
}

/**
 * A team of the calling thread alone, where no worker may share memory: pages that are not
 * cross-origin isolated, runtimes without workers. A batch blocks the thread while it runs; messages
 * and timers come in before the next.
 */
export async function soloTeam(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<Team> {
  const { exp, log, log1p, tanh } = Math;
  const env = { memory, exp, log, log1p, tanh, now: () => performance.now() };
  const { run } = (await WebAssembly.instantiate(module, { env })).exports as {
    run(...operands: readonly number[]): void;
  };
  let closed = false;
  return {
    async run({ program, end, scratch, times }) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (closed) throw new Error("Cannot compute: the operations were closed");
      new Int32Array(memory.buffer, CONTROL, CONTROL_BYTES / 4).fill(0);
      run(program, end, CONTROL, 1, scratch, times);
    },
    close: () => void (closed = true),
  };
}

/**
 * A worker's whole source, as text: a bundler that renames or wraps functions cannot break it. The
 * first message is { module, memory, failed, wake }, every other the operands of a run; each is
 * answered by {} or { error }. A worker that fails wakes those that wait for it.
 */
const WORKER = `
let start, run;
globalThis.onmessage = ({ data }) => {
  try {
    if ("module" in data) {
      start = data;
      const { exp, log, log1p, tanh } = Math;
      const env = { memory: data.memory, exp, log, log1p, tanh, now: () => performance.now() };
      run = new WebAssembly.Instance(data.module, { env }).exports.run;
    } else run(...data);
    postMessage({});
  } catch (error) {
    if (start) {
      const words = new Int32Array(start.memory.buffer);
      Atomics.store(words, start.failed, 1);
      Atomics.notify(words, start.wake);
    }
    postMessage({ error: String(error) });
  }
};
`;
