/** Conductance of attention's heads, added up: by head, and by the segments that attend to each other. */

import { headOfUnit, type Part, partsOf, SEGMENT_PAIRS, segmentNames } from "../names.ts";
import { type HeadScope, headSpace, idsOf, nameOfHeads } from "../units.ts";
import type { State } from "./state.ts";

type Space = NonNullable<State["model"]>["space"];

/** The heads of one attention of a layer. */
export interface HeadRow extends Part {
  /** Σ over all pairs of segments, by head. */
  readonly totals: readonly number[];
}

/** Every attention of a model, the lowest layer first. */
export function headRows(space: Space, conductance: Float64Array): HeadRow[] {
  return partsOf(headSpace(space)).map((part) => ({
    ...part,
    totals: Array.from({ length: part.units / SEGMENT_PAIRS }, (_, head) => {
      const first = part.first + head * SEGMENT_PAIRS;
      return sum(conductance.subarray(first, first + SEGMENT_PAIRS));
    }),
  }));
}

/** What flows between two segments in some heads. */
export interface Flow {
  /** Index of the attending segment, and of the one attended to. */
  readonly from: number;
  readonly to: number;
  /** The heads' units of this pair of segments, e.g. `3.head.*.query>passage`. */
  readonly name: string;
  readonly ids: readonly number[];
  /** Their conductance. */
  readonly value: number;
}

/** Flows between the segments that a pair has, in some heads. */
export function flowsOf(
  { space, neurons }: Pick<NonNullable<State["model"]>, "space" | "neurons">,
  { conductance, scope, segments }: {
    readonly conductance: Float64Array;
    readonly scope: HeadScope;
    /** Indices of segments. */
    readonly segments: readonly number[];
  },
): Flow[] {
  return segments.flatMap((from) =>
    segments.map((to): Flow => {
      const name = nameOfHeads(space, scope, `${segmentNames[from]}>${segmentNames[to]}`);
      const ids = idsOf(space, name.split(","));
      return { from, to, name, ids, value: sum(ids.map((id) => conductance[id - neurons])) };
    })
  );
}

/** Every unit by its names, with its conductance: layer, component, head, segments. */
export function headTable(space: Space, conductance: Float64Array): (string | number)[][] {
  return partsOf(headSpace(space)).flatMap(({ layer, component, first, units }) =>
    Array.from({ length: units }, (_, unit) => {
      const { head, from, to } = headOfUnit(unit);
      const names = [segmentNames[from], segmentNames[to]];
      return [layer, component, head, ...names, conductance[first + unit]];
    })
  );
}

const sum = (values: ArrayLike<number>) => {
  let all = 0;
  for (let i = 0; i < values.length; i++) all += values[i];
  return all;
};
