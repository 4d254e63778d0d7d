/**
 * Plans the memory of attributions: which pairs run together, and how many lines their stores have.
 */

import type { Encoder } from "../model/forward.ts";
import { type Capacity, widestOf } from "../model/kept.ts";
import { aligned, capacityFor } from "./path/integrate.ts";
import { bytesPerKeptToken, bytesPerPassingToken, type LabelledPath } from "./path/path_store.ts";

/** Tokens of each pair. */
export function lengthsOf(paths: readonly LabelledPath[]): number[] {
  return paths.map(({ encoded }) => encoded.ids.length);
}

/** Lines that fit in some memory where each takes `bytes`. */
function linesIn(memoryBytes: number, bytes: number, { ops: { limits }, graph }: Encoder): number {
  const widest = limits.floatBytes * widestOf(graph);
  return Math.min(Math.floor(memoryBytes / bytes), Math.floor(limits.tensorBytes / widest));
}

/** Refuses a pair of which not even two points fit; the error says how much memory they take. */
function checkFits(longest: number, lines: number, bytes: number, { ops: { limits } }: Encoder) {
  const least = capacityFor([longest], 2, limits.rowAlignment).tokens;
  if (lines >= least) return;
  throw new RangeError(
    `Cannot attribute a pair of ${longest} tokens: expected at least ${
      Math.ceil(least * bytes / 2 ** 20)
    } MiB for its activations, got ${Math.floor(limits.memoryBytes / 2 ** 20)} MiB`,
  );
}

/** A plan of the adaptive rule. */
export interface AdaptivePlan {
  /** Pairs in the order in which they begin: the longest first, so that short ones fill up the end. */
  readonly order: readonly number[];
  /** Lines of a store. */
  readonly capacity: Capacity;
  /** Tokens of a full pass. */
  readonly passTokens: number;
  /** Stores that run concurrently. */
  readonly stores: number;
}

/** Points that a pair alone is given room for: it needs about 20, rarely more than 45. */
const ROOM = 64;
/** The same where pairs share a store: a pair that needs more uses what others leave free. */
const ROOM_EACH = 24;
/**
 * The most full passes whose points a store keeps: one for each round of a pair, and some more
 * because free lines are fragmented.
 */
const PASSES_KEPT = 16;
/** A pass takes at most this part of a store. */
const PASS_PART = 1 / 4;
/** How many full passes each store must have to run for a second store to be faster. */
const PASSES_EACH = 8;

/** Plans the adaptive rule for pairs of some lengths. */
export function planAdaptive(encoder: Encoder, lengths: readonly number[]): AdaptivePlan {
  const { limits } = encoder.ops;
  const order = [...lengths.keys()].sort((a, b) => lengths[b] - lengths[a] || a - b);
  const [longest, shortest] = [lengths[order[0]], lengths[order.at(-1)!]];
  const kept = bytesPerKeptToken(encoder);
  const passing = bytesPerPassingToken(encoder);
  /** Lines of each of some stores, and the tokens of its passes. */
  const room = (stores: number) => {
    const memoryBytes = limits.memoryBytes / stores;
    const part = linesIn(memoryBytes, kept + PASS_PART * passing, encoder);
    const passTokens = Math.min(limits.passTokens, Math.floor(PASS_PART * part));
    // a pass has at least one point, and exceeds its size by half a point at most
    const transient = passing * Math.max(longest, passTokens + longest / 2);
    const lines = linesIn(Math.max(0, memoryBytes - transient), kept, encoder);
    return { passTokens: Math.max(1, passTokens), lines };
  };
  checkFits(longest, room(1).lines, kept + passing / 2, encoder);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let stores = limits.passes;
  while (
    stores > 1 &&
    (total * ROOM_EACH < stores * PASSES_EACH * limits.passTokens ||
      room(stores).passTokens < limits.passTokens / 2)
  ) stores--;
  const { passTokens, lines } = room(stores);
  const wanted = total * ROOM_EACH + longest * (ROOM - ROOM_EACH);
  const rounds = ROOM * limits.rowAlignment; // every pass begins at an aligned line
  const most = Math.max(PASSES_KEPT * passTokens, longest * ROOM);
  const tokens = Math.min(lines, Math.min(wanted, most) + rounds);
  return {
    ...{ order, passTokens, stores },
    capacity: {
      tokens,
      sequences: aligned(Math.ceil(tokens / shortest), limits.rowAlignment) + rounds,
    },
  };
}

/** A plan of a rule whose points are known. */
export interface GroupPlan {
  /** Pairs that run together, the shortest first. */
  readonly groups: readonly (readonly number[])[];
  readonly capacity: Capacity;
  readonly stores: number;
}

/**
 * Plans a rule of so many points: as many groups run side by side as the backend asks for, where each of them
 * fills at least a quarter of a pass.
 */
export function planGroups(
  encoder: Encoder,
  lengths: readonly number[],
  { points, pairsPerBatch = Infinity }: {
    readonly points: number;
    readonly pairsPerBatch?: number;
  },
): GroupPlan {
  const { limits } = encoder.ops;
  const order = [...lengths.keys()].sort((a, b) => lengths[a] - lengths[b] || a - b);
  const bytes = bytesPerKeptToken(encoder) + bytesPerPassingToken(encoder);
  const fits = (stores: number) => linesIn(limits.memoryBytes / stores, bytes, encoder);
  checkFits(lengths[order.at(-1)!], fits(1), bytes, encoder);
  const need = (group: readonly number[]) =>
    capacityFor(group.map((pair) => lengths[pair]), points, limits.rowAlignment);
  let stores = limits.passes;
  while (stores > 1 && fits(stores) < limits.passTokens / 4) stores--;
  const most = fits(stores);
  const pays = Math.min(limits.passTokens, need(order).tokens / stores);
  const groups: number[][] = [];
  for (const pair of order) {
    const group = groups.at(-1);
    const next = [...group ?? [], pair];
    if (group && next.length <= pairsPerBatch && need(next).tokens <= Math.min(most, pays)) {
      group.push(pair);
    } else groups.push([pair]);
  }
  const needs = groups.map(need);
  const capacity = {
    tokens: Math.min(most, Math.max(...needs.map(({ tokens }) => tokens))),
    sequences: Math.max(...needs.map(({ sequences }) => sequences)),
  };
  return { groups, capacity, stores };
}
