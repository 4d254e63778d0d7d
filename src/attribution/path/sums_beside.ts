/** Sums other than those of neurons over all tokens: of heads, and by segment. */

import type { EndpointWeights } from "../../compute/ops.ts";
import type { Interval } from "./path_store.ts";

/** Sums of some pairs. */
export interface SumsBeside {
  /** Adds the conductances of intervals in their order: a list for every pair. */
  add(intervals: readonly (readonly Interval[])[], pairing: EndpointWeights): void;
  /**
   * Reads the sums. The result is a function that writes them to their places in the vector of every pair. Such
   * a vector has blocks of `neurons` numbers: one of the pair, or two of two pairs; then one of each segment.
   */
  read(): Promise<(conductances: readonly Float64Array[], neurons: number) => void>;
  /** Gives the memory back. */
  free(): void;
}
