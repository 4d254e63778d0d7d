/** Attention heads: layers x heads by conductance, and what flows between segments in those chosen. */
/// <reference lib="dom" />

import { h, useMemo, useRef, useState } from "../../src/packages/preact.ts";
import type { Actions } from "../page/actions.ts";
import { flowsOf, type HeadRow, headRows, headTable } from "../page/flows.ts";
import { factorsOf } from "../page/masks.ts";
import { signed } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import { type HeadScope, nameOfHeads } from "../units.ts";
import { css, inkOn, type Theme } from "./colours.ts";
import { FlowsView } from "./flows_view.tsx";
import { Legend } from "./map_view.tsx";
import { View } from "./view.tsx";

const title = "Attention heads";

/** The view: a button until the pair is attributed to its heads. */
export function HeadsView({ state, act, theme }: {
  readonly state: State;
  readonly act: Actions;
  readonly theme: Theme;
}) {
  const { model, run, heads, busy } = state;
  if (!model || !run) return null;
  if (!model.space.attention?.length) {
    return (
      <View id="heads" wide title={title}>
        <p class="note">This model has no attention whose heads could be attributed to.</p>
      </View>
    );
  }
  if (heads?.run === run.run) return <Found {...{ state, act, theme }} />;
  return (
    <View
      id="heads"
      wide
      title={title}
      note="Which heads relevance passes through, and from which part of the input to which. The pair is attributed once more for it."
    >
      <button type="button" disabled={!!busy} onClick={() => act.attributeHeads()}>
        Attribute to heads
      </button>
    </View>
  );
}

/** The heads' numbers. */
function Found({ state, act, theme }: {
  readonly state: State;
  readonly act: Actions;
  readonly theme: Theme;
}) {
  const { run, scope } = state;
  const { space, neurons } = state.model!;
  const { conductance } = state.heads!;
  const rows = useMemo(() => headRows(space, conductance), [conductance]);
  const flows = useMemo(() => {
    const segments = [...new Set(run!.tokens.map(({ segment }) => segment))].sort((a, b) => a - b);
    return flowsOf({ space, neurons }, { conductance, scope, segments });
  }, [conductance, scope]);
  const largest = Math.max(...rows.flatMap(({ totals }) => totals.map(Math.abs))) || 1;
  return (
    <View
      id="heads"
      wide
      title={title}
      note="A head’s colour is the sum over all pairs of segments. Conductances of heads do not sum to F’s change: influence also passes through the values."
      saved={{
        table: () => ({
          name: "heads",
          columns: ["layer", "component", "head", "from", "to", "conductance"],
          rows: headTable(space, conductance),
        }),
        drawing: () => document.querySelector<SVGSVGElement>("#heads svg.flow"),
      }}
    >
      <div class="heads-and-flows">
        <div>
          <HeadGrid {...{ rows, largest, state, act, theme }} />
          <Legend largest={largest} label={run!.pair.label} theme={theme} />
        </div>
        <FlowsView
          {...{ flows, state, act, theme }}
          title={titleOf(scope)}
          name={nameOfHeads(space, scope)}
        />
      </div>
    </View>
  );
}

/** Heads in words. */
function titleOf({ part, head }: HeadScope): string {
  if (!part) return "All heads";
  const cross = part.component === "cross_heads" ? " cross" : "";
  return head === undefined
    ? `All${cross} heads of layer ${part.layer}`
    : `Layer ${part.layer},${cross} head ${head}`;
}

/** A place of the grid. */
interface Cell {
  readonly scope: HeadScope;
  readonly value: number;
  /** Its units among those of all heads. */
  readonly first: number;
  readonly count: number;
  /** Counted from 0, the sums behind the heads and below the layers. */
  readonly row: number;
  readonly column: number;
}

/** A row an attention, then its sum; the last row is the sum of all. */
function cellsOf(rows: readonly HeadRow[]): { readonly cells: Cell[]; readonly columns: number } {
  const columns = Math.max(...rows.map(({ totals }) => totals.length));
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  const cells = rows.flatMap(({ layer, component, totals, first, units }, row): Cell[] => {
    const part = { layer, component };
    const count = units / totals.length;
    return [
      ...totals.map((value, head) => ({
        ...{ scope: { part, head }, value, first: first + head * count, count },
        ...{ row, column: head },
      })),
      { scope: { part }, value: sum(totals), first, count: units, row, column: columns },
    ];
  });
  const whole: Cell = {
    ...{ scope: {}, value: sum(rows.map(({ totals }) => sum(totals))) },
    ...{ first: 0, count: sum(rows.map(({ units }) => units)) },
    ...{ row: rows.length, column: columns },
  };
  return { cells: [...cells, whole], columns };
}

/** The grid: one stop of the keyboard, arrows within. */
function HeadGrid({ rows, largest, state, act, theme }: {
  readonly rows: readonly HeadRow[];
  readonly largest: number;
  readonly state: State;
  readonly act: Actions;
  readonly theme: Theme;
}) {
  const { cells, columns } = useMemo(() => cellsOf(rows), [rows]);
  const [focus, setFocus] = useState(cells.length - 1);
  const grid = useRef<HTMLDivElement>(null);
  const { space, neurons } = state.model!;
  const factors = factorsOf(state.mask);
  const isZeroed = ({ first, count }: Cell) => {
    let at = neurons + first;
    while (at < neurons + first + count && factors.get(at) === 0) at++;
    return at === neurons + first + count;
  };
  const chosen = nameOfHeads(space, state.scope);
  const hasCross = rows.some(({ component }) => component === "cross_heads");
  const move = (event: KeyboardEvent, { row, column, scope }: Cell) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      act.chooseHeads(scope);
      return;
    }
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[
      event.key
    ];
    if (!by) return;
    event.preventDefault();
    const next = nearest(cells, { row: row + by[0], column: column + by[1] });
    if (next < 0) return;
    setFocus(next);
    grid.current!.querySelectorAll<HTMLElement>("[role=gridcell]")[next].focus();
  };
  const cell = (one: Cell) => {
    const at = cells.indexOf(one);
    const name = nameOfHeads(space, one.scope);
    const isHead = one.scope.head !== undefined;
    const zeroed = isZeroed(one);
    const told = `${titleOf(one.scope)}: ${signed(one.value)}${zeroed ? ", zeroed" : ""}`;
    return (
      <div
        key={one.column}
        role="gridcell"
        class={isHead ? "head" : `head sum number${zeroed ? " zeroed" : ""}`}
        tabIndex={at === focus ? 0 : -1}
        aria-selected={name === chosen}
        aria-label={told}
        title={told}
        style={isHead
          ? {
            background: css(one.value / largest, theme),
            color: inkOn(one.value / largest, theme),
          }
          : undefined}
        onKeyDown={(event: KeyboardEvent) => move(event, one)}
        onClick={() => {
          setFocus(at);
          act.chooseHeads(one.scope);
        }}
      >
        {isHead ? zeroed && "×" : signed(one.value)}
      </div>
    );
  };
  return (
    <div class="scroll">
      <div
        class="head-grid"
        style={{ "--heads": columns, "--label": hasCross ? "4.4em" : "2.4em" }}
        role="grid"
        aria-label="Layers and heads"
        ref={grid}
      >
        <div role="row" class="titles">
          <span role="columnheader">layer</span>
          {Array.from(
            { length: columns },
            (_, head) => <span role="columnheader" key={head}>{head}</span>,
          )}
          <span role="columnheader">all</span>
        </div>
        {rows.map(({ layer, component }, row) => (
          <div role="row" key={row}>
            <span role="rowheader">{layer}{component === "cross_heads" && " cross"}</span>
            {cells.filter((one) => one.row === row).map(cell)}
          </div>
        ))}
        <div role="row" class="last">
          <span role="rowheader">all</span>
          {cells.filter((one) => one.row === rows.length).map(cell)}
        </div>
      </div>
    </div>
  );
}

/** The cell of a place; a row's last one where it is shorter, none beyond the grid. */
function nearest(
  cells: readonly Cell[],
  { row, column }: { readonly row: number; readonly column: number },
): number {
  const there = cells.findLastIndex((one) => one.row === row && one.column <= column);
  return there >= 0 ? there : column < 0 ? -1 : cells.findIndex((one) => one.row === row);
}
