/** The path of one attributed pair, kept open: any component's numbers by token and by point. */

import type { Target } from "../compute/ops.ts";
import type { CrossEncoder } from "../model/cross_encoder.ts";
import { textsOf } from "../model/pair_tokenizer.ts";
import { findSite, type Site, tokensOfLines } from "../model/graph.ts";
import { linesOf } from "../model/kept.ts";
import type { Masks } from "../model/mask.ts";
import type { Component } from "../model/neurons.ts";
import type { EncodeOptions } from "../model/pair_tokenizer.ts";
import type { LabelledPair } from "./attribution.ts";
import type { Baseline, MovingText } from "./target/baseline.ts";
import { labelledPath } from "./path/labelled_path.ts";
import { evaluatePoints, type PathPoints, pointsThatFit } from "./path/path_points.ts";
import { bytesPerKeptToken } from "./path/path_store.ts";

/** Options of {@linkcode openPairPath}. */
export interface PairPathOptions extends EncodeOptions {
  /** Where the path is evaluated, ascending: the points of the pair's attribution. */
  readonly points: readonly number[];
  /** `logit` unless given. */
  readonly target?: Target;
  /** `pad` unless given. */
  readonly baseline?: Baseline;
  /** Which texts of a bi-encoder move; `both` unless given. */
  readonly path?: MovingText;
  /** Neurons that are zeroed or scaled: the first mask is used. */
  readonly masks?: Masks;
}

/** One component of one layer along the path; units lie side by side in every row. */
export interface ComponentPath {
  /** Number of units. */
  readonly units: number;
  /** Conductance [tokens, units], by the trapezoid rule; zeros but for one token where a text has the value once. */
  readonly byToken: Float64Array;
  /** Sums over tokens [points, units]. */
  readonly activation: Float64Array;
  /** Sums over tokens [points, units]. */
  readonly gradient: Float64Array;
  /** Conductance from the baseline up to each point [points, units]. */
  readonly cumulative: Float64Array;
}

/** A pair's path. */
export interface PairPath {
  /** Its points, ascending. */
  readonly points: readonly number[];
  /** F at them. */
  readonly F: readonly number[];
  /** The numbers of one layer's component; costs no evaluation. */
  component(layer: number, component: Component): Promise<ComponentPath>;
  /** Gives its memory back. */
  close(): void;
}

/** Part of the memory of a batch that kept points may take; later evaluations need the rest. */
const PART = 0.5;

/**
 * Evaluates a pair's path once. Where all its points fit in half of the memory of a batch they are
 * kept on the device, and components are read when they are asked for; else the numbers of every
 * component are taken at once, and only they are kept.
 */
export async function openPairPath(
  model: CrossEncoder,
  pair: LabelledPair,
  { points: t, target = "logit", masks, ...options }: PairPathOptions,
): Promise<PairPath> {
  const { ops, graph } = model;
  const path = labelledPath(model, pair, { target, ...options });
  const tokens = path.encoded.ids.length;
  const most = pointsThatFit(model, path);
  const starts: number[] = []; // chunks share their boundary point
  for (let at = 0; at === 0 || at < t.length - 1; at += most - 1) starts.push(at);
  const size = (lines: number) => lines * bytesPerKeptToken(model);
  const keeps = size(tokens * (t.length + starts.length - 1)) <= PART * ops.limits.memoryBytes;
  const F = Array<number>(t.length);

  async function evaluate(at: number): Promise<PathPoints> {
    const points = evaluatePoints(model, path, { t: t.slice(at, at + most), target, masks });
    (await ops.read(points.F)).forEach((value, i) => F[at + i] = value);
    return points;
  }
  const siteOf = (layer: number, component: Component): Site => {
    const site = findSite(graph, layer, component);
    if (site) return site;
    throw new RangeError(`Cannot follow ${layer}.${component}: the model has no such linear`);
  };
  const empty = ({ value: { width: units } }: Site): ComponentPath => {
    const byPoint = () => new Float64Array(t.length * units);
    return {
      units,
      byToken: new Float64Array(tokens * units),
      activation: byPoint(),
      gradient: byPoint(),
      cumulative: byPoint(),
    };
  };
  async function add(
    into: ComponentPath,
    { values, gradients }: PathPoints,
    { at, site: { value } }: { readonly at: number; readonly site: Site },
  ) {
    const lines = linesOf(value, { tokens, sequences: 1 });
    const [y, g] = await Promise.all(
      [values, gradients].map((all) => ops.read(all.get(value)!)),
    );
    const tokenOf = tokensOfLines(graph, value, textsOf(path.encoded));
    addPoints(into, { y, g, at, lines, tokenOf });
  }

  if (!keeps) {
    const all = new Map(graph.sites.map((site) => [site, empty(site)]));
    for (const at of starts) {
      const chunk = await evaluate(at);
      for (const [site, into] of all) await add(into, chunk, { at, site });
      chunk.free();
    }
    return {
      points: t,
      F,
      component: (layer, component) => Promise.resolve(all.get(siteOf(layer, component))!),
      close: () => all.clear(),
    };
  }
  const chunks: PathPoints[] = [];
  const close = () => chunks.splice(0).forEach((chunk) => chunk.free());
  try {
    for (const at of starts) chunks.push(await evaluate(at));
  } catch (error) {
    close();
    throw error;
  }
  return {
    points: t,
    F,
    async component(layer, component) {
      if (chunks.length === 0) throw new Error("Cannot follow the path: it was closed");
      const site = siteOf(layer, component);
      const into = empty(site);
      for (const [i, chunk] of chunks.entries()) await add(into, chunk, { at: starts[i], site });
      return into;
    },
    close,
  };
}

/**
 * Adds a chunk's points: Σ over tokens of y and g, and of ½ (g[k-1] + g[k]) (y[k] - y[k-1]), in
 * float64. y, g [points, lines, units]; the first point of a later chunk was the last one before.
 */
function addPoints(
  { units, byToken, activation, gradient, cumulative }: ComponentPath,
  { y, g, at, lines, tokenOf }: {
    readonly y: ArrayLike<number>;
    readonly g: ArrayLike<number>;
    readonly at: number;
    readonly lines: number;
    /** The token of each line; its own place unless given. */
    readonly tokenOf?: readonly number[];
  },
): void {
  const size = lines * units;
  for (let k = at === 0 ? 0 : 1; k < y.length / size; k++) {
    const row = (at + k) * units;
    if (at + k > 0) {
      for (let unit = 0; unit < units; unit++) {
        cumulative[row + unit] = cumulative[row - units + unit];
      }
    }
    for (let i = 0; i < size; i++) {
      const now = k * size + i;
      const unit = i % units;
      activation[row + unit] += y[now];
      gradient[row + unit] += g[now];
      if (k === 0) continue;
      const part = 0.5 * (g[now - size] + g[now]) * (y[now] - y[now - size]);
      byToken[tokenOf ? tokenOf[Math.floor(i / units)] * units + unit : i] += part;
      cumulative[row + unit] += part;
    }
  }
}
