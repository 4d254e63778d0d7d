/** A threshold on a log scale: how many units are beyond it, how much they hold, how many by chance. */
/// <reference lib="dom" />

import { h, useMemo } from "../../src/packages/preact.ts";
import { neuronName, neuronOf } from "../names.ts";
import type { Actions } from "../page/actions.ts";
import { beyond } from "../page/masks.ts";
import { count, percent, short } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import type { Attributed } from "../protocol.ts";
import { View } from "./view.tsx";

/** Decades below the largest that are shown, and bins of each. */
const [DECADES, BINS] = [5, 8];

/** Units by the size of their conductance. */
interface Sizes {
  readonly largest: number;
  /** Counts by bin, from the largest down: those that raise F, those that lower it. */
  readonly up: readonly number[];
  readonly down: readonly number[];
  /** Σ |conductance| of all. */
  readonly all: number;
  /** Spread of a normal distribution with the same median size. */
  readonly spread: number;
}

function sizesOf({ conductance, order }: Attributed): Sizes {
  const largest = Math.abs(conductance[order[0]]);
  const [up, down] = [0, 1].map(() => Array<number>(DECADES * BINS).fill(0));
  let all = 0;
  for (const value of conductance) {
    all += Math.abs(value);
    const bin = Math.floor(-Math.log10(Math.abs(value) / largest) * BINS);
    if (bin < DECADES * BINS) (value > 0 ? up : down)[Math.max(0, bin)]++;
  }
  const median = Math.abs(conductance[order[Math.floor(order.length / 2)]]);
  return { largest, up, down, all, spread: median / 0.6745 }; // Φ(0.6745) = ¾
}

/** 2 (1 - Φ(x)), by Abramowitz and Stegun's 7.1.26: to 1.5e-7. */
function beyondNormal(x: number): number {
  const t = 1 / (1 + 0.3275911 * x / Math.SQRT2);
  const polynomial = t *
    (0.254829592 +
      t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return polynomial * Math.exp(-x * x / 2);
}

/** The threshold. */
export function ThresholdView({ state, act }: { readonly state: State; readonly act: Actions }) {
  const { run, threshold, model } = state;
  const sizes = useMemo(() => run && sizesOf(run), [run]);
  const ids = useMemo(() => run ? beyond(run, threshold) : [], [run, threshold]);
  if (!run || !sizes || !model) return null;
  const { largest, up, down, all, spread } = sizes;
  const held = ids.reduce((sum, id) => sum + Math.abs(run.conductance[id]), 0) / all;
  const least = threshold * largest;
  const chance = spread > 0 ? run.order.length * beyondNormal(least / spread) : 0;
  const [width, height, left, foot] = [360, 150, 34, 20];
  const px = (bin: number) => left + bin / (DECADES * BINS) * (width - left - 40);
  const most = Math.max(1, ...up.map((n, i) => n + down[i]));
  const py = (n: number) => height - foot - n / most * (height - foot - 8);
  const at = -Math.log10(threshold) * BINS;
  return (
    <View
      id="threshold"
      title="How many matter"
      saved={{
        table: () => ({
          name: "threshold",
          about: { threshold: least, units: ids.length, share: held, byChance: chance },
          columns: ["at least", "raise F", "lower F"],
          rows: up.map((n, i) => [largest * 10 ** (-(i + 1) / BINS), n, down[i]]),
        }),
        drawing: () => document.querySelector<SVGSVGElement>("#threshold svg.chart"),
      }}
    >
      <p class="big">
        <b>{count(ids.length)}</b> units at or beyond {short(least)} hold <b>{percent(held)}</b>
        {" "}
        of all |conductance|; by chance <b>{chance < 0.05 ? "none" : short(chance)}</b>
      </p>
      <svg
        class="chart"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label="Units by size of conductance, and the part of all that they hold"
      >
        {up.map((n, i) => {
          const bar = px(1) - px(0) - 0.6;
          const is = i + 0.5 <= at ? "" : " faint";
          return (
            <g key={i}>
              <rect class={`up${is}`} x={px(i)} y={py(n)} width={bar} height={py(0) - py(n)} />
              <rect
                class={`down${is}`}
                x={px(i)}
                y={py(n + down[i])}
                width={bar}
                height={py(n) - py(n + down[i])}
              />
            </g>
          );
        })}
        <polyline class="line held" points={heldLine(run, { largest, all, px, height, foot })} />
        <line class="cursor" x1={px(at)} x2={px(at)} y1="2" y2={height - foot} />
        {Array.from(
          { length: DECADES + 1 },
          (_, d) => (
            <text key={d} class="tick" x={px(d * BINS)} y={height - 6} text-anchor="middle">
              {short(largest * 10 ** -d)}
            </text>
          ),
        )}
        <text class="tick" x={left - 4} y="12" text-anchor="end">{count(most)}</text>
        <text class="tick" x={width - 37} y="12">100 %</text>
      </svg>
      <input
        type="range"
        class="threshold"
        aria-label="Threshold"
        aria-valuetext={`${short(least)}: ${ids.length} units`}
        min="0"
        max={DECADES}
        step="0.02"
        value={-Math.log10(threshold)}
        onInput={({ currentTarget }) =>
          act.setThreshold(Number((10 ** -Number(currentTarget.value)).toPrecision(4)))}
      />
      <div class="row tools">
        <button type="button" disabled={ids.length > 500} onClick={() => act.pin(ids)}>
          Pin them
        </button>
        <button type="button" onClick={() => act.mask(`beyond:${threshold}`, 0)}>Zero them</button>
        <span class="note">
          strongest {neuronName(neuronOf(model.space, run.order[0]))}
        </span>
      </div>
      <p class="note">
        Bars: units by size (blue raises F, orange lowers it). Line: the part of all |conductance|
        that units to its left hold. By chance: what a normal distribution of the same median size
        would have there.
      </p>
    </View>
  );
}

/** The part of all |conductance| that the units above each size hold. */
function heldLine(
  { conductance, order }: Attributed,
  { largest, all, px, height, foot }: {
    readonly largest: number;
    readonly all: number;
    readonly px: (bin: number) => number;
    readonly height: number;
    readonly foot: number;
  },
): string {
  const points: string[] = [];
  let [sum, i] = [0, 0];
  for (let bin = 0; bin <= DECADES * BINS; bin++) {
    const least = largest * 10 ** (-bin / BINS);
    for (; i < order.length && Math.abs(conductance[order[i]]) >= least; i++) {
      sum += Math.abs(conductance[order[i]]);
    }
    points.push(
      `${px(bin).toFixed(1)},${(height - foot - sum / all * (height - foot - 8)).toFixed(1)}`,
    );
  }
  return points.join(" ");
}
