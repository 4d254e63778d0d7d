/** Contributions by input segment: the sum over tokens, split (A11). */

import { classOf } from "../../ir/words.ts";
import type { LabelledPair } from "../../attribution/attribute.ts";
import { type Baseline, pathPair } from "../../attribution/baseline.ts";
import { evaluatePoints, pointsThatFit } from "../../attribution/path_points.ts";
import type { LabelledPath } from "../../attribution/path_store.ts";
import type { Target } from "../../compute/ops.ts";
import { isPerSequence } from "../../model/activations.ts";
import { components, unitsOf } from "../../model/components.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import { type EncodeOptions, segments } from "../../model/tokenizer.ts";
import { type ChunkOptions, inChunks } from "../ablation/chunks.ts";
import type { SegmentShare } from "../results/results.ts";

/** Options of {@linkcode segmentShares}; a chunk holds the sums over units of one pair. */
export interface SegmentOptions extends EncodeOptions, ChunkOptions {
  /** Intervals of the trapezoid rule; 32 unless given. */
  readonly steps?: number;
  /** `logit` unless given. */
  readonly target?: Target;
  /** `pad` unless given. */
  readonly baseline?: Baseline;
}

/** The pairs of a scheme. */
export interface SchemePairs {
  /** As results name it: P[ms], N[ms]. */
  readonly scheme: string;
  /** In the order in which they are added up. */
  readonly pairs: readonly LabelledPair[];
}

/** By layer, component, segment. */
type Table = number[][][];

/** Mean contribution of every segment's tokens to each layer's components, by scheme. */
export async function segmentShares(
  encoder: CrossEncoder,
  schemes: readonly SchemePairs[],
  { steps = 32, target = "logit", baseline = "pad", finished, onChunk: onChunk, ...encoding }:
    SegmentOptions = {},
): Promise<SegmentShare[]> {
  const { config } = encoder;
  const pairs = schemes.flatMap((one) => one.pairs);
  const cells = config.layers * components.length * segments.length;
  const numbers = 2 * cells + segments.length; // sums, absolute ones, tokens
  const work = { count: pairs.length, numbers, most: 1, finished, onChunk };
  const byPair = await inChunks(work, async (place) => {
    const { query, passage, label } = pairs[place];
    const encoded = encoder.tokenizer.encode(query, passage, encoding);
    const path = { ...pathPair(encoded, baseline, config), label: classOf(label) };
    const units = (await unitsBySegment(encoder, path, { steps, target })).flat(2);
    const tokens = segments.map((_, s) => encoded.segments.filter((one) => one === s).length);
    return [...units.map(sum), ...units.map((values) => sum(values.map(Math.abs))), ...tokens];
  });
  let place = 0;
  return schemes.map(({ scheme, pairs }): SegmentShare => {
    const means = new Float64Array(numbers); // added in the order of the pairs
    for (const _ of pairs) {
      const at = numbers * place++;
      byPair.subarray(at, at + numbers).forEach((value, i) => means[i] += value / pairs.length);
    }
    const table = (from: number): Table =>
      Array.from({ length: config.layers }, (_, l) =>
        components.map((_, c) => {
          const at = from + (l * components.length + c) * segments.length;
          return [...means.subarray(at, at + segments.length)];
        }));
    const [values, absolute, tokens] = [table(0), table(cells), [...means.subarray(2 * cells)]];
    return { scheme, segments, components, values, absolute, tokens };
  });
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

/** Conductance of every unit by layer, component and segment, of one pair. */
async function unitsBySegment(
  encoder: CrossEncoder,
  path: LabelledPath,
  { steps, target }: { readonly steps: number; readonly target: Target },
): Promise<Float64Array[][][]> {
  const { ops, config } = encoder;
  const found = Array.from(
    { length: config.layers },
    () => components.map((of) => segments.map(() => new Float64Array(unitsOf(config, of)))),
  );
  const length = path.encoded.ids.length;
  const ranges = segments.map((_, s) => ({
    first: path.encoded.segments.indexOf(s),
    count: path.encoded.segments.filter((one) => one === s).length,
  }));
  const chunk = pointsThatFit(encoder, path) - 1; // intervals; chunks share their boundary
  for (let at = 0; at < steps; at += chunk) {
    const intervals = Math.min(chunk, steps - at);
    const t = Array.from({ length: intervals + 1 }, (_, k) => (at + k) / steps);
    const points = evaluatePoints(encoder, path, { t, target });
    const numbers = [...Array(intervals).keys()];
    const byToken = ranges.flatMap(({ first, count }) =>
      numbers.flatMap((
        k,
      ) => [k * length + Math.max(0, first), (k + 1) * length + Math.max(0, first), count])
    );
    const byRow = numbers.flatMap((k) => [k, k + 1, 1]);
    const items = ops.indices(byToken.length / 3, 3, Uint32Array.from(byToken));
    const rowItems = ops.indices(intervals, 3, Uint32Array.from(byRow));
    for (let l = 0; l < config.layers; l++) {
      for (const [c, component] of components.entries()) {
        const perRow = isPerSequence(config, l, component); // the last layer's are [CLS] alone
        const lines = perRow ? rowItems : items;
        const out = ops.empty(lines.rows, unitsOf(config, component));
        const [y, g] = [points.values, points.gradients].map(({ layers }) => layers[l][component]);
        ops.conductance(out, y, g, lines, { left: 0.5, right: 0.5 });
        const each = await ops.read(out);
        ops.free(out);
        const width = unitsOf(config, component);
        each.forEach((value, i) => {
          const segment = perRow ? 0 : Math.floor(i / width / intervals);
          found[l][c][segment][i % width] += value;
        });
      }
    }
    ops.free(items, rowItems);
    points.free();
  }
  return found;
}
