/** The long work of a description, kept in a run's journal. */

import { type CrossEncoder, type DescribeWork, neuronValues } from "../../../internal.ts";
import type { Run } from "./open_run.ts";
import { doChunks } from "./resumable.ts";

/** The first byte of records, by what they are of. */
const KINDS = { "pairs": 5, "minimal pairs": 6 } as const;

/** What is finished is kept in the run's journal; a lost device is followed by another. */
export function describeWork(run: Run): DescribeWork {
  return {
    values: (things, pairs, neurons, options) =>
      doChunks(run, {
        ...{ things, of: pairs.length, kind: KINDS[things] },
        work: (encoder, chunks) => neuronValues(encoder, pairs, neurons, { ...options, ...chunks }),
      }),
    async on<T>(work: (encoder: CrossEncoder) => Promise<T>): Promise<T> {
      const results = run.stream(async function* (encoder) {
        yield await work(encoder);
      });
      const { value } = await results.next();
      return value!;
    },
  };
}
