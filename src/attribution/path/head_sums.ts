/**
 * The conductances of attention heads. With A the probabilities of a head, O = A V its context and ∂F/∂O
 * its gradient, an interval [a, b] of the path adds to the pair of segments (s, r)
 *
 *     Σ_{i ∈ s} Σ_{j ∈ r} (left ∂F/∂A(a) + right ∂F/∂A(b))_ij (A(b) - A(a))_ij,  ∂F/∂A_ij = ∂F/∂O_i · V_j
 *
 * and Σ_{j ∈ r} A_ij V_j is attention to the values of segment r alone, others being zero. So the sums are
 * made of attention itself, with queries and keys of one end and values of another, and nothing of the
 * shape [tokens, tokens] is ever stored.
 */

import type { Attention, EndpointWeights, Tensor } from "../../compute/ops.ts";
import { attentionOptions } from "../../model/forward.ts";
import type { HeadSite } from "../../model/graph.ts";
import type { Value } from "../../model/steps.ts";
import { SEGMENT_PAIRS, SEGMENTS, unitOfHead } from "../../model/heads.ts";
import { onlySegments } from "../../model/masked_heads.ts";
import { numbersPerPass } from "../../model/memory.ts";
import { firstId } from "../../model/neurons.ts";
import type { Interval, PathStore } from "./path_store.ts";
import type { SumsBeside } from "./sums_beside.ts";
import { itemsBySegment, linesOfPoint, type TextRun } from "./segment_items.ts";

/** Vectors that each token of both ends needs: queries, keys, values, context, its gradient and one more. */
const WIDTHS = 12;
/** The part of a store that a pass takes at most. */
const PASS_PART = 1 / 4;

/** An interval, and the place of its pair among those that are summed. */
type IntervalOfPair = readonly [pair: number, interval: Interval];

/** Opens sums of `count` pairs whose points a store keeps. */
export function headSums(store: PathStore, count: number): SumsBeside {
  const { values, gradients, sides, encoder, paths, capacity } = store;
  const { ops, config, graph } = encoder;
  const sums = new Map(
    graph.heads.map((site) => [
      site,
      ops.zeros(sides * SEGMENT_PAIRS * count, site.attend.attention.heads),
    ]),
  );
  /** Sums over each head's columns, as a linear [H, H·d]. */
  const headsOf = new Map<string, { readonly weight: Tensor; readonly bias: Tensor }>();
  const overColumns = (heads: number, width: number) => {
    const key = `${heads} ${width}`;
    const found = headsOf.get(key) ?? {
      weight: ops.weights(
        heads,
        width,
        Float32Array.from(
          { length: heads * width },
          (_, i) => Math.floor((i % width) * heads / width) === Math.floor(i / width) ? 1 : 0,
        ),
      ),
      bias: ops.zeros(1, heads),
    };
    headsOf.set(key, found);
    return found;
  };
  const indices = (width: number, numbers: readonly number[]) =>
    ops.indices(numbers.length / width, width, Uint32Array.from(numbers));

  /** Both ends of some intervals side by side: all left ones, then all right ones, and where their lines lie. */
  function gather(site: HeadSite, side: number, intervals: readonly IntervalOfPair[]) {
    const { query, key, value, out, attention: { heads } } = site.attend;
    const runsOf = (of: Value) =>
      [0, 1].map((end) =>
        intervals.map(([, interval]) => linesOfPoint(store, interval[end], { side, value: of }))
      );
    const [queries, keys] = [runsOf(query), runsOf(key)];
    const [q, k] = [queries.flat(2), keys.flat(2)];
    const linesOf = (runs: readonly TextRun[]) =>
      indices(1, runs.flatMap(({ first, segments }) => Array.from(segments, (_, i) => first + i)));
    const rowOf = (runs: readonly TextRun[]) =>
      indices(1, runs.flatMap(({ segments }, row) => Array<number>(segments.length).fill(row)));
    const longest = (runs: readonly TextRun[]) =>
      Math.max(...runs.map(({ segments }) => segments.length));
    // gathered lines lie one run after another
    let firstKey = 0;
    let firstQuery = 0;
    const rows = q.flatMap(({ segments: { length } }, r) => {
      const { segments: { length: keys }, unseen = 0 } = k[r];
      const row = [firstKey, keys - unseen, firstQuery, length];
      firstKey += keys;
      firstQuery += length;
      return row;
    });
    let line = 0;
    const [from, to] = queries.map((end) =>
      end.map((texts) =>
        texts.map(({ segments }): TextRun => ({
          first: (line += segments.length) - segments.length,
          segments,
        }))
      )
    );
    const index = { query: linesOf(q), key: linesOf(k), segmentOfKey: segmentsOf(k) };
    const ends = keys.map((end) => linesOf([...end.flat(), ...end.flat()]));
    const layout = { rows: indices(4, rows), rowOfQuery: rowOf(q), rowOfKey: rowOf(k) };
    const items = itemsBySegment(
      ops,
      intervals.map(([pair], i) => ({ pair, from: from[i], to: to[i] })),
      count,
    );
    const found = {
      ...items,
      query: gathered(values.get(query)!, index.query),
      key: gathered(values.get(key)!, index.key),
      gradient: gathered(gradients.get(out)!, index.query),
      context: ops.empty(firstQuery, query.width),
      lse: ops.empty(firstQuery, heads),
    };
    return {
      ...found,
      segments: [...new Set(k.flatMap(({ segments }) => [...segments]))].sort((a, b) => a - b),
      /** The values of one end, at the lines of both ends; those of all segments but one are zeros. */
      valuesOf(end: 0 | 1, keep: Tensor) {
        const V = gathered(values.get(value)!, ends[end]);
        ops.mask(V, { keep, maskOf: index.segmentOfKey });
        return V;
      },
      inputs: {
        ...{ query: found.query, key: found.key, ...layout },
        longest: { queries: longest(q), keys: longest(k) },
        ...attentionOptions(encoder, site.attend),
      } satisfies Omit<Attention, "value">,
      free: () =>
        ops.free(
          ...[...Object.values(found), ...Object.values(index), ...ends],
          ...Object.values(layout),
        ),
    };
  }
  function gathered(from: Tensor, lines: Tensor): Tensor {
    const copy = ops.empty(lines.rows, from.width);
    ops.takeRows(copy, from, lines);
    return copy;
  }
  const segmentsOf = (runs: readonly TextRun[]) =>
    indices(1, runs.flatMap(({ segments }) => [...segments]));

  /** Adds a few intervals at one site and side. */
  function addAt(
    site: HeadSite,
    side: number,
    intervals: readonly IntervalOfPair[],
    { left, right }: EndpointWeights,
  ) {
    const { query, value, attention: { heads } } = site.attend;
    const ends = gather(site, side, intervals);
    const { items, groups, context, lse, gradient } = ends;
    const weights = ([[0, { left, right: 0 }], [1, { left: 0, right }]] as const)
      .filter(([, { left, right }]) => left !== 0 || right !== 0);
    for (const segment of ends.segments) {
      const keep = onlySegments(ops, [segment], value.width);
      const parts = weights.map(([end, pairing]) => {
        const V = ends.valuesOf(end, keep);
        ops.attention(context, lse, { ...ends.inputs, value: V });
        const part = ops.empty(items.rows, query.width);
        ops.conductance(part, context, gradient, items, pairing);
        ops.free(V);
        return part;
      });
      if (parts.length === 2) ops.add(parts[0], parts[0], parts[1]);
      const byHead = ops.empty(items.rows, heads);
      ops.linear(byHead, parts[0], overColumns(heads, query.width));
      const at = (side * SEGMENTS + segment) * SEGMENTS * count;
      ops.sumRows(sums.get(site)!, byHead, groups, { accumulate: true, at });
      ops.free(keep, byHead, ...parts);
    }
    ends.free();
  }

  /** Writes what was summed at a site to its place in every pair's conductances. */
  function write(
    conductances: readonly Float64Array[],
    { site: { layer, component, attend }, numbers, neurons }: {
      readonly site: HeadSite;
      readonly numbers: ArrayLike<number>;
      readonly neurons: number;
    },
  ) {
    const { heads } = attend.attention;
    const id = firstId(config, layer, component);
    for (let line = 0; line < sides * SEGMENT_PAIRS * count; line++) {
      const pair = line % count;
      const from = Math.floor(line / count) % SEGMENTS;
      const to = Math.floor(line / (count * SEGMENTS)) % SEGMENTS;
      const side = Math.floor(line / (count * SEGMENT_PAIRS));
      for (let head = 0; head < heads; head++) {
        const at = side * neurons + id + unitOfHead({ head, from, to });
        conductances[pair][at] = numbers[line * heads + head];
      }
    }
  }

  return {
    add(intervals, pairing) {
      const all = intervals.flatMap((own, pair) => own.map((one) => [pair, one] as const));
      for (const site of graph.heads) {
        const most = Math.min(ops.limits.passTokens, PASS_PART * capacity.tokens) *
          numbersPerPass(graph).gradients / (WIDTHS * site.attend.query.width);
        for (let side = 0; side < sides; side++) {
          for (let from = 0; from < all.length;) {
            let [to, tokens] = [from, 0];
            for (; to < all.length; to++) {
              tokens += paths[all[to][1][0].pair].encoded.ids.length;
              if (to > from && tokens > most) break;
            }
            addAt(site, side, all.slice(from, to), pairing);
            from = to;
          }
        }
      }
    },
    async read() {
      const read = await Promise.all(
        Array.from(sums, async ([site, tensor]) => [site, await ops.read(tensor)] as const),
      );
      return (conductances, neurons) => {
        for (const [site, numbers] of read) write(conductances, { site, numbers, neurons });
      };
    },
    free() {
      ops.free(...sums.values());
      for (const { weight, bias } of headsOf.values()) ops.free(weight, bias);
    },
  };
}
