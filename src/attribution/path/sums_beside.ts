/** Sums that stand beside those of neurons over all tokens: of heads, and by segment. */

import type { EndpointWeights } from "../../compute/ops.ts";
import type { Interval } from "./path_store.ts";

/** Sums of some pairs. */
export interface SumsBeside {
  /** Adds the conductances of intervals in their order: a list for every pair. */
  add(intervals: readonly (readonly Interval[])[], pairing: EndpointWeights): void;
  /**
   * Reads the sums; the result writes them to their places in every pair's vectors, `neurons` each: of the pair,
   * or of two pairs one after the other, then of each segment.
   */
  read(): Promise<(conductances: readonly Float64Array[], neurons: number) => void>;
  /** Gives the memory back. */
  free(): void;
}
