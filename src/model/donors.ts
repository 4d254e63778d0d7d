/** Donors: runs that units' values are taken from, line by line at the same relative positions. */

import type { Tensor } from "../compute/ops.ts";
import { freeSequences, type PathPair, uploadPairs, uploadSequences } from "./batch.ts";
import { type Encoder, freeRun, openRun, runSteps } from "./forward.ts";
import type { Value } from "./steps.ts";
import { linesOf } from "./kept.ts";
import type { MaskedNeuron } from "./mask.ts";
import { type EncodedPair, textsOf } from "./pair_tokenizer.ts";

/** The run that a pair's units are taken from. */
export interface Donor {
  readonly path: PathPair;
  /** The point of its path: 1 the input, 0 the baseline. */
  readonly t: number;
}

/** The sites whose units some set takes from donors, from the first step on. */
export function donatedSites(
  { graph }: Pick<Encoder, "graph">,
  sets: readonly (readonly MaskedNeuron[])[],
): { readonly values: readonly Value[]; readonly end: number } {
  const names = new Set(
    sets.flatMap((neurons) =>
      neurons.flatMap(({ layer, component, shift }) =>
        shift === "donor" ? [`${layer}.${component}`] : []
      )
    ),
  );
  const sites = graph.sites.filter(({ layer, component }) => names.has(`${layer}.${component}`));
  return {
    values: sites.map(({ value }) => value),
    end: Math.max(0, ...sites.map(({ step }) => step + 1)),
  };
}

/** Line i of `of` lines as one of `among`: the same part of the way from the first to the last. */
export function relativeLine(i: number, of: number, among: number): number {
  return of < 2 ? 0 : Math.round(i * (among - 1) / (of - 1));
}

/** What sites hold in the donors of pairs, a line a line of those pairs: to be freed by who asked. */
export function donorValues(
  encoder: Encoder,
  pairs: readonly EncodedPair[],
  { donors, values, end }: ReturnType<typeof donatedSites> & { readonly donors: readonly Donor[] },
): Map<Value, Tensor> {
  const { ops, graph, config, weights } = encoder;
  const tensors = uploadPairs(ops, config, weights, donors.map(({ path }) => path));
  const points = donors.map(({ t }, pair) => ({ pair, t }));
  const sequences = uploadSequences(ops, graph, tensors, points);
  const capacity = { tokens: sequences.tokens, sequences: sequences.count };
  const kept = new Map(
    values.map((value) => [value, ops.empty(linesOf(value, capacity), value.width)]),
  );
  const run = openRun({ pairs: tensors, sequences }, kept, false);
  runSteps(encoder, run, { from: 0, to: end });
  const lines: number[] = [];
  let first = 0;
  pairs.forEach((pair, p) => {
    const texts = textsOf(donors[p].path.encoded);
    textsOf(pair).forEach(({ count }, text) => {
      const among = texts[text].count;
      for (let i = 0; i < count; i++) lines.push(first + relativeLine(i, count, among));
      first += among;
    });
  });
  const index = ops.indices(lines.length, 1, Uint32Array.from(lines));
  const found = new Map<Value, Tensor>();
  for (const [value, tensor] of kept) {
    if (value.lines !== "token") found.set(value, tensor);
    else {
      const taken = ops.empty(lines.length, value.width);
      ops.takeRows(taken, tensor, index);
      ops.free(tensor);
      found.set(value, taken);
    }
  }
  freeRun(encoder, run);
  freeSequences(ops, sequences);
  ops.free(index, tensors.words, tensors.tokens);
  return found;
}
