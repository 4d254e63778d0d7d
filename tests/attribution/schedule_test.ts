/** Passes of the adaptive rule as they are planned, without computing any. */

import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { freeLines } from "../../src/attribution/path/lines.ts";
import { FIRST_POINTS } from "../../src/attribution/adaptive/refinement.ts";
import { openSchedule, queueOf, type Room } from "../../src/attribution/adaptive/schedule.ts";
import { below, seededRandom } from "../../src/ir/random.ts";

/** New points of each round, as pairs of MS MARCO took them with a MiniLM-L6 cross-encoder. */
const rounds = [
  [5, 1, 1, 2],
  [5, 1, 2, 1, 2],
  [5, 1, 1, 2, 2, 1],
  [5, 1, 1, 2, 1, 1, 3, 1],
  [5, 1, 2, 2, 1, 2, 3, 2, 3],
  [5, 1, 1, 2, 2, 3, 3, 2, 3, 4],
  [5, 1, 2, 1, 2, 2, 1, 3, 3, 4, 5],
];

/** A list of pairs of 20 to 150 tokens, longest first. */
function list(count: number, seed: number) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => ({
    tokens: 20 + below(130, random),
    rounds: rounds[below(rounds.length, random)],
  })).sort((a, b) => b.tokens - a.tokens);
}

/** Runs a schedule to its end; every pass's tokens, and the pairs that were set aside. */
function simulate(pairs: ReturnType<typeof list>, room: Room) {
  const lengthOf = (pair: number) => pairs[pair].tokens;
  const schedule = openSchedule(queueOf([...pairs.keys()], lengthOf), lengthOf, room);
  const missing = pairs.map(() => FIRST_POINTS.length);
  const round = pairs.map(() => 0);
  const held = new Int32Array(room.capacity.tokens).fill(-1); // by line: the pair that keeps it
  const runs = pairs.map((): (readonly [number, number])[] => []);
  const free = (pair: number) => runs[pair].forEach(([first, end]) => held.fill(-1, first, end));
  const passes: number[] = [];
  const aside: number[] = [];
  const done: number[] = [];
  for (let next = schedule.next(); next; next = schedule.next()) {
    if ("aside" in next) {
      aside.push(next.aside);
      free(next.aside);
      continue;
    }
    assertEquals([next.at.tokens % room.alignment, next.at.sequences % room.alignment], [0, 0]);
    let line = next.at.tokens;
    for (const { pair } of next.points) {
      const end = line + lengthOf(pair);
      assert(end <= held.length && held.subarray(line, end).every((owner) => owner === -1));
      held.fill(pair, line, end);
      runs[pair].push([line, end]);
      line = end;
      missing[pair]--;
    }
    passes.push(line - next.at.tokens);
    for (const pair of new Set(next.points.map(({ pair }) => pair))) {
      if (missing[pair] > 0) continue;
      const more = pairs[pair].rounds[++round[pair]];
      if (more === undefined) {
        schedule.end(pair);
        done.push(pair);
        free(pair);
      } else {
        missing[pair] = more;
        schedule.ask(pair, Array.from({ length: more }, (_, i) => i));
      }
    }
  }
  assertEquals([...done, ...aside].sort((a, b) => a - b), [...pairs.keys()]);
  return { passes, aside };
}

/** A store of `full` passes of `passTokens`. */
const room = (passTokens: number, full: number): Room => ({
  capacity: { tokens: passTokens * full, sequences: passTokens * full },
  alignment: passTokens > 5000 ? 64 : 1,
  passTokens,
  mostPairs: Infinity,
});

for (const [passTokens, what] of [[1024, "a processor's"], [16_384, "a GPU's"]] as const) {
  Deno.test(`openSchedule() leaves less than 5 % of ${what} passes idle over 1000 pairs`, () => {
    for (const seed of [1, 2, 3]) {
      const { passes, aside } = simulate(list(1000, seed), room(passTokens, 14));
      const idle = passes.reduce((sum, tokens) => sum + Math.max(0, 1 - tokens / passTokens), 0);
      assertLess(idle / passes.length, 0.05);
      assert(passes.every((tokens) => tokens <= passTokens + 75)); // half of the longest
      assertEquals(aside, []);
    }
  });
}

Deno.test("openSchedule() fills passes whatever the list's length, and ends short lists in few", () => {
  const counts = [1, 3, 30, 240].map((count) => {
    const pairs = list(count, 5);
    const { passes } = simulate(pairs, room(16_384, 14));
    const tokens = passes.reduce((sum, one) => sum + one, 0);
    const deepest = Math.max(...pairs.map(({ rounds }) => rounds.length));
    // no pair ends in fewer passes than it has rounds; all are full but for the last pair's rounds
    assertLess(passes.length, Math.ceil(tokens / 16_384) + deepest + 1);
    return passes.length;
  });
  assertEquals(counts[0], list(1, 5)[0].rounds.length);
});

Deno.test("openSchedule() makes do with little memory, and sets few pairs aside", () => {
  const pairs = list(300, 7);
  const { passes, aside } = simulate(pairs, room(1024, 5));
  assertLess(aside.length, 15);
  const used = passes.reduce((sum, tokens) => sum + tokens, 0);
  assert(used / passes.length > 1024 / 3, `${used / passes.length} tokens a pass`);
});

Deno.test("openSchedule() sets aside what the store could never hold, and all that does not end there", () => {
  const long = [{ tokens: 900, rounds: rounds[0] }, { tokens: 100, rounds: rounds[1] }];
  const { aside } = simulate(long, room(1024, 5)); // 20 points are expected
  assertEquals(aside, [0]);
  const hard = [{ tokens: 100, rounds: [5, ...Array(30).fill(2)] }];
  assertEquals(simulate(hard, room(1024, 3)).aside, [0]);
});

Deno.test("openSchedule() runs no more pairs at once than it may", () => {
  const { passes } = simulate(list(5, 1), { ...room(16_384, 14), mostPairs: 1 });
  assertEquals(passes.length, list(5, 1).reduce((sum, { rounds }) => sum + rounds.length, 0));
});

Deno.test("freeLines() has none left where all are taken", () => {
  const lines = freeLines(16, 8);
  assertEquals([lines.take(16), lines.longest, lines.take(1)], [0, 0, undefined]);
});

Deno.test("freeLines() takes aligned runs from the beginning, and joins what is given back", () => {
  const lines = freeLines(100, 8);
  assertEquals([lines.take(10), lines.take(10), lines.take(20)], [0, 16, 32]);
  assertEquals(lines.longest, 44); // from 56
  assertEquals(lines.take(45), undefined);
  lines.give(16, 10);
  assertEquals(lines.take(16), 16);
  lines.give(0, 5); // some of a run
  lines.give(16, 16);
  lines.give(5, 5);
  assertEquals(lines.take(30), 0);
  assertThrows(
    () => lines.give(90, 5),
    RangeError,
    "Cannot free lines 90 to 94: some of them are free",
  );
});
