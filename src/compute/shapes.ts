/** What shape checks are made of; each throws a `TypeError` that names the operation. */

import type { Tensor } from "./ops.ts";

/** Throws where numbers that must be equal are not. */
export function same(operation: string, what: string, first: number, ...others: number[]): void {
  for (const other of others) {
    if (other !== first) {
      throw new TypeError(`Cannot run ${operation}: ${what} ${first} and ${other} do not fit`);
    }
  }
}

/** Throws where tensors are not of one shape. */
export function shaped(operation: string, first: Tensor, ...others: readonly Tensor[]): void {
  same(operation, "rows", first.rows, ...others.map((other) => other.rows));
  same(operation, "width", first.width, ...others.map((other) => other.width));
}

/** Throws where a tensor holds no indices, or not so many a line. */
export function indexed(
  operation: string,
  ...tensors: readonly (readonly [Tensor, number])[]
): void {
  for (const [tensor, width] of tensors) {
    same(operation, "index width", width, tensor.width);
    if (tensor.type !== "index") {
      throw new TypeError(`Cannot run ${operation}: expected an index tensor, got a float tensor`);
    }
  }
}
