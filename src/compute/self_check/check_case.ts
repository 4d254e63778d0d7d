/** What the cases of the self-check share: their form, error bounds and numbers. */

import type { Ops, Tensor } from "../ops.ts";

/** One operation on given numbers. */
export interface CheckCase {
  /** The operation's name in {@linkcode Ops}. */
  readonly operation: string;
  /** What it runs on. */
  readonly shape: string;
  /** Largest relative error, ‖backend - oracle‖ / ‖oracle‖, that float32 explains. */
  readonly bound: number;
  /** Makes its inputs, runs, and returns its outputs. */
  readonly run: (ops: Ops) => readonly Tensor[];
}

// float32 rounds to 6e-8. Bounds allow ten times what a plain loop shows at these shapes.
/** Nothing is computed */
export const COPIED = 0;
/** One to five roundings */
export const ROUNDED = 3e-7;
/** Sums of up to 400 products, in any order */
export const SUMMED = 3e-6;
/** exp, log, tanh, Φ: WGSL grants exp 3 + 2|x| units in the last place */
export const CURVED = 1e-5;

/** A tensor of NaN: an operation that does not write all of its output, or adds to it, shows. */
export function unset(ops: Ops, rows: number, width: number): Tensor {
  return ops.floats(rows, width, new Float32Array(rows * width).fill(NaN));
}

/** Seeded numbers. */
export interface Draw {
  /** About normal around `offset`, of standard deviation `scale`, exactly representable in float32. */
  normal(count: number, scale?: number, offset?: number): Float32Array;
  /** Integers from 0 to limit - 1. */
  below(count: number, limit: number): Uint32Array;
}

/** The same seed draws the same numbers. */
export function drawing(seed: number): Draw {
  const uniform = generator(seed);
  return {
    normal: (count, scale = 1, offset = 0) =>
      Float32Array.from({ length: count }, () => {
        let sum = -6;
        for (let i = 0; i < 12; i++) sum += uniform();
        return offset + scale * sum;
      }),
    below: (count, limit) =>
      Uint32Array.from({ length: count }, () => Math.floor(uniform() * limit)),
  };
}

/** Uniform numbers in [0, 1): mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
