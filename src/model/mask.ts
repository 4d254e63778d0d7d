/**
 * What neurons' outputs are multiplied by, as tensors: 0 zeroes a neuron, 1 leaves it; and what takes
 * their place.
 */

import type { Ops, Tensor } from "../compute/ops.ts";
import {
  checkNeuron,
  type Component,
  type Neuron,
  neuronName,
  type NeuronSpace,
  unitsOf,
} from "./neurons.ts";
import { type Graph, tokensOfTexts } from "./graph.ts";
import type { Value } from "./steps.ts";
import { isHeads, SEGMENTS } from "./heads.ts";
import { type EncodedPair, textsOf } from "./pair_tokenizer.ts";

/** A neuron of a mask. */
export interface MaskedNeuron extends Neuron {
  /** What its output is multiplied by; 0 unless given. */
  readonly factor?: number;
  /** What is added then: a number, or what the neuron gives in the pair's donor; nothing unless given. */
  readonly shift?: number | "donor";
}

/** Tensors [masks, units] by layer, of the components in which some mask changes something. */
type ByLayer = readonly Readonly<Record<Component, Tensor>>[];

/** One or more masks; every row of a batch uses one of them. */
export interface Masks {
  /** For every layer, factors [masks, units] of the components in which some mask changes something. */
  readonly keep: ByLayer;
  /** Where some neuron is shifted by a number: what is added to the components' outputs. */
  readonly shift?: ByLayer;
  /** Where some neuron is shifted by its donor's output: 1 for those neurons, 0 for others. */
  readonly donated?: ByLayer;
  /**
   * Where some neuron is shifted: factors in DeBERTa's tables of positions, which are the same whatever
   * the input. A shifted neuron keeps its own there.
   */
  readonly inTables?: ByLayer;
  /** Where some head is masked: factors of attention probabilities [masks, 25 H], by layer and component. */
  readonly heads?: readonly Readonly<Record<Component, Float32Array>>[];
  /** Whether what masked heads leave of a token's probabilities is made to sum to 1 again. */
  readonly renormalised?: boolean;
}

/** Which segment, and which mask and segment, the lines of a batch are of. */
export interface SegmentLines {
  /** index [lines, 1]: the segment. */
  readonly segment: Tensor;
  /** index [lines, 1]: 5 mask + segment. */
  readonly maskAndSegment: Tensor;
}

/** What sites hold in the donors of a batch's pairs, a line a line of the batch's unmasked pass. */
export interface DonorLines {
  readonly values: ReadonlyMap<Value, Tensor>;
  readonly ofToken: Tensor; // index [M, 1], which of those lines
  readonly ofSequence: Tensor; // index [R, 1]
  readonly ofText?: Tensor; // index [2R, 1], where query and passage are encoded apart
}

/** The masks used by the sequences of one batch. */
export interface MasksOfRows {
  readonly masks: Masks;
  readonly ofToken: Tensor; // index [M, 1]
  readonly ofSequence: Tensor; // index [R, 1]
  readonly ofText?: Tensor; // index [2R, 1], where query and passage are encoded apart
  /** Where masks take neurons' outputs from donors. */
  readonly donors?: DonorLines;
  /** Where masks change heads, by kind of lines. */
  readonly segments?: Readonly<Record<Value["lines"], SegmentLines | undefined>>;
}

/** The lines that a value's lines use. */
export function linesUsed(
  { ofToken, ofSequence, ofText }: Pick<MasksOfRows, "ofToken" | "ofSequence" | "ofText">,
  { lines }: Value,
): Tensor {
  return { token: ofToken, sequence: ofSequence, text: ofText! }[lines];
}

/** Which of `masks` each line of a batch uses: its sequences are of `pairs`, and use `of`. */
export function masksOfRows(
  ops: Ops,
  masks: Masks,
  { graph, pairs, of }: {
    readonly graph: Pick<Graph, "texts" | "taken" | "kinds">;
    readonly pairs: readonly Pick<EncodedPair, "ids" | "segments" | "second">[];
    readonly of: readonly number[];
  },
): MasksOfRows {
  const upload = (lines: readonly number[]) =>
    ops.indices(lines.length, 1, Uint32Array.from(lines));
  const ofToken = of.flatMap((mask, r) => Array<number>(pairs[r].ids.length).fill(mask));
  const ofText = of.flatMap((mask) => [mask, mask]);
  const rows = {
    masks,
    ofToken: upload(ofToken),
    ofSequence: upload(of),
    ...(graph.texts === 2 ? { ofText: upload(ofText) } : {}),
  };
  if (!masks.heads) return rows;
  const segmentsOf = (lines: readonly number[], maskOf: readonly number[]): SegmentLines => ({
    segment: upload(lines),
    maskAndSegment: upload(lines.map((segment, i) => SEGMENTS * maskOf[i] + segment)),
  });
  const taken = pairs.map((pair) =>
    tokensOfTexts(graph, textsOf(pair)).map((token) => pair.segments[token])
  );
  return {
    ...rows,
    segments: {
      token: segmentsOf(pairs.flatMap(({ segments }) => [...segments]), ofToken),
      sequence: segmentsOf(taken.map(([first]) => first), of),
      text: graph.texts === 2 ? segmentsOf(taken.flat(), ofText) : undefined,
    },
  };
}

/** Frees what {@linkcode masksOfRows} made. */
export function freeMasksOfRows(ops: Ops, rows: MasksOfRows): void {
  const { ofToken, ofSequence, ofText, segments } = rows;
  ops.free(ofToken, ofSequence, ...(ofText ? [ofText] : []));
  for (const lines of Object.values(segments ?? {})) {
    if (lines) ops.free(lines.segment, lines.maskAndSegment);
  }
}

/**
 * Masks that zero, scale or shift the given neurons, one mask a set.
 *
 * @throws {RangeError} where the model has no such neuron, or a factor is no finite number.
 */
export function neuronMasks(
  ops: Ops,
  config: NeuronSpace,
  sets: readonly (readonly MaskedNeuron[])[],
  { renormalise = false }: {
    /** Whether what zeroed heads leave of a token's probabilities sums to 1 again. */
    readonly renormalise?: boolean;
  } = {},
): Masks {
  const all = sets.flat();
  const isShifted = all.some(({ shift }) => typeof shift === "number");
  const isDonated = all.some(({ shift }) => shift === "donor");
  for (const neuron of all) {
    checkNeuron(config, neuron);
    const { factor = 0, shift = 0 } = neuron;
    if (isHeads(neuron.component) && neuron.shift !== undefined) {
      throw new RangeError(
        `Cannot replace ${
          neuronName(neuron)
        }: attention probabilities can be zeroed or scaled alone`,
      );
    }
    for (const [what, value] of [["factor", factor], ["shift", shift]] as const) {
      if (value === "donor" || Number.isFinite(value)) continue;
      throw new RangeError(
        `Cannot mask neuron ${neuronName(neuron)}: expected a finite ${what}, got ${value}`,
      );
    }
  }
  /** A number of every masked neuron, and `others` for those beside them; none gives none. */
  const table = (others: 0 | 1, of: (neuron: MaskedNeuron) => number | undefined): ByLayer => {
    const rows = new Map<string, Float32Array | Float64Array>();
    const Numbers = others === 0 ? Float64Array : Float32Array; // factors are rounded, shifts are not
    sets.forEach((neurons, mask) => {
      for (const neuron of neurons) {
        const { layer, component, unit } = neuron;
        const value = isHeads(component) ? undefined : of(neuron);
        if (value === undefined) continue;
        const units = unitsOf(config, component);
        const key = `${layer}.${component}`;
        const numbers = rows.get(key) ?? new Numbers(sets.length * units).fill(others);
        numbers[mask * units + unit] = value;
        rows.set(key, numbers);
      }
    });
    const found = Array.from({ length: config.layers }, (): Record<Component, Tensor> => ({}));
    for (const [key, numbers] of rows) {
      const [layer, component] = key.split(".") as [string, string];
      found[Number(layer)][component] = ops.floats(
        sets.length,
        unitsOf(config, component),
        numbers,
      );
    }
    return found;
  };
  return {
    keep: table(1, ({ factor = 0 }) => factor),
    ...(isShifted && {
      shift: table(0, ({ shift }) => typeof shift === "number" ? shift : undefined),
    }),
    ...(isDonated && { donated: table(0, ({ shift }) => shift === "donor" ? 1 : undefined) }),
    ...(all.some(({ component }) => isHeads(component)) && {
      heads: headFactors(config, sets),
      renormalised: renormalise,
    }),
    ...((isShifted || isDonated) && {
      inTables: table(1, ({ factor = 0, shift }) => shift === undefined ? factor : 1),
    }),
  };
}

/** Factors [masks, 25 H] of the heads that some set has, by layer. */
function headFactors(
  config: NeuronSpace,
  sets: readonly (readonly MaskedNeuron[])[],
): NonNullable<Masks["heads"]> {
  const found = Array.from({ length: config.layers }, (): Record<Component, Float32Array> => ({}));
  sets.forEach((neurons, mask) => {
    for (const { layer, component, unit, factor = 0 } of neurons) {
      if (!isHeads(component)) continue;
      const units = unitsOf(config, component);
      found[layer][component] ??= new Float32Array(sets.length * units).fill(1);
      found[layer][component][mask * units + unit] = factor;
    }
  });
  return found;
}

/** Frees masks. */
export function freeMasks(
  ops: Ops,
  { keep, shift = [], donated = [], inTables = [] }: Masks,
): void {
  const all = [...keep, ...shift, ...donated, ...inTables];
  ops.free(...all.flatMap((layer) => Object.values(layer)));
}
