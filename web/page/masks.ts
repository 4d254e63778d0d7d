/** Neurons that are zeroed or scaled, and the score that follows at once. */

import type { Attributed, MaskPart } from "../protocol.ts";
import { idsOf } from "../units.ts";
import type { MaskEntry } from "./state.ts";
import { later, pairOf, type Work } from "./work.ts";

/** Random sets that a mask is compared with. */
const DRAWS = 10;

/** The parts of a mask whose neurons are known. */
export const partsOf = (mask: readonly MaskEntry[]): MaskPart[] =>
  mask.flatMap(({ ids, factor }) => ids && ids.length > 0 ? [{ ids, factor }] : []);

/** What the outputs of masked neurons are multiplied by: of several entries the last one counts. */
export const factorsOf = (mask: readonly MaskEntry[]): ReadonlyMap<number, number> =>
  new Map(mask.flatMap(({ ids, factor }) => (ids ?? []).map((id) => [id, factor])));

/** Whether all of some units are zeroed. */
export const isZeroed = (factors: ReadonlyMap<number, number>, ids: readonly number[]): boolean =>
  ids.length > 0 && ids.every((id) => factors.get(id) === 0);

/** Neurons whose |conductance| is at least a part of the largest. */
export function beyond({ conductance, order }: Attributed, part: number): number[] {
  const least = part * Math.abs(conductance[order[0]]);
  const end = order.findIndex((id) => Math.abs(conductance[id]) < least);
  return [...order.subarray(0, end < 0 ? order.length : end)];
}

/** Actions on the mask. */
export function maskActions({ get, set, ask, change, failed }: Work) {
  let live = new AbortController();
  const typed = later(() => void rescore(), 150);

  /** The score of the texts as they stand, and what the mask does to it. */
  async function rescore(): Promise<void> {
    const { model, mask, busy } = get();
    if (!model || busy === "opening") return;
    live.abort();
    live = new AbortController();
    const { signal } = live;
    const parts = partsOf(mask);
    try {
      if (parts.length === 0) {
        const score = await ask("score", pairOf(get()), { signal });
        if (!signal.aborted) set({ score, effect: undefined });
        return;
      }
      const asked = {
        ...{ pair: pairOf(get()), mask: parts, draws: DRAWS },
        heads: get().heads?.conductance,
      };
      const effect = await ask("effect", asked, { signal });
      if (!signal.aborted) set({ effect, score: effect.whole });
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }

  /** The neurons that an entry is said by; undefined while they depend on what is not known yet. */
  async function idsBy(by: string): Promise<readonly number[] | undefined> {
    const { model, run } = get();
    if (!model) return undefined;
    const [, expression, level] = /^set:(.+)@([^@]+)$/s.exec(by) ?? [];
    if (expression !== undefined) {
      if (!run && expression.includes("[pair]")) return undefined;
      return (await ask("set", { expression, level, run: run?.run })).ids;
    }
    const [, part] = /^beyond:([\d.e-]+)$/.exec(by) ?? [];
    if (part !== undefined) return run && beyond(run, Number(part));
    return idsOf(model.space, by.split(","));
  }

  return {
    rescore,
    typed,
    /** Finds the neurons of entries that came with the address. */
    async resolve(): Promise<void> {
      const mask: MaskEntry[] = [];
      for (const entry of get().mask) {
        try {
          mask.push(entry.ids ? entry : { ...entry, ids: await idsBy(entry.by) });
        } catch (error) {
          failed(error); // an expression that cannot be read is left out
        }
      }
      change({ mask });
    },
    async mask(by: string, factor: number) {
      try {
        const ids = await idsBy(by);
        if (ids?.length === 0) throw new Error(`Cannot mask ${by}: it holds no neuron`);
        const others = get().mask.filter((entry) => entry.by !== by);
        change({ mask: [...others, { by, factor, ids }], error: undefined });
        await rescore();
      } catch (error) {
        failed(error);
      }
    },
    /** Zeroes units by name, or gives them back, though a set may hold them. */
    async toggle(by: string) {
      const { mask, model } = get();
      const ids = idsOf(model!.space, by.split(","));
      const wanted = isZeroed(factorsOf(mask), ids) ? 1 : 0;
      const others = mask.filter((entry) => entry.by !== by);
      const left = factorsOf(others);
      const already = ids.every((id) => (left.get(id) ?? 1) === wanted);
      change({ mask: already ? others : [...others, { by, factor: wanted, ids }] });
      await rescore();
    },
    async unmask(by?: string) {
      change({ mask: by === undefined ? [] : get().mask.filter((entry) => entry.by !== by) });
      await rescore();
    },
    setFactor(by: string, factor: number) {
      change({ mask: get().mask.map((entry) => entry.by === by ? { ...entry, factor } : entry) });
      typed();
    },
    parts: () => partsOf(get().mask),
  };
}
