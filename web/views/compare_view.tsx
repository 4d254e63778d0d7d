/** Two pairs side by side: this one, and the one before or a snapshot. */
/// <reference lib="dom" />

import { h, useMemo, useState } from "../../src/packages/preact.ts";
import { neuronName, neuronOf } from "../names.ts";
import type { Actions } from "../page/actions.ts";
import { short, signed } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import type { Attributed } from "../protocol.ts";
import { View } from "./view.tsx";

/** Snapshots, and the comparison. */
export function CompareView({ state, act }: { readonly state: State; readonly act: Actions }) {
  const { run, other, previous, snapshots, model } = state;
  const [name, setName] = useState("");
  if (!run || !model) return null;
  const chosen = !other
    ? "none"
    : snapshots.find((one) => one.run?.run === other.run)?.name ?? "previous";
  return (
    <View
      id="compare"
      wide
      title="Side by side"
      saved={other && {
        table: () => ({
          name: "comparison",
          columns: ["unit", "this", "other", "difference"],
          rows: strongest(run, other, 200).map((id) => [
            neuronName(neuronOf(model.space, id)),
            run.conductance[id],
            other.conductance[id],
            run.conductance[id] - other.conductance[id],
          ]),
        }),
        drawing: () => document.querySelector<SVGSVGElement>("#compare svg.chart"),
      }}
    >
      <div class="row tools">
        <label class="field">
          <span>Compare with</span>
          <select
            value={chosen === "none" || chosen === "previous" ? chosen : `snapshot ${chosen}`}
            onChange={({ currentTarget: { value } }) =>
              act.compare(
                value === "none" || value === "previous"
                  ? value
                  : { snapshot: value.replace(/^snapshot /, "") },
              )}
          >
            <option value="none">nothing</option>
            <option value="previous" disabled={!previous && !other}>what was shown before</option>
            {snapshots.map((one) => (
              <option key={one.name} value={`snapshot ${one.name}`}>“{one.name}”</option>
            ))}
          </select>
        </label>
        <form
          class="row"
          onSubmit={(event: Event) => {
            event.preventDefault();
            if (name.trim()) act.snapshot(name.trim());
            setName("");
          }}
        >
          <label class="field">
            <span>Name of a snapshot</span>
            <input
              type="text"
              value={name}
              onInput={({ currentTarget }) => setName(currentTarget.value)}
            />
          </label>
          <button type="submit" disabled={!name.trim()}>Keep</button>
        </form>
        {snapshots.length > 0 && (
          <ul class="snapshots">
            {snapshots.map((one) => (
              <li key={one.name}>
                <a href={one.hash}>{one.name}</a>
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Remove snapshot ${one.name}`}
                  onClick={() => act.removeSnapshot(one.name)}
                >
                  ×
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      {other && (
        <div class="pair">
          <Side title="This pair" run={run} />
          <Side title="The other" run={other} />
          <Scatter state={state} act={act} />
        </div>
      )}
    </View>
  );
}

function Side({ title, run }: { readonly title: string; readonly run: Attributed }) {
  return (
    <div>
      <h3>{title}</h3>
      <dl class="facts">
        <dt>query</dt>
        <dd dir="auto">{run.pair.query}</dd>
        <dt>passage</dt>
        <dd dir="auto" class="clamp">{run.pair.passage}</dd>
        <dt>label</dt>
        <dd>{run.pair.label}</dd>
        <dt>p(relevant)</dt>
        <dd>{run.score.probability.toFixed(3)}</dd>
        <dt>F</dt>
        <dd>{signed(run.F.baseline)} → {signed(run.F.input)}</dd>
        <dt>mask</dt>
        <dd>
          {run.mask.length === 0
            ? "none"
            : `${run.mask.reduce((sum, { ids }) => sum + ids.length, 0)} units`}
        </dd>
      </dl>
    </div>
  );
}

/** Ids of the strongest units of either. */
function strongest(a: Attributed, b: Attributed, most: number): number[] {
  const size = (id: number) => Math.max(Math.abs(a.conductance[id]), Math.abs(b.conductance[id]));
  const ids = new Set([...a.order.subarray(0, most), ...b.order.subarray(0, most)]);
  return [...ids].sort((x, y) => size(y) - size(x)).slice(0, most);
}

/** Both conductances of the strongest units: on the diagonal nothing has changed. */
function Scatter({ state, act }: { readonly state: State; readonly act: Actions }) {
  const { run, other, unit, model } = state;
  const ids = useMemo(() => strongest(run!, other!, 300), [run, other]);
  const most = Math.max(
    ...ids.map((id) => Math.max(Math.abs(run!.conductance[id]), Math.abs(other!.conductance[id]))),
  );
  const at = (value: number) => 130 + 112 * Math.sign(value) * Math.sqrt(Math.abs(value) / most);
  const nameOf = (id: number) => neuronName(neuronOf(model!.space, id));
  return (
    <svg
      class="chart scatter"
      viewBox="0 0 260 274"
      role="img"
      aria-label="Conductance of the strongest units in this pair and in the other"
      onClick={(event: MouseEvent) => {
        const id = (event.target as Element).getAttribute("data-id");
        if (id) act.choose(Number(id));
      }}
    >
      <line class="rule" x1="12" x2="248" y1="130" y2="130" />
      <line class="rule" x1="130" x2="130" y1="12" y2="248" />
      <line class="rule dashed" x1="18" x2="242" y1="242" y2="18" />
      {ids.map((id) => (
        <circle
          key={id}
          data-id={id}
          class={id === unit ? "dot chosen" : "dot"}
          cx={at(other!.conductance[id]).toFixed(1)}
          cy={(260 - at(run!.conductance[id])).toFixed(1)}
          r={id === unit ? 5 : 2.8}
        >
          <title>
            {nameOf(id)}: this {short(run!.conductance[id])}, other {short(other!.conductance[id])}
          </title>
        </circle>
      ))}
      <text class="tick" x="248" y="144" text-anchor="end">other</text>
      <text class="tick" x="134" y="20">this</text>
      <text class="tick" x="130" y="268" text-anchor="middle">
        ±{short(most)}, square root scale
      </text>
    </svg>
  );
}
