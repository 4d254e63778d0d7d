/** One pair on its way through the rounds of the adaptive rule. */

import {
  type CutSums,
  type Exactness,
  FIRST_POINTS,
  isDone,
  measuresOf,
  type PathNode,
  type Trapezoid,
  trapezoid,
  worstOf,
} from "./refinement.ts";

/** A finished round of one pair: where its path was evaluated so far, and how far that suffices. */
export interface Round {
  /** The pair's place among the pairs given. */
  readonly index: number;
  /** Points t, ascending. */
  readonly t: readonly number[];
  /** F at them. */
  readonly F: readonly number[];
  /** The largest gap of completeness over all cuts, in units of F. */
  readonly gap: number;
}

/** How the rule runs. */
export interface AdaptiveOptions extends Exactness {
  /** Bytes of the host's memory that points may take where the store is too small for a pair's. */
  readonly hostBytes: number;
  /** Called as each round of a pair finishes. */
  readonly onRound?: (round: Round) => void;
  /** Asked between rounds. */
  readonly signal?: AbortSignal;
}

/** What the rule finds of one pair. */
export interface Refined {
  readonly pair: number;
  readonly conductance: Float64Array;
  /** The path's trapezoids, in their order. */
  readonly path: readonly Trapezoid[];
  /** Evaluations done again where memory was short. */
  readonly repeated: number;
}

/** Two neighbours of the grid, by t. */
export type Ends = readonly [from: number, to: number];

/** A pair under way. */
export interface PairRefinement {
  readonly pair: number;
  /** Points of the present round and all before, ascending. */
  readonly grid: readonly number[];
  /** Notes F at a point; says whether it was not known before. */
  note(node: PathNode): boolean;
  /** Notes the sums at every cut between two evaluated neighbours of the grid. */
  add(from: number, to: number, sums: CutSums): void;
  /** Neighbours of the grid whose sums are not known; none where the round is complete. */
  readonly open: readonly Ends[];
  /** The trapezoids of a complete round, in their order. */
  readonly path: readonly Trapezoid[];
  /** Goes on to the next round: its new points, none where the pair is done. */
  next(): readonly number[];
}

/** A pair of which nothing is known yet. */
export function refinementOf(pair: number, options: AdaptiveOptions): PairRefinement {
  const nodes = new Map<number, PathNode>();
  let grid = FIRST_POINTS;
  let path: Trapezoid[] = [];
  return {
    pair,
    get grid() {
      return grid;
    },
    note(node) {
      if (nodes.has(node.t)) return false;
      nodes.set(node.t, node);
      return true;
    },
    add(from, to, sums) {
      path.push(trapezoid(nodes.get(from)!, nodes.get(to)!, sums));
    },
    get open() {
      const known = new Set(path.map(({ a }) => a.t));
      return grid.slice(1).flatMap((to, i): Ends[] => known.has(grid[i]) ? [] : [[grid[i], to]]);
    },
    get path() {
      return path.toSorted((x, y) => x.a.t - y.a.t); // sums then repeat whatever the order of halving
    },
    next() {
      const now = this.path;
      const F = grid.map((t) => nodes.get(t)!.F);
      options.onRound?.({ index: pair, t: grid, F, gap: measuresOf(now).gap });
      if (isDone(now, options)) return [];
      const halved = worstOf(now);
      const middles = halved.map(({ a, b }) => (a.t + b.t) / 2);
      path = now.filter((one) => !halved.includes(one));
      grid = [...grid, ...middles].sort((x, y) => x - y);
      return middles;
    },
  };
}
