/** Contributions by input segment: the sum over tokens, split by segment. */

import { attribute } from "../../attribution/attribute.ts";
import type { AttributeOptions, LabelledPair } from "../../attribution/attribution.ts";
import type { Baseline, MovingText } from "../../attribution/target/baseline.ts";
import { conductanceByRange, type TokenRange } from "../../attribution/by_range.ts";
import { labelledPath } from "../../attribution/path/labelled_path.ts";
import { type Rule, rule } from "../../attribution/rule.ts";
import type { Target } from "../../compute/ops.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import { componentsOf, unitsOf } from "../../model/neurons.ts";
import type { EncodeOptions } from "../../model/pair_tokenizer.ts";
import { type ChunkOptions, inChunks } from "../ablation/chunks.ts";
import type { SegmentShare } from "../results/results.ts";

/** Options of {@linkcode segmentShares}; a chunk holds the sums over units of one pair. */
export interface SegmentOptions extends EncodeOptions, ChunkOptions {
  /** The quadrature, as the schemes'; adaptive at tolerance .05 unless given. */
  readonly rule?: Rule;
  /** `logit` unless given. */
  readonly target?: Target;
  /** `pad` unless given. */
  readonly baseline?: Baseline;
  /** Which texts of a bi-encoder move; `both` unless given. */
  readonly path?: MovingText;
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
  options: SegmentOptions = {},
): Promise<SegmentShare[]> {
  const { finished, onChunk, ...rest } = options;
  const { rule: quadrature = rule("adaptive"), target = "logit", ...others } = rest;
  const { config } = encoder;
  const components = componentsOf(config);
  const segments = encoder.tokenizer.segmentNames;
  const pairs = schemes.flatMap((one) => one.pairs);
  const cells = config.layers * components.length * segments.length;
  const numbers = 2 * cells + segments.length + 1; // sums, absolute ones, tokens, evaluations
  const work = { count: pairs.length, numbers, most: 1, finished, onChunk };
  const byPair = await inChunks(work, async (place) => {
    const pair = pairs[place];
    const path = labelledPath(encoder, pair, { target, ...others });
    const { encoded } = path;
    const { points, pairing } = quadrature.kind === "fixed" ? quadrature : {
      pairing: { left: 0.5, right: 0.5 }, // on these points the trapezoid rule gives the same sum
      points: await adaptivePoints(encoder, pair, { ...others, rule: quadrature, target }),
    };
    const tokens = segments.map((_, s) => encoded.segments.filter((one) => one === s).length);
    const ranges = stretches(encoded.segments);
    const layers = await conductanceByRange(encoder, path, { t: points, target, ranges, pairing });
    const units = layers.flatMap((layer) =>
      components.flatMap((component) => {
        const width = unitsOf(config, component);
        const all = layer[component] ?? new Float64Array(); // a layer may lack a component
        return segments.map((_, segment) => {
          const own = new Float64Array(width);
          ranges.forEach((range, r) => {
            if (range.segment !== segment) return;
            for (let unit = 0; unit < width; unit++) own[unit] += all[r * width + unit];
          });
          return own;
        });
      })
    );
    const absolute = units.map((values) => sum(values.map(Math.abs)));
    // the adaptive rule has evaluated its points once already
    const evaluations = points.length * (quadrature.kind === "fixed" ? 1 : 2);
    return [...units.map(sum), ...absolute, ...tokens, evaluations];
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
    const [values, absolute] = [table(0), table(cells)];
    const tokens = [...means.subarray(2 * cells, -1)];
    const about = { pairs: pairs.length, evaluations: means[numbers - 1] };
    return { scheme, segments, components, values, absolute, tokens, ...about };
  });
}

/** Runs of tokens of one segment; a template's own words make several, as they lie around the texts. */
function stretches(segments: Uint8Array): (TokenRange & { readonly segment: number })[] {
  const starts = [...segments.keys()].filter((i) => i === 0 || segments[i] !== segments[i - 1]);
  return starts.map((first, k) => ({
    segment: segments[first],
    first,
    count: (starts[k + 1] ?? segments.length) - first,
  }));
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

/** The points that the adaptive rule takes for a pair. */
async function adaptivePoints(
  encoder: CrossEncoder,
  pair: LabelledPair,
  options: AttributeOptions,
): Promise<readonly number[]> {
  const [{ points }] = await Array.fromAsync(attribute(encoder, [pair], options));
  return points;
}
