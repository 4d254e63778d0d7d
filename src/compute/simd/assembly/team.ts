// The workers' meeting points. Every worker runs the same operations; each operation is cut into
// tasks, taken in turn from a shared counter, so that a slow core takes fewer. What a task computes
// does not depend on who takes it: the numbers are the same whatever the number of workers.

// Words of `control` (../team.ts writes them too): arrivals, generation, next task, failed.
const ARRIVALS: usize = 0;
const GENERATION: usize = 64;
const NEXT: usize = 128;
const FAILED: usize = 192;
const SPINS: i32 = 400;

let control: usize = 0;
let workers: i32 = 1;
/** This worker's own memory, of the size that ../scratch.ts counts. */
export let scratch: usize = 0;

export function join(at: usize, count: i32, own: usize): void {
  control = at;
  workers = count;
  scratch = own;
}

/** The next task of the current operation. */
@inline
export function take(): i32 {
  return atomic.add<i32>(control + NEXT, 1);
}

/** How many of `count` rows make a task: a few tasks a worker, at least `least` rows each. */
export function share(count: i32, least: i32): i32 {
  return max(least, count / (6 * workers) + 1);
}

/** Halves a task's `size` down to `least` while fewer than four tasks a worker are left. */
export function divide(size: i32, least: i32, count: i32, others: i32): i32 {
  while (size > least && ((count + size - 1) / size) * others < 4 * workers) size >>= 1;
  return size;
}

/** Waits until all workers are done with the operation; false if one of them failed. */
export function meet(): bool {
  const generation = atomic.load<i32>(control + GENERATION);
  if (atomic.add<i32>(control + ARRIVALS, 1) == workers - 1) {
    atomic.store<i32>(control + ARRIVALS, 0);
    atomic.store<i32>(control + NEXT, 0);
    atomic.add<i32>(control + GENERATION, 1);
    atomic.notify(control + GENERATION, -1);
  } else {
    let spins = SPINS;
    while (atomic.load<i32>(control + GENERATION) == generation) {
      if (atomic.load<i32>(control + FAILED)) return false;
      if (spins-- < 0) atomic.wait<i32>(control + GENERATION, generation, 100_000_000);
    }
  }
  return atomic.load<i32>(control + FAILED) == 0;
}
