/**
 * The adaptive rule: trapezoids, halved where completeness fails (docs/numerics.md).
 *
 * 1. F, activations and gradients at t = 0, ¼, ½, ¾, 1.
 * 2. An interval's defect is the largest |Σ ½ (g_a + g_b)(c_b - c_a) - (F_b - F_a)| over cuts c.
 * 3. The worst intervals are halved, in one batch over all pairs of the group.
 * 4. A pair is done when its gap at every cut is within the tolerance.
 */

import type { PathPoint } from "../model/batch.ts";
import { aligned, column, integrate } from "./integrate.ts";
import type { LabelledPath, PathStore, StoredPoint } from "./path_store.ts";

/** What the rule finds of one pair. */
export interface AdaptiveResult {
  /** Forward and backward evaluations: the points of the path, whatever the memory. */
  readonly evaluations: number;
  /** Evaluations done again where memory was short. */
  readonly repeated: number;
  readonly baseline: number;
  readonly input: number;
  /** Sum of the conductances at every cut. */
  readonly cutSums: Float64Array;
  /** The points t, ascending. */
  readonly points: readonly number[];
}

/** Points a pair may have at most. */
export const MOST_POINTS = 513;

/** Defects above this part of the worst are halved in the same round. */
const COMPARABLE = 0.7;

/** Where a pair is evaluated first. */
export const FIRST_POINTS: readonly number[] = [0, 0.25, 0.5, 0.75, 1];
const pairing = { left: 0.5, right: 0.5 };

/** An interval with F and places at its ends; `P` is a place, or nothing where none is kept. */
interface PathInterval<P> {
  readonly a: End<P>;
  readonly b: End<P>;
  readonly cutSums: Float64Array;
  readonly defect: number;
}
interface End<P> {
  readonly t: number;
  readonly F: number;
  readonly place: P;
}

/**
 * Runs the rule for the group that the store has begun; the store then holds its conductances.
 * Pairs that the store has no room for are left out: undefined in the result.
 */
export async function adaptive(
  store: PathStore,
  pairs: readonly LabelledPath[],
  tolerance: number,
): Promise<(AdaptiveResult | undefined)[]> {
  const { ops } = store.encoder;
  const { rowAlignment } = ops.limits;
  const parts: PathInterval<StoredPoint>[][] = pairs.map(() => []);
  const outOfMemory = new Set<number>();
  let [token, row] = [0, 0];

  /** Evaluates new points and makes the intervals that end in them, `known` the kept other ends. */
  async function add(
    points: readonly PathPoint[],
    known: readonly (readonly End<StoredPoint>[])[],
  ) {
    const { places, F } = store.evaluate(points, { tokens: token, sequences: row });
    const byPair = new Map<number, StoredPoint[]>();
    places.forEach((place) => byPair.set(place.pair, [...byPair.get(place.pair) ?? [], place]));
    const fresh = new Set(places);
    const ends = [...byPair].map(([pair, own]) =>
      [...own, ...known[pair].map(({ place }) => place)].sort((a, b) => a.t - b.t)
    );
    const intervals = ends.flatMap((own) =>
      own.slice(1).map((b, i) => [own[i], b] as const).filter((ab) => ab.some((p) => fresh.has(p)))
    );
    const cuts = store.cutSums(intervals, pairing);
    const [values, sums] = await Promise.all([ops.read(F), ops.read(cuts)]);
    ops.free(F, cuts);
    const FOf = new Map(places.map((place, i) => [place, values[i]]));
    known.forEach((own) => own.forEach((end) => FOf.set(end.place, end.F)));
    const end = (place: StoredPoint) => ({ t: place.t, F: FOf.get(place)!, place });
    intervals.forEach(([a, b], i) => {
      parts[a.pair].push(part(end(a), end(b), column(sums, i, intervals.length)));
    });
    for (const { pair } of points) {
      token += pairs[pair].encoded.ids.length;
    }
    token = aligned(token, rowAlignment);
    row = aligned(row + points.length, rowAlignment);
  }
  const fits = (points: readonly PathPoint[]) => {
    const tokens = points.reduce((sum, { pair }) => sum + pairs[pair].encoded.ids.length, 0);
    return token + tokens <= store.capacity.tokens &&
      row + points.length <= store.capacity.sequences;
  };

  let points = pairs.flatMap((_, pair) => FIRST_POINTS.map((t) => ({ pair, t })));
  if (!fits(points)) return pairs.map(() => undefined);
  let known: End<StoredPoint>[][] = pairs.map(() => []);
  while (points.length > 0) {
    await add(points, known);
    points = [];
    known = pairs.map(() => []);
    for (let pair = 0; pair < pairs.length; pair++) {
      if (outOfMemory.has(pair) || isDone(parts[pair], tolerance)) continue;
      const halved = worst(parts[pair]);
      const middles = halved.map(({ a, b }) => ({ pair, t: (a.t + b.t) / 2 }));
      if (!fits([...points, ...middles])) {
        outOfMemory.add(pair);
        continue;
      }
      points.push(...middles);
      known[pair] = [...new Map(halved.flatMap(({ a, b }) => [[a.t, a], [b.t, b]])).values()];
      parts[pair] = parts[pair].filter((one) => !halved.includes(one));
    }
  }
  store.addConductances(
    pairs.flatMap((_, pair) => sorted(parts[pair]).map(({ a, b }) => [a.place, b.place] as const)),
    pairing,
  );
  return pairs.map((_, pair) => outOfMemory.has(pair) ? undefined : result(sorted(parts[pair])));
}

/**
 * The same for one pair where memory is short: nothing is kept between rounds, the ends of an
 * interval are evaluated again when it is halved, and all points once more in the end.
 */
export async function adaptiveRecomputing(
  store: PathStore,
  pair: LabelledPath,
  tolerance: number,
): Promise<AdaptiveResult> {
  let evaluations = 0;
  async function along(
    t: readonly number[],
    conductances: boolean,
  ): Promise<PathInterval<undefined>[]> {
    const [{ F, cutSums }] = await integrate(store, [pair], t, { pairing, conductances });
    evaluations += t.length;
    const ends = t.map((at, i) => ({ t: at, F: F[i], place: undefined }));
    return cutSums.map((sums, i) => part(ends[i], ends[i + 1], sums));
  }
  let parts = await along(FIRST_POINTS, false);
  while (!isDone(parts, tolerance)) {
    for (const one of worst(parts)) {
      const halves = await along([one.a.t, (one.a.t + one.b.t) / 2, one.b.t], false);
      parts = [...parts.filter((other) => other !== one), ...halves];
    }
  }
  parts = sorted(parts);
  return result(await along([...parts.map(({ a }) => a.t), 1], true), evaluations);
}

function part<P>(a: End<P>, b: End<P>, cutSums: Float64Array): PathInterval<P> {
  const difference = b.F - a.F;
  const defect = cutSums.reduce((most, sum) => Math.max(most, Math.abs(sum - difference)), 0);
  return { a, b, cutSums, defect };
}

const sorted = <P>(parts: readonly PathInterval<P>[]) => parts.toSorted((x, y) => x.a.t - y.a.t);

/**
 * The intervals to halve next: of the worst quarter by defect those within a factor of the very
 * worst, the earlier of equals first. One at a time would take more rounds, all of the quarter more
 * evaluations where a single jump holds nearly all of the defect.
 */
function worst<P>(parts: readonly PathInterval<P>[]): PathInterval<P>[] {
  const byDefect = sorted(parts).sort((x, y) => y.defect - x.defect);
  return byDefect.slice(0, Math.ceil(parts.length / 4))
    .filter(({ defect }) => defect >= COMPARABLE * byDefect[0].defect);
}

function sums<P>(parts: readonly PathInterval<P>[]): Float64Array {
  const total = new Float64Array(parts[0].cutSums.length);
  for (const { cutSums } of parts) cutSums.forEach((sum, cut) => total[cut] += sum);
  return total;
}

/**
 * Whether every cut's gap is within the tolerance of |ΔF|, or of a hundredth of the way that F goes
 * up and down where ΔF nearly vanishes; or the pair has all the points it may have.
 */
function isDone<P>(unsorted: readonly PathInterval<P>[], tolerance: number): boolean {
  const parts = sorted(unsorted); // a sum that depends on the order of halving would not repeat
  if (parts.length + 1 + Math.ceil(parts.length / 4) > MOST_POINTS) return true;
  const difference = parts.at(-1)!.b.F - parts[0].a.F;
  const way = parts.reduce((sum, { a, b }) => sum + Math.abs(b.F - a.F), 0);
  const gap = sums(parts).reduce((most, sum) => Math.max(most, Math.abs(sum - difference)), 0);
  if (!Number.isFinite(gap)) return true; // more points would not mend it; who takes it will complain
  return gap <= tolerance * Math.max(Math.abs(difference), way / 100);
}

function result<P>(parts: readonly PathInterval<P>[], done = parts.length + 1): AdaptiveResult {
  return {
    evaluations: parts.length + 1,
    repeated: done - parts.length - 1,
    baseline: parts[0].a.F,
    input: parts.at(-1)!.b.F,
    cutSums: sums(parts),
    points: [...parts.map(({ a }) => a.t), 1],
  };
}
