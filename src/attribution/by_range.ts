/** Conductance by ranges of tokens: the sum over tokens, split, for every unit of every component. */

import type { EndpointWeights, Target } from "../compute/ops.ts";
import type { Encoder } from "../model/forward.ts";
import { textsOf } from "../model/pair_tokenizer.ts";
import { tokensOfTexts } from "../model/graph.ts";
import { type Component, partsOf } from "../model/neurons.ts";
import { evaluatePoints, pointsThatFit } from "./path/path_points.ts";
import type { LabelledPath } from "./path/path_store.ts";

/** Tokens `first` … `first + count - 1` of a pair. */
export interface TokenRange {
  readonly first: number;
  readonly count: number;
}

/** Conductance of one layer's units by component: [ranges, units], row by row. */
export type RangeConductance = Readonly<Record<Component, Float64Array>>;

/**
 * Integrates over the ascending points `t` of a path for each range of tokens separately, by the
 * trapezoid rule unless `pairing` gives other weights; one result a layer. What is computed for one token of
 * a text only, such as all but keys and values in the last layer, counts for the ranges that hold that token:
 * [CLS], or a decoder's last.
 */
export async function conductanceByRange(
  encoder: Encoder,
  path: LabelledPath,
  { t, target, ranges, pairing = { left: 0.5, right: 0.5 } }: {
    readonly t: readonly number[];
    readonly target: Target;
    readonly ranges: readonly TokenRange[];
    readonly pairing?: EndpointWeights;
  },
): Promise<RangeConductance[]> {
  const { ops, config, graph } = encoder;
  const found = Array.from({ length: config.layers }, (): Record<Component, Float64Array> => ({}));
  for (const { layer, component, units } of partsOf(config)) {
    found[layer][component] = new Float64Array(ranges.length * units);
  }
  const length = path.encoded.ids.length;
  /** For each text, the token for which a value counts that the text has once. */
  const places = tokensOfTexts(graph, textsOf(path.encoded));
  /** For each range the texts whose token it holds, as (text, range). */
  const ofPlace = ranges.flatMap(({ first, count }, r) =>
    places.flatMap((place, text) =>
      place >= first && place < first + count ? [[text, r] as const] : []
    )
  );
  const most = pointsThatFit(encoder, path) - 1; // intervals; chunks share their boundary point
  for (let at = 0; at < t.length - 1; at += most) {
    const chunk = t.slice(at, at + most + 1);
    const intervals = Array.from({ length: chunk.length - 1 }, (_, k) => k);
    const points = evaluatePoints(encoder, path, { t: chunk, target });
    const byToken = intervals.flatMap((k) =>
      ranges.flatMap(({ first, count }) => [k * length + first, (k + 1) * length + first, count])
    );
    const items = ops.indices(byToken.length / 3, 3, Uint32Array.from(byToken));
    const { length: texts } = places;
    const byText = intervals.flatMap((k) =>
      places.flatMap((_, text) => [k * texts + text, (k + 1) * texts + text, 1])
    );
    const textItems = ops.indices(byText.length / 3, 3, Uint32Array.from(byText));
    for (const { layer, component, value } of graph.sites) {
      const { width } = value;
      const isOne = value.lines !== "token";
      const lines = isOne ? textItems : items;
      const out = ops.empty(lines.rows, width);
      const [y, g] = [points.values.get(value)!, points.gradients.get(value)!];
      ops.conductance(out, y, g, lines, pairing);
      const each = await ops.read(out); // [intervals, ranges or texts, width]
      ops.free(out);
      const sums = found[layer][component];
      const step = isOne ? texts : ranges.length;
      for (const [line, r] of isOne ? ofPlace : ranges.map((_, r) => [r, r] as const)) {
        for (const k of intervals) {
          const from = (k * step + line) * width;
          for (let unit = 0; unit < width; unit++) sums[r * width + unit] += each[from + unit];
        }
      }
    }
    ops.free(items, textItems);
    points.free();
  }
  return found;
}
