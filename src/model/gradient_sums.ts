/**
 * Gradients on their way back, by value: what several readers of a value contribute is added up in the
 * order in which it comes. The first writes, later ones add; a contribution that is another value's
 * whole gradient is shared, not copied, until something is added to it.
 */

import type { Ops, Tensor } from "../compute/ops.ts";
import type { Value } from "./steps.ts";
import { type Capacity, type Kept, linesOf } from "./kept.ts";

/** The sums. */
export interface GradientSums {
  /** Adds what `write` computes: dx = … + plus, plus what is there already (perhaps dx itself). */
  add(value: Value, write: (dx: Tensor, plus: Tensor | undefined) => void): void;
  /** Adds what `write` adds to dx, whose numbers are there already. */
  addInto(value: Value, write: (dx: Tensor) => void): void;
  /** Adds what `write` writes, a tensor a value. */
  write(values: readonly Value[], write: (dx: readonly Tensor[]) => void): void;
  /** Adds what `write` writes to two values; `alone`: nothing else is ever added to the first, or masks it. */
  writeShared(
    one: Value,
    other: Value,
    write: (dx: Tensor) => void,
    options: { readonly alone: boolean },
  ): void;
  /** Adds the numbers of a tensor, which must stay as they are. */
  share(value: Value, tensor: Tensor): void;
  /** The sum, to which nothing will be added; of a kept value in the memory that it is kept in. */
  complete(value: Value): Tensor;
  /** Gives back what was needed for a value alone. */
  forget(value: Value): void;
  /** Gives back what was needed for all. */
  close(): void;
}

/** Opens sums; those of kept values go to `kept`. */
export function gradientSums(ops: Ops, capacity: Capacity, kept: Kept): GradientSums {
  const sums = new Map<Value, Tensor>();
  /** How many values hold each tensor that was made here. */
  const holders = new Map<Tensor, number>();

  const make = (value: Value, how: "empty" | "zeros" = "empty") => {
    const tensor = ops[how](linesOf(value, capacity), value.width);
    holders.set(tensor, 0);
    return tensor;
  };
  const hold = (tensor: Tensor, change: 1 | -1) => {
    const count = holders.get(tensor);
    if (count === undefined) return; // a kept one
    holders.set(tensor, count + change);
    if (count + change > 0) return;
    holders.delete(tensor);
    ops.free(tensor);
  };
  const put = (value: Value, tensor: Tensor) => {
    const before = sums.get(value);
    if (before === tensor) return;
    hold(tensor, 1);
    sums.set(value, tensor);
    if (before) hold(before, -1);
  };
  /** Whether nobody else sees a value's sum. */
  const isOwn = (value: Value, tensor: Tensor) =>
    kept.has(value) ? kept.get(value) === tensor : holders.get(tensor) === 1;
  /** Memory for a value's sum that nobody else sees. */
  const own = (value: Value): Tensor => {
    const now = sums.get(value);
    return now && isOwn(value, now) ? now : kept.get(value) ?? make(value);
  };
  /** 0, 1, … by how many. */
  const orders = new Map<number, Tensor>();
  const copy = (to: Tensor, from: Tensor) => {
    const { rows } = from;
    const inOrder = orders.get(rows) ??
      ops.indices(rows, 1, Uint32Array.from({ length: rows }, (_, i) => i));
    orders.set(rows, inOrder);
    ops.takeRows(to, from, inOrder);
  };

  const all: GradientSums = {
    add(value, write) {
      const plus = sums.get(value);
      const dx = own(value);
      write(dx, plus);
      put(value, dx);
    },
    addInto(value, write) {
      const now = sums.get(value);
      if (!now) {
        const zeros = make(value, "zeros");
        write(zeros);
        return all.share(value, zeros);
      }
      const dx = own(value);
      if (dx !== now) copy(dx, now);
      write(dx);
      put(value, dx);
    },
    write(values, write) {
      const targets = values.map((value) => sums.has(value) ? make(value) : own(value));
      write(targets);
      values.forEach((value, i) => all.share(value, targets[i]));
    },
    writeShared(one, other, write, { alone }) {
      const dx = alone && !sums.has(one) ? own(one) : make(one);
      write(dx);
      all.share(one, dx);
      all.share(other, dx);
    },
    share(value, tensor) {
      const before = sums.get(value);
      if (!before) return put(value, tensor);
      const dx = own(value);
      ops.add(dx, before, tensor);
      put(value, dx);
    },
    complete(value) {
      const sum = sums.get(value);
      if (!sum) throw new Error("Cannot differentiate: F does not depend on a kept value");
      const memory = kept.get(value);
      if (!memory || memory === sum) return sum;
      copy(memory, sum);
      put(value, memory);
      return memory;
    },
    forget(value) {
      const sum = sums.get(value);
      if (!sum) return;
      sums.delete(value);
      hold(sum, -1);
    },
    close: () => ops.free(...orders.values()),
  };
  return all;
}
