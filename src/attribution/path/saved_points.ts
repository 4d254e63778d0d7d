/** Points of a path in the host's memory, where the device's memory is too small to keep them. */

import type { Tensor } from "../../compute/ops.ts";
import type { Lines, Value } from "../../model/steps.ts";
import { type Capacity, linesOf } from "../../model/kept.ts";
import { bytesPerKeptToken, type PathStore, type StoredPoint } from "./path_store.ts";

/** Bytes of the host's memory that are still available to all points that share it. */
export interface Budget {
  bytes: number;
}

/** Points of one pair. */
export interface SavedPoints {
  /** Whether a point is saved. */
  has(t: number): boolean;
  /** Copies a point that the store keeps, where there is room and it is not saved yet. */
  save(point: StoredPoint): Promise<void>;
  /** Records the copy of a saved point to lines from `at` of the store. */
  restore(t: number, at: Capacity): StoredPoint;
  /** Gives the host's memory back. */
  free(): void;
}

/** Every kept tensor, and which lines it has. */
function* tensorsOf({ values, gradients }: PathStore): Generator<readonly [Tensor, Value]> {
  for (const kept of [values, gradients]) {
    for (const [value, tensor] of kept) yield [tensor, value];
  }
}

/** Opens the saved points of a pair, of which there are none yet. */
export function savedPoints(store: PathStore, pair: number, budget: Budget): SavedPoints {
  const { sides, encoder: { ops } } = store;
  const tokens = store.paths[pair].encoded.ids.length;
  const bytes = bytesPerKeptToken(store.encoder) * tokens;
  const one = { tokens, sequences: sides };
  /** Indices of a point's lines of values from where `first` says, one tensor for each kind of lines. */
  const indices = (first: (value: Value) => number) => {
    const known = new Map<Lines, Tensor>();
    const of = (value: Value) => {
      const count = linesOf(value, one);
      const make = () =>
        ops.indices(count, 1, Uint32Array.from({ length: count }, (_, i) => first(value) + i));
      const found = known.get(value.lines) ?? make();
      known.set(value.lines, found);
      return found;
    };
    return Object.assign(of, { all: () => known.values() });
  };
  const numbersOf = new Map<number, readonly (Float32Array | Float64Array)[]>();
  return {
    has: (t) => numbersOf.has(t),
    async save(point) {
      if (numbersOf.has(point.t) || budget.bytes < bytes) return;
      budget.bytes -= bytes;
      const from = { tokens: point.token, sequences: sides * point.sequence };
      const index = indices((value) => linesOf(value, from));
      const copies = Array.from(tensorsOf(store), ([tensor, value]) => {
        const copy = ops.empty(linesOf(value, one), tensor.width);
        ops.takeRows(copy, tensor, index(value));
        return copy;
      });
      numbersOf.set(point.t, await Promise.all(copies.map((copy) => ops.read(copy))));
      ops.free(...index.all(), ...copies);
    },
    restore(t, at) {
      const index = indices(() => 0);
      const from = { tokens: at.tokens, sequences: sides * at.sequences };
      const numbers = numbersOf.get(t)!;
      let k = 0;
      for (const [tensor, value] of tensorsOf(store)) {
        const rows = linesOf(value, one);
        const copy = ops.floats(rows, tensor.width, numbers[k++]);
        const place = ops.slice(tensor, linesOf(value, from), rows);
        ops.takeRows(place, copy, index(value));
        ops.free(copy);
      }
      ops.free(...index.all());
      return { pair, t, token: at.tokens, sequence: at.sequences };
    },
    free() {
      budget.bytes += bytes * numbersOf.size;
      numbersOf.clear();
    },
  };
}
