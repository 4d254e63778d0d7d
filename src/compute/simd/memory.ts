/** One shared WebAssembly memory and who owns which of its bytes. */

/** Pages of 64 KiB: 4 GiB, all that 32-bit addresses reach. */
const MAXIMUM_PAGES = 65536;
const PAGE = 65536;
const ALIGNMENT = 64;

/** Free bytes; the host may write there once batch `after` has run. */
interface Free {
  readonly at: number;
  readonly bytes: number;
  readonly after: number;
}

/** Gives out addresses of a memory. */
export interface SharedMemory {
  /** The memory; its buffer changes when it grows. */
  readonly memory: WebAssembly.Memory;
  /**
   * The address of `bytes` free bytes, from memory released after batch `before` at the latest:
   * what the host writes at once must not overtake operations that are recorded only.
   */
  allocate(bytes: number, before: number): number;
  /** Takes bytes back, to be written by the host once batch `after` has run. */
  release(at: number, bytes: number, after: number): void;
  /** Joins what was released up to batch `completed`. */
  settle(completed: number): void;
  /** Bytes in use. */
  used(): number;
}

/** Bytes that an allocation takes. */
export function rounded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Opens a memory whose first `reserved` bytes are never allocated. */
export function sharedMemory(reserved: number): SharedMemory {
  const memory = open();
  let end = memory.buffer.byteLength;
  let free: Free[] = [{ at: reserved, bytes: end - reserved, after: 0 }];

  const grow = (bytes: number) => {
    const last = free.at(-1);
    const tail = last && last.after === 0 && last.at + last.bytes === end ? last.bytes : 0;
    const pages = Math.ceil((bytes - tail) / PAGE);
    try {
      memory.grow(pages);
    } catch {
      throw new RangeError(
        `Cannot hold ${bytes} more bytes: ${end} of at most ${
          MAXIMUM_PAGES * PAGE
        } are in use or ` +
          `in pieces; free tensors, take smaller batches or set memoryBytes`,
      );
    }
    insert({ at: end, bytes: pages * PAGE, after: 0 });
    end += pages * PAGE;
  };

  // By address; neighbours are joined where both may be written at the same time.
  const insert = (block: Free) => {
    const index = free.findIndex(({ at }) => at > block.at);
    free.splice(index < 0 ? free.length : index, 0, block);
    free = joined(free);
  };

  const take = (bytes: number, before: number): number | undefined => {
    let best = -1;
    for (let i = 0; i < free.length; i++) {
      if (free[i].bytes < bytes || free[i].after > before) continue;
      if (best < 0 || free[i].bytes < free[best].bytes) best = i;
    }
    if (best < 0) return undefined;
    const { at, bytes: had, after } = free[best];
    if (had === bytes) free.splice(best, 1);
    else free[best] = { at: at + bytes, bytes: had - bytes, after };
    return at;
  };

  return {
    memory,
    allocate(wanted, before) {
      const bytes = rounded(wanted);
      const at = take(bytes, before);
      if (at !== undefined) return at;
      grow(bytes);
      return take(bytes, before)!;
    },
    release: (at, bytes, after) => insert({ at, bytes: rounded(bytes), after }),
    settle(completed) {
      free = joined(free.map((b) => b.after <= completed ? { ...b, after: 0 } : b));
    },
    used: () => end - free.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function joined(blocks: readonly Free[]): Free[] {
  const result: Free[] = [];
  for (const block of blocks) {
    const last = result.at(-1);
    if (last && last.at + last.bytes === block.at && last.after === block.after) {
      result[result.length - 1] = { ...last, bytes: last.bytes + block.bytes };
    } else result.push(block);
  }
  return result;
}

/** Reserves addresses, as many as the system grants. */
function open(): WebAssembly.Memory {
  for (let maximum = MAXIMUM_PAGES; maximum >= 1024; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 16, maximum, shared: true });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new RangeError("Cannot reserve shared memory: expected at least 64 MiB of addresses");
}
