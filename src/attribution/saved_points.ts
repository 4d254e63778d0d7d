/** Points of a path in the host's memory, where the device's memory is too small to keep them. */

import type { Tensor } from "../compute/ops.ts";
import type { Capacity } from "../model/kept.ts";
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

/** Every kept tensor, and whether it has a line a sequence in place of a line a token. */
function* tensorsOf({ values, gradients }: PathStore): Generator<readonly [Tensor, boolean]> {
  for (const kept of [values, gradients]) {
    for (const [{ lines }, tensor] of kept) yield [tensor, lines === "sequence"];
  }
}

/** Opens the saved points of a pair, of which there are none yet. */
export function savedPoints(store: PathStore, pair: number, budget: Budget): SavedPoints {
  const { sides, encoder: { ops } } = store;
  const tokens = store.paths[pair].encoded.ids.length;
  const bytes = bytesPerKeptToken(store.encoder) * tokens;
  const numbersOf = new Map<number, readonly (Float32Array | Float64Array)[]>();
  return {
    has: (t) => numbersOf.has(t),
    async save(point) {
      if (numbersOf.has(point.t) || budget.bytes < bytes) return;
      budget.bytes -= bytes;
      const lines = Uint32Array.from({ length: tokens }, (_, i) => point.token + i);
      const byToken = ops.indices(tokens, 1, lines);
      const rows = Uint32Array.from({ length: sides }, (_, side) => sides * point.sequence + side);
      const bySequence = ops.indices(sides, 1, rows);
      const copies = Array.from(tensorsOf(store), ([tensor, perSequence]) => {
        const copy = ops.empty(perSequence ? sides : tokens, tensor.width);
        ops.takeRows(copy, tensor, perSequence ? bySequence : byToken);
        return copy;
      });
      numbersOf.set(point.t, await Promise.all(copies.map((copy) => ops.read(copy))));
      ops.free(byToken, bySequence, ...copies);
    },
    restore(t, at) {
      const inOrder = ops.indices(tokens, 1, Uint32Array.from({ length: tokens }, (_, i) => i));
      const first = ops.indices(sides, 1, Uint32Array.from({ length: sides }, (_, side) => side));
      const numbers = numbersOf.get(t)!;
      let k = 0;
      for (const [tensor, perSequence] of tensorsOf(store)) {
        const rows = perSequence ? sides : tokens;
        const copy = ops.floats(rows, tensor.width, numbers[k++]);
        const place = ops.slice(tensor, perSequence ? sides * at.sequences : at.tokens, rows);
        ops.takeRows(place, copy, perSequence ? first : inOrder);
        ops.free(copy);
      }
      ops.free(inOrder, first);
      return { pair, t, token: at.tokens, sequence: at.sequences };
    },
    free() {
      budget.bytes += bytes * numbersOf.size;
      numbersOf.clear();
    },
  };
}
