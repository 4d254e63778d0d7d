/**
 * Which lines of a store are free: runs are taken from the beginning, and adjacent runs that are
 * given back are joined.
 */

/** Gives out runs of lines. */
export interface Lines {
  /** The longest run that could be taken. */
  readonly longest: number;
  /** The first line of `count` free ones, at a multiple of the alignment; undefined where none are. */
  take(count: number): number | undefined;
  /** Gives `count` lines back, all of a run or some. */
  give(first: number, count: number): void;
}

/** `count` lines, all free. */
export function freeLines(count: number, alignment: number): Lines {
  /** Free runs [first, end), ascending, that do not touch. */
  let free: (readonly [number, number])[] = [[0, count]];
  const aligned = (line: number) => Math.ceil(line / alignment) * alignment;
  return {
    get longest() {
      return free.reduce((most, [first, end]) => Math.max(most, end - aligned(first)), 0);
    },
    take(count) {
      const i = free.findIndex(([first, end]) => end - aligned(first) >= count);
      if (i < 0) return undefined;
      const [first, end] = free[i];
      const start = aligned(first);
      const rest = ([[first, start], [start + count, end]] as const).filter(([a, b]) => b > a);
      free.splice(i, 1, ...rest);
      return start;
    },
    give(first, count) {
      const end = first + count;
      const before = free.filter((run) => run[1] <= first);
      const after = free.filter((run) => run[0] >= end);
      if (before.length + after.length < free.length) {
        throw new RangeError(`Cannot free lines ${first} to ${end - 1}: some of them are free`);
      }
      const start = before.at(-1)?.[1] === first ? before.pop()![0] : first;
      const stop = after[0]?.[0] === end ? after.shift()![1] : end;
      free = [...before, [start, stop], ...after];
    },
  };
}
