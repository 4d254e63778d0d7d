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
  const url = URL.createObjectURL(new Blob([`(${worker})()`], { type: "text/javascript" }));
  const workers = Array.from({ length: size }, () => new Worker(url, { type: "module" }));
  let settle: ((error?: Error) => void) | undefined;
  let closed = false;
  const all = (send: (worker: Worker, index: number) => void): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let replies = 0;
    let failure: Error | undefined;
    settle = (error) => {
      failure ??= error;
      // A worker that cannot reply does not keep the others from being waited for.
      if (++replies === size) failure ? reject(failure) : resolve();
    };
    if (closed) end();
    else workers.forEach(send);
    return promise;
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

interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly failed: number;
  readonly wake: number;
}

/** A worker's whole source: its text is what runs there, so it uses nothing from outside itself. */
function worker(): void {
  const scope = globalThis as unknown as {
    onmessage: (event: { readonly data: Start | readonly number[] }) => void;
    postMessage(reply: { readonly error?: string }): void;
  };
  let start: Start | undefined;
  let run: (...operands: readonly number[]) => void = () => {};
  scope.onmessage = ({ data }) => {
    try {
      if ("module" in data) {
        start = data;
        const { exp, log, log1p, tanh } = Math;
        const now = () => performance.now();
        const env = { memory: data.memory, exp, log, log1p, tanh, now };
        run = new WebAssembly.Instance(data.module, { env }).exports.run as typeof run;
      } else run(...data);
      scope.postMessage({});
    } catch (error) {
      if (start) {
        const words = new Int32Array(start.memory.buffer);
        Atomics.store(words, start.failed, 1);
        Atomics.notify(words, start.wake); // nobody waits for a worker that has stopped
      }
      scope.postMessage({ error: String(error) });
    }
  };
}
