/**
 * The adaptive rule for one pair that is too long to share a store with others. It has the store to
 * itself; points that do not fit are copied to the host's memory, and those that do not fit there
 * either are evaluated again when they are needed.
 */

import type { PathPoint } from "../../model/batch.ts";
import { sumsAtCuts, TRAPEZOID } from "./cut_sums.ts";
import { aligned } from "../path/integrate.ts";
import { freeLines } from "../path/lines.ts";
import type { AdaptiveOptions, Ends, PairRefinement, Refined } from "./pair_refinement.ts";
import { pathSums } from "../path/path_sums.ts";
import type { Interval, PathStore, StoredPoint } from "../path/path_store.ts";
import type { SavedPoints } from "../path/saved_points.ts";

/** A pair that was set aside, and its points in the host's memory. */
export interface SetAside {
  readonly refinement: PairRefinement;
  readonly points: SavedPoints;
}

/** Runs the rule for the pair until it is finished. */
export async function refineAlone(
  store: PathStore,
  { refinement, points }: SetAside,
  options: AdaptiveOptions,
): Promise<Refined> {
  const { pair } = refinement;
  const working = workingSet(store, refinement, points);
  const sums = pathSums(store, 1);
  try {
    do {
      for (const some of working.chunksOf(refinement.open)) {
        options.signal?.throwIfAborted();
        const sums = await sumsAtCuts(store, await working.bring(some)).read();
        some.forEach(([a, b], i) => refinement.add(a, b, sums[i]));
      }
    } while (refinement.next().length > 0);
    const { path } = refinement;
    for (const some of working.chunksOf(path.map(({ a, b }) => [a.t, b.t] as const))) {
      options.signal?.throwIfAborted();
      sums.add([await working.bring(some)], TRAPEZOID);
    }
    const [conductance] = await sums.read();
    return { pair, conductance, path, repeated: working.repeated };
  } finally {
    sums.free();
    points.free();
  }
}

/** The points of one pair that the store holds at present. */
function workingSet(store: PathStore, refinement: PairRefinement, saved: SavedPoints) {
  const { ops } = store.encoder;
  const { capacity } = store;
  const { rowAlignment } = ops.limits;
  const tokens = store.paths[refinement.pair].encoded.ids.length;
  const tokenLines = freeLines(capacity.tokens, rowAlignment);
  const sequenceLines = freeLines(capacity.sequences, rowAlignment);
  /** How many points always fit, even where the free lines are fragmented. */
  const most = Math.min(
    1 + Math.floor((capacity.tokens - tokens) / aligned(tokens, rowAlignment)),
    1 + Math.floor((capacity.sequences - 1) / rowAlignment),
  );
  const here = new Map<number, StoredPoint>();
  let repeated = 0;

  async function drop(unwanted: readonly StoredPoint[]) {
    for (const point of unwanted) {
      await saved.save(point);
      here.delete(point.t);
      tokenLines.give(point.token, tokens);
      sequenceLines.give(point.sequence, 1);
    }
  }
  /** Consecutive lines for `count` points; undefined where there are none. */
  function take(count: number) {
    if (tokenLines.longest < count * tokens || sequenceLines.longest < count) return undefined;
    return { tokens: tokenLines.take(count * tokens)!, sequences: sequenceLines.take(count)! };
  }
  async function evaluate(t: readonly number[], at: { tokens: number; sequences: number }) {
    const points = t.map((t): PathPoint => ({ pair: refinement.pair, t }));
    const { places, F } = store.evaluate(points, at);
    for (const place of places) here.set(place.t, place);
    const values = await ops.read(F);
    ops.free(F);
    t.forEach((t, i) => refinement.note({ t, F: values[i] }) || repeated++);
  }
  /**
   * Places points, as many at once as free lines follow each other; false where the free lines are
   * too fragmented.
   */
  async function place(wanted: readonly number[]): Promise<boolean> {
    const missing = wanted.filter((t) => !here.has(t));
    const fresh = missing.filter((t) => !saved.has(t));
    for (const t of missing.filter((t) => saved.has(t))) {
      const at = take(1);
      if (!at) return false;
      here.set(t, saved.restore(t, at));
    }
    while (fresh.length > 0) {
      let count = fresh.length;
      let at = take(count);
      while (!at && count > 1) at = take(--count);
      if (!at) return false;
      await evaluate(fresh.splice(0, count), at);
    }
    return true;
  }
  return {
    get repeated() {
      return repeated;
    },
    /** Intervals in their order, in runs whose ends the store can hold together. */
    chunksOf(ends: readonly Ends[]): Ends[][] {
      const chunks: Ends[][] = [];
      let points = new Set<number>();
      for (const interval of ends) {
        const more = new Set([...points, ...interval]);
        if (chunks.length > 0 && more.size <= most) {
          chunks.at(-1)!.push(interval);
          points = more;
        } else {
          chunks.push([interval]);
          points = new Set(interval);
        }
      }
      return chunks;
    },
    /** The intervals, whose ends the store then holds. */
    async bring(ends: readonly Ends[]): Promise<Interval[]> {
      const wanted = [...new Set(ends.flat())];
      const others = () => [...here.values()].filter(({ t }) => !wanted.includes(t));
      if (!await place(wanted)) {
        await drop(others());
        if (!await place(wanted)) {
          await drop([...here.values()]);
          await place(wanted);
        }
      }
      return ends.map(([a, b]) => [here.get(a)!, here.get(b)!] as const);
    },
  };
}
