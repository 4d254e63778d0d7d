/** Where: layers x components, a column of colour for a few neighbouring units, and each linear's total. */
/// <reference lib="dom" />

import { h, useLayoutEffect, useMemo, useRef } from "../../src/packages/preact.ts";
import {
  type Component,
  componentsOf,
  neuronOf,
  type NeuronSpace,
  partOf,
  partsOf,
} from "../names.ts";
import type { Actions } from "../page/actions.ts";
import { short, signed } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import { colourOf, css, type Theme } from "./colours.ts";
import type { Shown } from "./shown.ts";
import { View } from "./view.tsx";

/** Components as people call them. */
export const titles: Readonly<Record<Component, string>> = {
  query: "query",
  key: "key",
  value: "value",
  attention_output: "attention output",
  cross_query: "cross query",
  cross_key: "cross key",
  cross_value: "cross value",
  cross_output: "cross output",
  intermediate: "intermediate",
  gate: "gate",
  up: "up",
  ff_output: "feed-forward output",
};

/** Columns of colour of one linear at most. */
const BINS = 128;

/** One linear: its columns hold the strongest of neighbouring units. */
interface Cell {
  readonly layer: number;
  readonly component: Component;
  readonly total: number;
  /** Ids by column. */
  readonly strongest: Uint32Array;
}

function cellsOf(space: NeuronSpace, { values }: Shown): Cell[] {
  return partsOf(space).map(({ layer, component, first, units }): Cell => {
    const bins = Math.min(BINS, units);
    let total = 0;
    const strongest = Uint32Array.from({ length: bins }, (_, bin) => {
      const from = first + Math.floor(bin * units / bins);
      const to = first + Math.floor((bin + 1) * units / bins);
      let best = from;
      for (let id = from; id < to; id++) {
        total += values[id];
        if (Math.abs(values[id]) > Math.abs(values[best])) best = id;
      }
      return best;
    });
    return { layer, component, total, strongest };
  });
}

/** CSS columns: the layer's number, then a strip a component, wider where it has more units. */
function columnsOf({ components }: NeuronSpace): string {
  const least = Math.min(...components.map(({ units }) => units));
  const strips = components.map(({ units }) =>
    units > least ? "minmax(104px, 1.6fr)" : "minmax(76px, 1fr)"
  );
  return `2.6em ${strips.join(" ")}`;
}

/** The map. */
export function MapView({ state, act, shown, theme }: {
  readonly state: State;
  readonly shown: Shown;
  readonly act: Actions;
  readonly theme: Theme;
}) {
  const { model, run, other, unit, part } = state;
  const cells = useMemo(() => cellsOf(model!.space, shown), [shown]);
  const grid = useRef<HTMLDivElement>(null);
  if (!run) return null;
  const { space } = model!;
  const components = componentsOf(space);
  const chosen = unit === undefined ? undefined : neuronOf(space, unit);
  const { label } = run.pair;
  const focus = part ? cells.findIndex((cell) => isAt(cell, part)) : 0;
  const move = (event: KeyboardEvent, at: number) => {
    const step = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -components.length,
      ArrowDown: components.length,
    }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      act.choose(strongestOf(cells[at], shown));
      return;
    }
    if (step === undefined || !cells[at + step]) return;
    event.preventDefault();
    const { layer, component } = cells[at + step];
    act.choosePart({ layer, component });
    grid.current!.querySelectorAll<HTMLElement>("[role=gridcell]")[at + step].focus();
  };
  return (
    <View
      id="map"
      wide
      title="Where it happens"
      note={`Each strip is a linear’s units from left to right, ${
        partsOf(space).some(({ units }) => units > BINS)
          ? "the strongest of neighbours"
          : "one a column"
      }; the number is their sum. Choose a strip to see its units alone, a column for its unit.`}
      saved={{
        table: () => ({
          name: "map",
          columns: ["layer", "component", "conductance"],
          rows: cells.map(({ layer, component, total }) => [layer, component, total]),
        }),
        drawing: () => drawn(cells, { components, shown, theme: "light" }),
      }}
      tools={other && <ShownChoice state={state} act={act} />}
    >
      <div
        class={`map ${space.layers > 8 ? "dense" : ""}`}
        style={{ "--columns": columnsOf(space) }}
        role="grid"
        aria-label="Layers and components"
        ref={grid}
      >
        <div role="row" class="heads">
          <span role="columnheader" class="corner">layer</span>
          {components.map((component) => (
            <span role="columnheader" key={component}>{titles[component]}</span>
          ))}
        </div>
        {Array.from({ length: space.layers }, (_, layer) => (
          <div role="row" key={layer}>
            <span role="rowheader">{layer}</span>
            {components.map((component) => {
              const at = cells.findIndex((one) =>
                one.layer === layer && one.component === component
              );
              if (at < 0) return <div key={component} role="gridcell" aria-label="none" />;
              const cell = cells[at];
              const isPart = part !== undefined && isAt(cell, part);
              return (
                <div
                  key={component}
                  role="gridcell"
                  tabIndex={at === Math.max(0, focus) ? 0 : -1}
                  aria-selected={isPart}
                  aria-label={`layer ${layer}, ${titles[component]}: ${signed(cell.total)}`}
                  class="cell"
                  onKeyDown={(event: KeyboardEvent) => move(event, at)}
                  onClick={(event: MouseEvent) => {
                    act.choosePart(isPart ? undefined : { layer, component });
                    const strip = (event.currentTarget as HTMLElement).querySelector("canvas")!;
                    const box = strip.getBoundingClientRect();
                    const x = (event.clientX - box.left) / box.width;
                    if (event.detail > 0 && x >= 0 && x < 1 && event.clientY <= box.bottom) {
                      act.choose(nearest(cell, { x, shown }));
                    }
                  }}
                >
                  <Strip cell={cell} shown={shown} theme={theme} />
                  {chosen?.layer === layer && chosen.component === component && (
                    <i
                      class="mark"
                      style={{
                        left: `${
                          100 * (chosen.unit + 0.5) / partOf(space, layer, component)!.units
                        }%`,
                      }}
                    />
                  )}
                  <span class="total">{signed(cell.total)}</span>
                </div>
              );
            })}
          </div>
        ))}
      </div>
      <Legend largest={shown.largest} label={label} theme={theme} />
    </View>
  );
}

const isAt = (cell: Cell, part: { readonly layer: number; readonly component: Component }) =>
  cell.layer === part.layer && cell.component === part.component;

function strongestOf({ strongest }: Cell, { values }: Shown): number {
  return strongest.reduce((best, id) => Math.abs(values[id]) > Math.abs(values[best]) ? id : best);
}

/** The strongest unit near a place of a strip: fingers are wide. */
function nearest(
  { strongest }: Cell,
  { x, shown: { values } }: { readonly x: number; readonly shown: Shown },
): number {
  const at = Math.min(strongest.length - 1, Math.floor(x * strongest.length));
  const near = strongest.subarray(Math.max(0, at - 1), at + 2);
  return near.reduce((best, id) => Math.abs(values[id]) > Math.abs(values[best]) ? id : best);
}

/** A strip of colours. */
function Strip({ cell, shown, theme }: {
  readonly cell: Cell;
  readonly shown: Shown;
  readonly theme: Theme;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    const pixels = context.createImageData(cell.strongest.length, 1);
    cell.strongest.forEach((id, x) => {
      pixels.data.set([...colourOf(shown.values[id] / shown.largest, theme), 255], 4 * x);
    });
    context.putImageData(pixels, 0, 0);
  }, [cell, shown, theme]);
  return <canvas ref={canvas} width={cell.strongest.length} height={1} />;
}

/** What the colours mean. */
export function Legend({ largest, label, theme }: {
  readonly largest: number;
  readonly label: string;
  readonly theme: Theme;
}) {
  const steps = Array.from({ length: 41 }, (_, i) => i / 20 - 1);
  return (
    <div class="legend">
      <span>{signed(-largest)} against “{label}”</span>
      <svg viewBox="0 0 41 4" preserveAspectRatio="none" aria-hidden="true">
        {steps.map((value, i) => (
          <rect key={i} x={i} width="1.05" height="4" style={{ fill: css(value, theme) }} />
        ))}
      </svg>
      <span>{signed(largest)} for it</span>
    </div>
  );
}

/** Which of two pairs, or their difference. */
export function ShownChoice({ state, act }: { readonly state: State; readonly act: Actions }) {
  return (
    <span class="choice" role="group" aria-label="Which pair">
      {([["this", "this pair"], ["other", "the other"], ["difference", "difference"]] as const).map(
        ([key, title]) => (
          <button
            key={key}
            type="button"
            class="quiet"
            aria-pressed={state.shown === key}
            onClick={() => act.show(key)}
          >
            {title}
          </button>
        ),
      )}
    </span>
  );
}

/** The map as a drawing of its own. */
function drawn(
  cells: readonly Cell[],
  { components, shown, theme }: {
    readonly components: readonly Component[];
    readonly shown: Shown;
    readonly theme: Theme;
  },
): SVGSVGElement {
  const [wide, high, gap] = [140, 16, 8];
  const layers = Math.max(...cells.map(({ layer }) => layer)) + 1;
  const make = (name: string, attributes: Record<string, string | number>, text = "") => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    element.textContent = text;
    return element;
  };
  const width = 40 + components.length * (wide + gap);
  const svg = make("svg", {
    viewBox: `0 0 ${width} ${30 + layers * 34}`,
    "font-family": "system-ui, sans-serif",
    "font-size": 11,
  }) as SVGSVGElement;
  components.forEach((component, c) =>
    svg.append(make("text", { x: 40 + c * (wide + gap), y: 16 }, titles[component]))
  );
  for (const { layer, component, strongest, total } of cells) {
    const c = components.indexOf(component);
    const x = 40 + c * (wide + gap);
    const y = 26 + layer * 34;
    if (c === 0) svg.append(make("text", { x: 10, y: y + 12 }, String(layer)));
    strongest.forEach((id, bin) =>
      svg.append(make("rect", {
        x: x + bin * wide / strongest.length,
        y,
        width: wide / strongest.length + 0.05,
        height: high,
        fill: css(shown.values[id] / shown.largest, theme),
      }))
    );
    svg.append(make("text", { x, y: y + high + 11, fill: "#5b6570" }, short(total)));
  }
  return svg;
}
