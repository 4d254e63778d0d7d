/**
 * Attributions of a comparison of rules as chunks, so that a comparison that was stopped can be
 * resumed.
 */

import type { PairAttribution } from "../../attribution/attribution.ts";
import type { Chunk, ChunkOptions } from "../ablation/chunks.ts";
import type { PairConvergence } from "../results/results_convergence.ts";

/** One attribution of one pair, and how far it is from the reference. */
export interface Attribution {
  readonly numbers: PairConvergence;
  /** The points of the attribution that the reference refines; none for others. */
  readonly points: readonly number[];
  readonly conductance: Float64Array;
}

/** How far a vector is from another. */
export type Compared = Pick<PairConvergence, "error" | "absoluteError" | "rank" | "overlap">;

/** Before anything is compared. */
const nothing: Compared = { error: null, absoluteError: null, rank: null, overlap: 0 };

/**
 * An attribution and its comparison with the reference; one without a comparison keeps its points.
 */
export function attributionOf(found: PairAttribution, compared?: Compared): Attribution {
  const { evaluations, conductance, completeness: { relative } } = found;
  return {
    numbers: { evaluations, ...compared ?? nothing, completeness: finite(relative) },
    points: compared ? [] : found.points,
    conductance,
  };
}

/** A number as JSON holds it. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Numbers of a chunk before the points and the conductance. */
const HEAD = 6;

function encode({ numbers, points, conductance }: Attribution): Float64Array {
  const { evaluations, error, absoluteError, rank, overlap, completeness } = numbers;
  const values = new Float64Array(HEAD + points.length + conductance.length);
  values.set([evaluations, ...[error, absoluteError, rank].map((value) => value ?? NaN), overlap]);
  values[HEAD - 1] = completeness ?? NaN;
  values.set(points, HEAD);
  values.set(conductance, HEAD + points.length);
  return values;
}

function decode(values: Float64Array, neurons: number): Attribution {
  const [evaluations, error, absoluteError, rank, overlap, completeness] = values;
  const end = values.length - neurons;
  return {
    numbers: {
      evaluations,
      ...{
        error: finite(error),
        absoluteError: finite(absoluteError),
        rank: finite(rank),
        overlap,
      },
      completeness: finite(completeness),
    },
    points: [...values.subarray(HEAD, end)],
    conductance: values.slice(end),
  };
}

/**
 * Gives attributions in their order: those that are finished first, then those that it has made. So
 * that no more than one is in memory, finished ones must come in that order too.
 */
export function attributionsInOrder(
  { of, neurons, finished = [], onChunk: onChunk, onEvaluations }: ChunkOptions & {
    /** Attributions in all. */
    readonly of: number;
    readonly neurons: number;
    readonly onEvaluations?: (done: number) => void;
  },
): (make: () => Promise<Attribution>) => Promise<Attribution> {
  const earlier = async function* () {
    yield* finished;
  }();
  let [first, evaluations] = [0, 0];
  return async (make) => {
    const { value: chunk, done } = await earlier.next();
    if (chunk) check(chunk, first, neurons);
    const found = chunk ? decode(chunk.values, neurons) : await make();
    const progress = { done: first + 1, of, resumed: !done };
    await onChunk?.(chunk ?? { first, values: encode(found) }, progress);
    first++;
    onEvaluations?.(evaluations += found.numbers.evaluations);
    return found;
  };
}

function check({ first, values }: Chunk, wanted: number, neurons: number) {
  if (first === wanted && values.length >= HEAD + neurons) return;
  throw new RangeError(
    `Cannot take a finished attribution: expected number ${wanted} with ${
      HEAD + neurons
    } numbers or more, got number ${first} with ${values.length}`,
  );
}
