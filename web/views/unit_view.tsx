/** One unit: its tokens, its path, its places in a study, and what to do with it. */
/// <reference lib="dom" />

import { Fragment, h, useRef } from "../../src/packages/preact.ts";
import { neuronName, neuronOf } from "../names.ts";
import type { Actions } from "../page/actions.ts";
import { factorsOf } from "../page/masks.ts";
import { count, percent, signed } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import { LineChart } from "./chart.tsx";
import type { Theme } from "./colours.ts";
import { Tokens } from "./tokens.tsx";
import { ExciteView, PlacesView } from "./unit_page.tsx";
import { View } from "./view.tsx";

/** The unit that is chosen. */
export function UnitView({ state, act, theme }: {
  readonly state: State;
  readonly act: Actions;
  readonly theme: Theme;
}) {
  const { model, run, other, unit, path, otherPath, pinned, mask } = state;
  const charts = useRef<HTMLDivElement>(null);
  if (!model || !run || unit === undefined) return null;
  const name = neuronName(neuronOf(model.space, unit));
  const value = run.conductance[unit];
  const rank = run.order.indexOf(unit);
  const change = run.F.input - run.F.baseline;
  const factor = factorsOf(mask).get(unit) ?? 1;
  const ownEntry = mask.some(({ by }) => by === name);
  const step = (by: number) => {
    const next = run.order[rank + by];
    if (next !== undefined) act.choose(next);
  };
  return (
    <View
      id="unit"
      title={`Unit ${name}`}
      note={
        <Fragment>
          {signed(value)} of F’s change {signed(change)} ({percent(value / change)}); number{" "}
          {count(rank + 1)} of {count(run.order.length)} by strength.
        </Fragment>
      }
      saved={path && {
        table: () => ({
          name: `unit-${name}`,
          about: {
            unit: name,
            tokens: run.tokens.map(({ piece }, i) => ({
              piece,
              conductance: path.byToken[i],
            })),
          },
          columns: ["t", "F", "activation", "gradient", "conductance"],
          rows: path.points.map((t, k) => [
            ...[t, path.F[k], path.activation[k], path.gradient[k], path.cumulative[k]],
          ]),
        }),
        drawing: () => joined(charts.current!),
      }}
    >
      <div class="row tools">
        <button type="button" disabled={rank === 0} onClick={() => step(-1)}>← stronger</button>
        <button type="button" onClick={() => step(1)}>weaker →</button>
        <button
          type="button"
          aria-pressed={pinned.includes(unit)}
          onClick={() => act.pin([unit])}
        >
          {pinned.includes(unit) ? "★ pinned" : "☆ pin"}
        </button>
        <button type="button" aria-pressed={factor === 0} onClick={() => act.toggle(name)}>
          {factor === 0 ? "restore" : "zero it"}
        </button>
        <label class="slider">
          <span>× {factor.toFixed(1)}</span>
          <input
            type="range"
            aria-label="Scale the unit"
            min="-1"
            max="3"
            step="0.1"
            value={factor}
            onInput={({ currentTarget }) => {
              const wanted = Number(currentTarget.value);
              if (ownEntry) act.setFactor(name, wanted);
              else act.mask(name, wanted);
            }}
          />
        </label>
      </div>
      <h3>Conductance by token</h3>
      {other && <p class="note">This pair:</p>}
      <Tokens tokens={run.tokens} values={path?.byToken} theme={theme} />
      {other && (
        <Fragment>
          <p class="note">The other:</p>
          <Tokens tokens={other.tokens} values={otherPath?.byToken} theme={theme} />
        </Fragment>
      )}
      <h3>Along the path</h3>
      <p class="note">
        From the baseline to the input; activation and gradient are sums over tokens.
      </p>
      <div ref={charts} class={path ? "charts" : "charts waiting"}>
        <PathCharts state={state} />
      </div>
      <PlacesView state={state} />
      <ExciteView state={state} act={act} theme={theme} />
    </View>
  );
}

/** F, and the unit's activation, gradient and conductance, point by point. */
function PathCharts({ state: { path, run } }: { readonly state: State }) {
  const points = run?.points ?? [];
  return (
    <Fragment>
      <LineChart
        title="F along the path"
        x={points}
        lines={[{ title: "F", class: "c0", y: path?.F ?? [] }]}
      />
      <LineChart
        title="The unit’s activation along the path"
        x={points}
        lines={[{ title: "activation", class: "c1", y: path?.activation ?? [] }]}
      />
      <LineChart
        title="F’s gradient at the unit along the path"
        x={points}
        bottom
        lines={[{ title: "gradient", class: "c2", y: path?.gradient ?? [] }]}
      />
      <LineChart
        title="The unit’s conductance so far"
        x={points}
        bottom
        lines={[{ title: "conductance so far", class: "c3", y: path?.cumulative ?? [] }]}
      />
    </Fragment>
  );
}

/** The charts, one below the other, as one drawing. */
function joined(charts: HTMLElement): SVGSVGElement {
  const all = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  let y = 0;
  let most = 0;
  for (const chart of charts.querySelectorAll("svg")) {
    const copy = chart.cloneNode(true) as SVGSVGElement;
    const { width, height } = chart.viewBox.baseVal;
    most = Math.max(most, width);
    copy.setAttribute("y", String(y));
    copy.setAttribute("width", String(width));
    copy.setAttribute("height", String(height));
    all.append(copy);
    y += height;
  }
  all.setAttribute("viewBox", `0 0 ${most} ${y}`);
  all.classList.add("offstage");
  charts.append(all); // its style is read where it stands
  queueMicrotask(() => all.remove());
  return all;
}
