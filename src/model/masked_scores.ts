/** Scores of the same pairs under many masks: what lies below a mask's first layer is computed once. */

import { freeSequences, type PathPoint, uploadPairs, uploadSequences } from "./batch.ts";
import { batchesOf, type Score, scoreOf, tokensOfBatch } from "./cross_encoder.ts";
import { donatedSites, type Donor, donorValues } from "./donors.ts";
import { type Encoder, freeRun, logitsOf, maskOf, openRun, runSteps } from "./forward.ts";
import type { Graph } from "./graph.ts";
import { inputsOf } from "./steps.ts";
import { isHeads } from "./heads.ts";
import { freeMasks, freeMasksOfRows, type MaskedNeuron, masksOfRows, neuronMasks } from "./mask.ts";
import { pipelined } from "./pipelined.ts";
import { shiftOf } from "./shift.ts";
import type { EncodedPair } from "./pair_tokenizer.ts";

/** Most masks that are in memory together. */
const MASKS_AT_ONCE = 64;

/** The part of the memory that what donors' sites hold may take. */
const PART_OF_DONORS = 0.25;

/**
 * For every layer, the step before which masks that begin there part from the unpruned model: the first
 * that reads an output of its linears. What the linears before it gave is masked after the fact.
 */
function partings({ steps, sites }: Graph, layers: number): number[] {
  return Array.from({ length: layers }, (_, layer) => {
    const outputs = new Set(sites.flatMap((site) => site.layer === layer ? [site.value] : []));
    return steps.findIndex((step) => inputsOf(step).some((value) => outputs.has(value)));
  });
}

/**
 * The score of every pair under every set of zeroed, scaled or shifted neurons, [sets][pairs].
 *
 * The unpruned model runs up once a batch of pairs. Where the sets of a layer part from it, the values
 * that are needed from there on are copied, once a set, and the copies run on to the logits together,
 * each row under its own mask. Sets that begin in the last layers therefore cost little, and an empty one
 * nothing but the head. Where sets take units from donors, these run up to the last such unit.
 */
export async function scoresUnderMasks(
  encoder: Encoder,
  pairs: readonly EncodedPair[],
  sets: readonly (readonly MaskedNeuron[])[],
  { donors, renormalise }: {
    /** Whether what zeroed heads leave of a token's probabilities sums to 1 again. */
    readonly renormalise?: boolean;
    /** The donor of every pair, for units that are taken from there. */
    readonly donors?: readonly Donor[];
  } = {},
): Promise<Score[][]> {
  const { ops, config, graph, weights } = encoder;
  const end = graph.steps.length;
  const last = Math.max(...graph.sites.map(({ step }) => step));
  const partingOf = partings(graph, config.layers);
  const begin = sets.map((neurons) =>
    Math.min(last + 1, ...neurons.map(({ layer }) => partingOf[layer] ?? end))
  );
  const scores = sets.map(() => Array<Score>(pairs.length));
  const masksHeads = sets.some((set) => set.some(({ component }) => isHeads(component)));
  const most = tokensOfBatch(encoder, { masksHeads });
  const donated = donatedSites(encoder, sets);
  const widths = donated.values.reduce((sum, { width }) => sum + width, 0);
  const { memoryBytes, floatBytes } = ops.limits;
  // what donors hold is there twice while lines are taken
  const held = PART_OF_DONORS * memoryBytes / (2 * floatBytes * Math.max(1, widths));
  // a few pairs and many masks fill a batch as well as many pairs and a few masks
  const few = most / Math.min(8, Math.max(1, sets.length));
  const longer = (pair: EncodedPair, donor: EncodedPair) =>
    donor.ids.length > pair.ids.length ? donor : pair;
  const lengths = widths > 0 && donors
    ? pairs.map((pair, i) => longer(pair, donors[i].path.encoded))
    : pairs;
  for (const batch of batchesOf(lengths, widths > 0 ? Math.min(few, held) : few)) {
    const own = batch.map((i) => pairs[i]);
    const tensors = uploadPairs(
      ops,
      config,
      weights,
      own.map((encoded) => ({ encoded, baseline: Int32Array.from(encoded.ids) })),
    );
    const once = uploadSequences(ops, graph, tensors, own.map((_, pair) => ({ pair, t: 1 })));
    const unpruned = openRun({ pairs: tensors, sequences: once });
    const given = widths > 0 && donors &&
      donorValues(encoder, own, { ...donated, donors: batch.map((i) => donors[i]) });

    /** Runs copies of what is there before `step` on, one a set; their logits by set and pair. */
    const runOn = async (step: number, chunk: readonly number[]) => {
      const points = chunk.flatMap(() => own.map((_, pair): PathPoint => ({ pair, t: 1 })));
      const sequences = uploadSequences(ops, graph, tensors, points);
      const masks = neuronMasks(ops, config, chunk.map((set) => sets[set]), { renormalise });
      const repeated = (count: number) =>
        ops.indices(
          chunk.length * count,
          1,
          Uint32Array.from({ length: chunk.length * count }, (_, line) => line % count),
        );
      const index = {
        token: repeated(once.tokens),
        sequence: repeated(once.count),
        text: graph.texts === 2 ? repeated(2 * once.count) : undefined,
      };
      const masked = {
        ...masksOfRows(ops, masks, {
          graph,
          pairs: points.map(({ pair }) => own[pair]),
          of: chunk.flatMap((_, set) => own.map(() => set)),
        }),
        ...(given && {
          donors: {
            ...{ values: given, ofToken: index.token, ofSequence: index.sequence },
            ofText: index.text,
          },
        }),
      };
      const run = openRun({ pairs: tensors, sequences, masks: masked });
      for (const [value, tensor] of unpruned.tensors) {
        const lines = index[value.lines]!;
        const copy = ops.empty(lines.rows, value.width);
        ops.takeRows(copy, tensor, lines);
        const made = graph.steps[graph.madeBy[value.id]];
        const mask = made.kind === "linear" && made.out === value && maskOf(run.pass, made);
        if (mask) {
          ops.mask(copy, mask);
          if (made.kind === "linear") shiftOf(run.pass, made)?.(ops, copy);
        }
        run.tensors.set(value, copy);
      }
      runSteps(encoder, run, { from: step, to: end });
      const logits = await ops.read(logitsOf(encoder, run));
      freeRun(encoder, run);
      freeMasks(ops, masks);
      freeSequences(ops, sequences);
      freeMasksOfRows(ops, masked);
      ops.free(...Object.values(index).filter((one) => one !== undefined));
      return { chunk, logits };
    };
    /** Runs the unpruned model up, and hands out the sets that part from it on the way. */
    const goingUp = function* () {
      let at = 0;
      for (const step of [...new Set(begin)].sort((a, b) => a - b)) {
        runSteps(encoder, unpruned, { from: at, to: step });
        at = step;
        const here = sets.map((_, set) => set).filter((set) => begin[set] === step);
        const atOnce = Math.min(MASKS_AT_ONCE, Math.max(1, Math.floor(most / once.tokens)));
        for (let from = 0; from < here.length; from += atOnce) {
          yield () => runOn(step, here.slice(from, from + atOnce));
        }
      }
    };
    for await (const { chunk, logits } of pipelined(goingUp(), ops.limits.passes)) {
      chunk.forEach((set, k) =>
        batch.forEach((pair, i) => {
          const at = (k * batch.length + i) * config.labels;
          scores[set][pair] = scoreOf(
            config,
            Array.from(logits.subarray(at, at + config.labels)),
          );
        })
      );
    }
    freeRun(encoder, unpruned);
    if (given) ops.free(...given.values());
    freeSequences(ops, once);
    ops.free(tensors.words, tensors.tokens);
  }
  return scores;
}
