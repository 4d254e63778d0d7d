/** Tensors in shared memory, as operands. */

import type { Tensor } from "../ops.ts";

/** A tensor in shared memory. */
export interface Block extends Tensor {
  /** Its address. */
  readonly at: number;
  /** What is given back when it is freed; 0 for a slice. */
  readonly bytes: number;
  /** Whether its numbers are float16. */
  readonly half?: boolean;
  /** An index tensor's numbers, to know the longest row. */
  readonly host?: Uint32Array;
}

/** The address of a tensor. */
export function place(x: Tensor): number {
  return (x as Block).at;
}

/** The same; 0 for none. */
export function placeOrNone(x: Tensor | undefined): number {
  return x ? place(x) : 0;
}

/** Whether its numbers are float16, as an operand. */
export function isHalf(x: Tensor): 0 | 1 {
  return (x as Block).half ? 1 : 0;
}
