/**
 * The adaptive rule on one pair's path: trapezoids, halved where completeness fails
 * (docs/numerics.md). Numbers alone: how points are evaluated and batched is decided elsewhere.
 */

/** A point of the path that was evaluated. */
export interface PathNode {
  /** 0 the baseline, 1 the input. */
  readonly t: number;
  /** F there. */
  readonly F: number;
}

/** A trapezoid between two neighbours. */
export interface Trapezoid {
  readonly a: PathNode;
  readonly b: PathNode;
  /** Its sum of conductances at every cut. */
  readonly cutSums: Float64Array;
  /** d: the largest |Σ ½ (g_a + g_b)(c_b - c_a) - (F_b - F_a)| over cuts c. */
  readonly defect: number;
  /**
   * √(d s), s the largest |Σ ½ (g_b - g_a)(c_b - c_a)| over cuts: how far apart the sums with the
   * gradient of the one and of the other end are. Defects can cancel at every cut where neurons' errors
   * do not; as the width shrinks, d falls with its third power and s with
   * its second, so that s alone would overestimate the error.
   */
  readonly uncertainty: number;
}

/** What is summed of an interval at every cut c. */
export interface CutSums {
  /** Σ ½ (g_a + g_b)(c_b - c_a). */
  readonly sums: Float64Array;
  /** Σ ½ (g_b - g_a)(c_b - c_a). */
  readonly spreads: Float64Array;
}

/** Where a pair is evaluated first. */
export const FIRST_POINTS: readonly number[] = [0, 0.25, 0.5, 0.75, 1];

/** Points a pair may have at most. */
export const MOST_POINTS = 513;

/** Uncertainties above this part of the worst are halved in the same round. */
const COMPARABLE = 0.7;

/** The trapezoid between two nodes. */
export function trapezoid(a: PathNode, b: PathNode, { sums, spreads }: CutSums): Trapezoid {
  const difference = b.F - a.F;
  const defect = sums.reduce((most, sum) => Math.max(most, Math.abs(sum - difference)), 0);
  const spread = spreads.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { a, b, cutSums: sums, defect, uncertainty: Math.sqrt(defect * spread) };
}

/**
 * The trapezoids to halve next, of those along a path: of the most uncertain quarter those within a
 * factor of the very worst, the earlier of equals first. One at a time would take more rounds, all of
 * the quarter more evaluations where a single jump holds nearly all of the error.
 */
export function worstOf(path: readonly Trapezoid[]): Trapezoid[] {
  const worstFirst = path.toSorted((x, y) => y.uncertainty - x.uncertainty || x.a.t - y.a.t);
  return worstFirst.slice(0, Math.ceil(path.length / 4))
    .filter(({ uncertainty }) => uncertainty >= COMPARABLE * worstFirst[0].uncertainty);
}

/** What a path's trapezoids, in its order, say of their error. */
export interface PathMeasures {
  /** F(input) - F(baseline). */
  readonly difference: number;
  /** TV(F): how far F goes up and down along the path's points. */
  readonly variation: number;
  /** The largest gap over all cuts: signed errors, which cancel. */
  readonly gap: number;
  /** √(Σ uncertainty²): how independent errors add up. */
  readonly uncertainty: number;
}

/** Measures a path. */
export function measuresOf(path: readonly Trapezoid[]): PathMeasures {
  const difference = path.at(-1)!.b.F - path[0].a.F;
  return {
    difference,
    variation: path.reduce((sum, { a, b }) => sum + Math.abs(b.F - a.F), 0),
    gap: cutSumsOf(path).reduce((most, sum) => Math.max(most, Math.abs(sum - difference)), 0),
    uncertainty: Math.sqrt(path.reduce((sum, { uncertainty }) => sum + uncertainty ** 2, 0)),
  };
}

/** The sum of the conductances of a path at every cut. */
export function cutSumsOf(path: readonly Trapezoid[]): Float64Array {
  const total = new Float64Array(path[0].cutSums.length);
  for (const { cutSums } of path) cutSums.forEach((sum, cut) => total[cut] += sum);
  return total;
}

/** When a path is exact enough. */
export interface Exactness {
  /** Largest uncertainty, as a part of TV(F). */
  readonly tolerance: number;
  /** Relative rounding error of F: a smaller uncertainty is meaningless. */
  readonly rounding: number;
}

/**
 * Whether to stop: the path is exact enough, has the most points that are allowed, or has numbers
 * that are not finite, which more points would not change.
 */
export function isDone(path: readonly Trapezoid[], { tolerance, rounding }: Exactness): boolean {
  if (path.length + 1 + Math.ceil(path.length / 4) > MOST_POINTS) return true;
  const { uncertainty, variation } = measuresOf(path);
  if (!Number.isFinite(uncertainty)) return true; // the caller refuses numbers that are not finite
  const largest = path.reduce(
    (most, { b }) => Math.max(most, Math.abs(b.F)),
    Math.abs(path[0].a.F),
  );
  return uncertainty <= Math.max(tolerance * variation, rounding * largest);
}
