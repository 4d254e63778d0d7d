/**
 * Which points the next pass of the adaptive rule evaluates, and where a store keeps them: pairs
 * begin as others end, so that every pass is full until none are left. Numbers alone; no result
 * depends on the schedule.
 */

import type { Capacity } from "../../model/kept.ts";
import type { PathPoint } from "../../model/batch.ts";
import { freeLines } from "../path/lines.ts";
import { FIRST_POINTS } from "./refinement.ts";

/**
 * Pairs that have not begun, in the order in which they will; stores that run concurrently share
 * one queue.
 */
export interface Queue {
  /** The next pair. */
  readonly first: number | undefined;
  /** Tokens of all that are left. */
  readonly tokens: number;
  /** Takes the next pair. */
  take(): number;
}

/** A queue of pairs in their order; `lengthOf` a pair in tokens. */
export function queueOf(pairs: readonly number[], lengthOf: (pair: number) => number): Queue {
  let tokens = pairs.reduce((sum, pair) => sum + lengthOf(pair), 0);
  let next = 0;
  return {
    get first() {
      return pairs[next];
    },
    get tokens() {
      return tokens;
    },
    take() {
      const pair = pairs[next++];
      tokens -= lengthOf(pair);
      return pair;
    },
  };
}

/** What a schedule plans for. */
export interface Room {
  /** Lines of the store. */
  readonly capacity: Capacity;
  /** A pass begins at a multiple of this. */
  readonly alignment: number;
  /** Tokens of a full pass: a pass of several points exceeds them by half of a point at most. */
  readonly passTokens: number;
  /** Pairs under way at most. */
  readonly mostPairs: number;
}

/** One pass: points, and the lines from which they are kept. */
export interface Pass {
  readonly points: readonly PathPoint[];
  readonly at: Capacity;
}

/** A pair that the store is too small for: its lines are freed, and the schedule drops it. */
export interface Aside {
  readonly aside: number;
}

/** Plans passes. */
export interface Schedule {
  /** The next pass, or a pair that is set aside; undefined where all is done. */
  next(): Pass | Aside | undefined;
  /** Asks for a pair's next round, whose points may be spread over passes. */
  ask(pair: number, t: readonly number[]): void;
  /** Frees the lines of a pair that is done. */
  end(pair: number): void;
}

/**
 * The points that a pair is expected to need before any has finished, and how many finished pairs
 * this guess counts as.
 */
const EXPECTED = { points: 20, weight: 8 };

/**
 * The part of the lines that may be reserved where all remaining pairs begin at once: the rest is
 * lost to fragmentation.
 */
const PROMISED = 0.8;

/** A pair under way. */
interface Work {
  readonly pair: number;
  readonly tokens: number;
  asked: number[];
  rounds: number;
  readonly kept: { readonly token: number; readonly sequence: number }[];
}

/** Opens a schedule; `lengthOf` a pair in tokens. */
export function openSchedule(
  queue: Queue,
  lengthOf: (pair: number) => number,
  { capacity, alignment, passTokens, mostPairs }: Room,
): Schedule {
  const tokenLines = freeLines(capacity.tokens, alignment);
  const sequenceLines = freeLines(capacity.sequences, alignment);
  let works: Work[] = [];
  const ended = { points: EXPECTED.points * EXPECTED.weight, pairs: EXPECTED.weight };
  /** Estimate of the points that a pair will need. */
  const expected = () => ended.points / ended.pairs;
  const promised = () =>
    works.reduce(
      (sum, { tokens, kept, asked }) =>
        sum + tokens * Math.max(expected(), kept.length + asked.length),
      0,
    );
  const free = (work: Work) => {
    for (const { token, sequence } of work.kept) {
      tokenLines.give(token, work.tokens);
      sequenceLines.give(sequence, 1);
    }
    works = works.filter((other) => other !== work);
  };
  const begin = (pair: number): Work => {
    const work = { pair, tokens: lengthOf(pair), asked: [...FIRST_POINTS], rounds: 0, kept: [] };
    works.push(work);
    return work;
  };

  function compose(): { readonly work: Work; readonly t: number }[] {
    const [room, most] = [tokenLines.longest, sequenceLines.longest];
    const taken: { readonly work: Work; readonly t: number }[] = [];
    let tokens = 0;
    /** Whether a point fits, and brings the pass closer to a full one. */
    const wants = (length: number) =>
      tokens + length <= room && taken.length < most &&
      (tokens + length / 2 <= passTokens || tokens === 0);
    const take = (work: Work) => {
      while (work.asked.length > 0 && wants(work.tokens)) {
        taken.push({ work, t: work.asked.shift()! });
        tokens += work.tokens;
      }
    };
    // The last pairs begin early where the store can hold all that are left: they then fill the last passes.
    const ending = promised() + expected() * queue.tokens <= PROMISED * capacity.tokens;
    const order = ending ? works.toSorted((a, b) => a.rounds - b.rounds) : [...works];
    if (!ending) order.forEach(take);
    while (queue.first !== undefined && works.length < mostPairs && wants(lengthOf(queue.first))) {
      const promise = promised() + expected() * lengthOf(queue.first);
      if (works.length > 0 && promise > capacity.tokens) break;
      take(begin(queue.take()));
    }
    if (ending) order.forEach(take);
    return taken;
  }
  return {
    next() {
      // A pair that is not expected to fit until its end does not begin here.
      const { first } = queue;
      if (first !== undefined && expected() * lengthOf(first) > capacity.tokens) {
        return { aside: queue.take() };
      }
      const taken = compose();
      if (taken.length > 0) {
        const tokens = taken.reduce((sum, { work }) => sum + work.tokens, 0);
        const at = {
          tokens: tokenLines.take(tokens)!,
          sequences: sequenceLines.take(taken.length)!,
        };
        let token = at.tokens;
        taken.forEach(({ work }, r) => {
          work.kept.push({ token, sequence: at.sequences + r });
          token += work.tokens;
        });
        return { points: taken.map(({ work, t }) => ({ pair: work.pair, t })), at };
      }
      const last = works.at(-1); // it has kept the least
      if (!last) return undefined;
      free(last);
      return { aside: last.pair };
    },
    ask(pair, t) {
      const work = works.find((one) => one.pair === pair)!;
      work.asked.push(...t);
      work.rounds++;
    },
    end(pair) {
      const work = works.find((one) => one.pair === pair)!;
      ended.points += work.kept.length;
      ended.pairs++;
      free(work);
    },
  };
}
