/**
 * The adaptive rule over many pairs at once: a schedule fills each pass with rounds of several
 * pairs.
 */

import { refineAlone, type SetAside } from "./adaptive_alone.ts";
import { sumsAtCuts, TRAPEZOID } from "./cut_sums.ts";
import {
  type AdaptiveOptions,
  type PairRefinement,
  type Refined,
  refinementOf,
} from "./pair_refinement.ts";
import { type PathSums, pathSums } from "../path/path_sums.ts";
import type { Interval, PathStore, StoredPoint } from "../path/path_store.ts";
import { savedPoints } from "../path/saved_points.ts";
import type { Pass, Schedule } from "./schedule.ts";

/** A pair whose points the store keeps. */
interface Kept {
  readonly refinement: PairRefinement;
  readonly places: Map<number, StoredPoint>;
}

/**
 * Runs the rule for the pairs of a schedule, whose points a store keeps, and yields results as
 * pairs finish. The host waits for the device once a pass, to read F, the sums at cuts, and the
 * conductances of the pairs that finished before it.
 */
export async function* adaptive(
  store: PathStore,
  schedule: Schedule,
  options: AdaptiveOptions,
): AsyncGenerator<Refined> {
  const { ops } = store.encoder;
  const active = new Map<number, Kept>();
  const aside: SetAside[] = [];
  const budget = { bytes: options.hostBytes };
  let ended: { readonly kept: readonly Kept[]; readonly sums: PathSums } | undefined;

  const of = (pair: number): Kept => {
    const known = active.get(pair);
    if (known) return known;
    const kept = { refinement: refinementOf(pair, options), places: new Map() };
    active.set(pair, kept);
    return kept;
  };
  /** Moves a pair that the store is too small for, and its points, to the host. */
  async function setAside(pair: number) {
    const { refinement, places } = of(pair);
    active.delete(pair);
    const points = savedPoints(store, pair, budget);
    for (const place of places.values()) await points.save(place);
    aside.push({ refinement, points });
  }
  /**
   * Records a pass; gives the tensors to be read, and the points and intervals that they are of.
   */
  function evaluate({ points, at }: Pass) {
    const { places, F } = store.evaluate(points, at);
    for (const place of places) of(place.pair).places.set(place.t, place);
    const pairs = new Set(points.map(({ pair }) => pair));
    const intervals = [...pairs].flatMap((pair) => {
      const { refinement, places } = of(pair);
      return refinement.open.flatMap(([from, to]): Interval[] => {
        const [a, b] = [places.get(from), places.get(to)];
        return a && b ? [[a, b]] : [];
      });
    });
    return { places, pairs, intervals, F, atCuts: sumsAtCuts(store, intervals) };
  }
  /** Records the conductances of pairs that are done, whose lines are free from then on. */
  function finish(pairs: readonly number[]) {
    if (pairs.length === 0) return undefined;
    const kept = pairs.map(of);
    const sums = pathSums(store, pairs.length);
    sums.add(
      kept.map(({ refinement, places }) =>
        refinement.path.map(({ a, b }) => [places.get(a.t)!, places.get(b.t)!] as const)
      ),
      TRAPEZOID,
    );
    for (const pair of pairs) {
      schedule.end(pair);
      active.delete(pair);
    }
    return { kept, sums };
  }

  try {
    while (true) {
      options.signal?.throwIfAborted();
      let next = schedule.next();
      for (; next && "aside" in next; next = schedule.next()) await setAside(next.aside);
      if (!next && !ended) break;
      const pass = next && evaluate(next);
      const [conductances, values, atCuts] = await Promise.all([
        ended?.sums.read() ?? [],
        pass ? ops.read(pass.F) : [],
        pass?.atCuts.read() ?? [],
      ]);
      if (pass) ops.free(pass.F);
      const last = ended;
      ended = undefined;
      last?.sums.free();
      if (pass) {
        const { places, pairs, intervals } = pass;
        places.forEach(({ pair, t }, i) => of(pair).refinement.note({ t, F: values[i] }));
        intervals.forEach(([a, b], i) => of(a.pair).refinement.add(a.t, b.t, atCuts[i]));
        const done: number[] = [];
        for (const pair of pairs) {
          const { refinement } = of(pair);
          if (refinement.open.length > 0) continue;
          const points = refinement.next();
          if (points.length > 0) schedule.ask(pair, points);
          else done.push(pair);
        }
        ended = finish(done);
      }
      for (const [i, { refinement: { pair, path } }] of (last?.kept ?? []).entries()) {
        yield { pair, conductance: conductances[i], path, repeated: 0 };
      }
    }
    for (let one = aside.shift(); one; one = aside.shift()) {
      yield await refineAlone(store, one, options);
    }
  } finally {
    ended?.sums.free();
  }
}
