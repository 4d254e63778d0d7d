/** Which of some texts excite a neuron most. */

import {
  type CrossEncoder,
  evaluatePoints,
  neuronOf,
  pathPair,
  siteValue,
  textsOf,
  tokensOfLines,
} from "../library.ts";
import type { Excitement, Questions } from "../protocol.ts";
import { encodedOf } from "./runs.ts";

/** Texts that are kept. */
const MOST = 10;

/** The neuron's output at every token of every pair; those of the largest output first. */
export async function exciteUnit(
  encoder: CrossEncoder,
  { id, pairs }: Questions["excite"]["ask"],
  { signal, news }: {
    readonly signal: AbortSignal;
    readonly news: (what: { readonly done: number; readonly of: number }) => void;
  },
): Promise<Excitement[]> {
  const { ops, config, graph } = encoder;
  const { layer, component, unit } = neuronOf(config, id);
  const site = siteValue(graph, layer, component);
  const all: Excitement[] = [];
  for (const [pair, texts] of pairs.entries()) {
    signal.throwIfAborted();
    const encoded = encodedOf(encoder, texts);
    const path = { ...pathPair(encoded, "pad", config), label: 1 as const };
    const point = evaluatePoints(encoder, path, { t: [1], target: "logit" });
    const values = await ops.read(point.values.get(site)!);
    point.free();
    const tokens = encoded.tokens.map((piece, i) => ({ piece, segment: encoded.segments[i] }));
    const lines = tokensOfLines(graph, site, textsOf(encoded)) ?? [...tokens.keys()];
    const activation = Array<number | null>(tokens.length).fill(null);
    lines.forEach((token, line) => activation[token] = values[line * site.width + unit]);
    all.push({ pair, tokens, activation, highest: peakOf(activation) });
    news({ done: pair + 1, of: pairs.length });
  }
  return all.sort((a, b) => b.highest - a.highest).slice(0, MOST);
}

function peakOf(values: readonly (number | null)[]): number {
  return Math.max(...values.filter((value) => value !== null));
}
