/** Which pairs of a source a run takes: all or so many, those that the model agrees with, its shard. */

import {
  type AgreementOptions,
  agreements,
  inChunks,
  labelOf,
  placesOfShard,
  type Shard,
} from "../../../internal.ts";
import type { ListLabel } from "../../ir/words.ts";
import { UsageError } from "../command.ts";
import { type Source, type SourcePair, takePairs } from "../options/source.ts";
import type { ChunkWork } from "./resumable.ts";

/** How pairs are chosen. */
export interface Choice {
  /** Whether only pairs count that the model classifies as labelled. */
  readonly agreement: boolean;
  /** The part of the pairs that is taken; all unless given. */
  readonly shard?: Shard;
  readonly encoding: AgreementOptions;
  /** Does the work that asks the model for its predictions. */
  readonly ask: (work: ChunkWork<Float64Array>) => Promise<Float64Array>;
}

/** Chosen pairs. */
export interface Chosen {
  /** In the order of their places. */
  readonly kept: readonly SourcePair[];
  /** Pairs of the shard that the model disagrees with. */
  readonly dropped: number;
  /** Pairs that the model was asked about. */
  readonly asked: number;
  /** The labels of all pairs that were looked at, those of other shards too. */
  readonly label: ListLabel;
}

/**
 * Chooses pairs. Of a source that is to give no more than so many, the first in its order are taken; where
 * agreement counts, the first that the model agrees with, however many it takes to find them. So every
 * shard of such a run asks about the same pairs, and then takes its part of them; where nothing limits
 * their number, a shard asks about its own.
 */
export async function choosePairs(source: Source, choice: Choice): Promise<Chosen> {
  const { agreement, shard } = choice;
  const { order, most } = source;
  const isLimited = most < order.length;
  if (!agreement || !isLimited) {
    const all = await takePairs(source);
    const [own, label] = [ofShard(all, shard), labelOf(all)];
    if (!agreement) return { kept: own, dropped: 0, asked: 0, label };
    const predicted = await predictions(own.length, {
      ...choice,
      pairs: (first, end) => Promise.resolve(own.slice(first, end)),
    });
    const kept = own.filter((_, i) => predicted[i] === 1);
    return { kept, dropped: own.length - kept.length, asked: own.length, label };
  }
  const pairs = inGrowingBlocks(source);
  const predicted = await predictions(order.length, { ...choice, pairs, most });
  const last = indexOfNth(predicted, most);
  const asked = last < 0 ? order.length : last + 1;
  const agrees = new Map(order.slice(0, asked).map((place, i) => [place, predicted[i] === 1]));
  const all = (await pairs(0, asked)).toSorted((a, b) => a.index - b.index);
  const own = ofShard(all, shard);
  const kept = own.filter(({ index }) => agrees.get(index));
  return { kept, dropped: own.length - kept.length, asked, label: labelOf(all) };
}

/** 1 for every pair that the model agrees with, in the order in which it is asked, until `most` do. */
async function predictions(
  of: number,
  { pairs, most = Infinity, encoding, ask }: Choice & {
    readonly pairs: (first: number, end: number) => Promise<readonly SourcePair[]>;
    readonly most?: number;
  },
): Promise<Float64Array> {
  let agreeing = 0;
  const isEnough = (values: Float64Array) => {
    agreeing = values.reduce((sum, value) => sum + value, 0);
    return agreeing >= most;
  };
  return await ask({
    ...{ of, things: "predictions", event: "predictions", preparing: true },
    goal: most === Infinity
      ? undefined
      : { things: "agreeing pairs", of: most, done: () => agreeing },
    work: (encoder, chunks) =>
      inChunks({ ...chunks, count: of, numbers: 1, isEnough }, async (first, end) => {
        const agree = await agreements(encoder, await pairs(first, end), encoding);
        return agree.map(Number);
      }),
  });
}

/** Where the n-th 1 stands; -1 where there are fewer. */
function indexOfNth(values: Float64Array, n: number): number {
  let ones = 0;
  return values.findIndex((value) => value === 1 && ++ones === n);
}

/** The pairs of a shard. */
function ofShard(pairs: readonly SourcePair[], shard: Shard | undefined): readonly SourcePair[] {
  if (!shard) return pairs;
  if (shard.of > pairs.length) {
    throw new UsageError(`Cannot cut ${pairs.length} pairs into ${shard.of} shards`);
  }
  return placesOfShard(pairs, shard).map((place) => pairs[place]);
}

/** Least pairs whose texts are fetched at once: that may take a pass over the corpus. */
const BLOCK = 1024;

/** Pairs in the order of a source, fetched in blocks that grow: few passes, and not the whole collection. */
function inGrowingBlocks(source: Source) {
  const fetched: SourcePair[] = [];
  return async (first: number, end: number): Promise<SourcePair[]> => {
    while (fetched.length < end) {
      const size = Math.max(BLOCK, 3 * fetched.length, end - fetched.length);
      const places = source.order.slice(fetched.length, fetched.length + size);
      fetched.push(...await source.pairsOf(places));
    }
    return fetched.slice(first, end);
  };
}
