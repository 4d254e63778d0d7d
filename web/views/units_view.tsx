/** The strongest units in a table: to sort, filter, pin, group and zero. */
/// <reference lib="dom" />

import { h, useMemo, useState } from "../../src/packages/preact.ts";
import { componentsOf, neuronName, neuronOf, type NeuronSpace } from "../names.ts";
import type { Actions } from "../page/actions.ts";
import { factorsOf } from "../page/masks.ts";
import { count, signed } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import { css, type Theme } from "./colours.ts";
import { titles } from "./map_view.tsx";
import type { Shown } from "./shown.ts";
import { View } from "./view.tsx";

/** Rows that are shown at first, and added each time. */
const ROWS = 20;

/** How rows are sorted. */
const sorts = {
  strength: "strongest first",
  up: "largest first",
  down: "smallest first",
  place: "by layer",
} as const;
type Sort = keyof typeof sorts;

/** Whether a neuron's name begins as asked: `3`, `3.value`, `value`, `.12`. */
function matcher(space: NeuronSpace, text: string): ((id: number) => boolean) | undefined {
  const asked = text.trim().toLowerCase().replaceAll(" ", "_");
  if (asked === "") return undefined;
  const [, layer, component, unit] = /^(\d*)\.?([a-z_]*)\.?(\d*)$/.exec(asked) ?? [];
  if (layer === undefined) return () => false;
  const named = new Set(componentsOf(space).filter((one) => one.startsWith(component)));
  return (id) => {
    const neuron = neuronOf(space, id);
    return (layer === "" || neuron.layer === Number(layer)) && named.has(neuron.component) &&
      (unit === "" || String(neuron.unit).startsWith(unit));
  };
}

/** The table. */
export function UnitsView({ state, act, shown, theme }: {
  readonly state: State;
  readonly shown: Shown;
  readonly act: Actions;
  readonly theme: Theme;
}) {
  const { model, run, other, part, pinned, unit, mask, groups } = state;
  const [sort, setSort] = useState<Sort>("strength");
  const [filter, setFilter] = useState("");
  const [only, setOnly] = useState("");
  const [rows, setRows] = useState(ROWS);
  const [group, setGroup] = useState("");
  const order = useMemo(() => sorted(shown, sort), [shown, sort]);
  const space = model?.space;
  const ids = useMemo(() => {
    if (!space) return [];
    const named = matcher(space, filter);
    const kept = only === "pinned"
      ? new Set(pinned)
      : only === ""
      ? undefined
      : new Set(groups.find(({ name }) => name === only)?.ids);
    const found: number[] = [];
    for (const id of order) {
      if (found.length === rows) break;
      const { layer, component } = neuronOf(space, id);
      if (part && (layer !== part.layer || component !== part.component)) continue;
      if (kept && !kept.has(id) || named && !named(id)) continue;
      found.push(id);
    }
    return found;
  }, [order, filter, only, rows, part, pinned, groups]);
  if (!run || !space) return null;
  const factors = factorsOf(mask);
  const nameOf = (id: number) => neuronName(neuronOf(space, id));
  const step = (event: KeyboardEvent) => {
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!down) return;
    event.preventDefault();
    const names = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".name")];
    const at = names.findIndex((one) => one === document.activeElement);
    names[at + down]?.focus();
  };
  return (
    <View
      id="units"
      title="Strongest units"
      saved={{
        table: () => ({
          name: "units",
          columns: other ? ["unit", "conductance", "other", "difference"] : ["unit", "conductance"],
          rows: ids.map((id) => [
            nameOf(id),
            run.conductance[id],
            ...(other ? [other.conductance[id], run.conductance[id] - other.conductance[id]] : []),
          ]),
        }),
      }}
    >
      <div class="row tools">
        <label>
          <span class="sr">Find units</span>
          <input
            type="search"
            placeholder="3.value"
            value={filter}
            onInput={({ currentTarget }) => setFilter(currentTarget.value)}
          />
        </label>
        <label>
          <span class="sr">Sort</span>
          <select
            value={sort}
            onChange={({ currentTarget }) => setSort(currentTarget.value as Sort)}
          >
            {Object.entries(sorts).map(([key, title]) => (
              <option key={key} value={key}>{title}</option>
            ))}
          </select>
        </label>
        <label>
          <span class="sr">Which units</span>
          <select value={only} onChange={({ currentTarget }) => setOnly(currentTarget.value)}>
            <option value="">all units</option>
            <option value="pinned">pinned ({pinned.length})</option>
            {groups.map(({ name, ids }) => (
              <option key={name} value={name}>{name} ({ids.length})</option>
            ))}
          </select>
        </label>
      </div>
      {part && (
        <p class="note">
          Layer {part.layer}, {titles[part.component]}.{" "}
          <button type="button" class="quiet" onClick={() => act.choosePart(undefined)}>
            show all
          </button>
        </p>
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label="Table of units">
        <table onKeyDown={step}>
          <thead>
            <tr>
              <th scope="col">
                <span class="sr">pinned</span>
              </th>
              <th scope="col">unit</th>
              <th scope="col" class="end">conductance</th>
              {other && <th scope="col" class="end">other</th>}
              {other && <th scope="col" class="end">difference</th>}
              <th scope="col" class="middle">zero</th>
            </tr>
          </thead>
          <tbody>
            {ids.map((id) => (
              <tr key={id} class={id === unit ? "chosen" : undefined}>
                <td>
                  <button
                    type="button"
                    class="pin"
                    aria-pressed={pinned.includes(id)}
                    aria-label={`Pin ${nameOf(id)}`}
                    onClick={() => act.pin([id])}
                  >
                    {pinned.includes(id) ? "★" : "☆"}
                  </button>
                </td>
                <td>
                  <button
                    type="button"
                    class="name"
                    aria-current={id === unit ? "true" : undefined}
                    onClick={() => act.choose(id)}
                  >
                    {nameOf(id)}
                  </button>
                </td>
                <td class="end number">
                  <Bar value={run.conductance[id]} largest={shown.largest} theme={theme} />
                  {signed(run.conductance[id])}
                </td>
                {other && <td class="end number">{signed(other.conductance[id])}</td>}
                {other && (
                  <td class="end number">
                    {signed(run.conductance[id] - other.conductance[id])}
                  </td>
                )}
                <td class="middle">
                  <input
                    type="checkbox"
                    aria-label={`Zero ${nameOf(id)}`}
                    checked={factors.get(id) === 0}
                    onChange={() => act.toggle(nameOf(id))}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="row tools">
        {ids.length === rows && (
          <button type="button" onClick={() => setRows(rows + 2 * ROWS)}>More units</button>
        )}
        {ids.length === 0 && <p class="note">No unit is named so: try 3.value or intermediate.</p>}
        {pinned.length > 0 && (
          <form
            class="row"
            onSubmit={(event: Event) => {
              event.preventDefault();
              if (group.trim()) act.saveGroup(group.trim().replaceAll(":", " "));
              setGroup("");
            }}
          >
            <input
              type="text"
              aria-label="Name of the group"
              placeholder="a name"
              value={group}
              onInput={({ currentTarget }) => setGroup(currentTarget.value)}
            />
            <button type="submit" disabled={!group.trim()}>
              Group {count(pinned.length)} pinned
            </button>
          </form>
        )}
        {groups.some(({ name }) => name === only) && (
          <button
            type="button"
            onClick={() => {
              act.removeGroup(only);
              setOnly("");
            }}
          >
            Dissolve “{only}”
          </button>
        )}
      </div>
    </View>
  );
}

function sorted(
  { values, order }: { readonly values: Float64Array; readonly order: Uint32Array },
  sort: Sort,
): Uint32Array {
  if (sort === "strength") return order;
  if (sort === "place") return order.toSorted();
  // the order by strength has those of one sign in order already
  const positive = order.filter((id) => values[id] > 0);
  const negative = order.filter((id) => !(values[id] > 0)).reverse();
  const largest = new Uint32Array(order.length);
  largest.set(positive);
  largest.set(negative, positive.length);
  return sort === "up" ? largest : largest.reverse();
}

/** A small bar to the left or the right of a middle. */
function Bar({ value, largest, theme }: {
  readonly value: number;
  readonly largest: number;
  readonly theme: Theme;
}) {
  const part = Math.max(-1, Math.min(1, value / largest));
  return (
    <svg class="bar" viewBox="-25 0 50 10" aria-hidden="true">
      <line x1="0" x2="0" y1="0" y2="10" />
      <rect
        x={Math.min(0, 25 * part)}
        y="2"
        width={Math.abs(25 * part)}
        height="6"
        style={{ fill: css(Math.sign(part) * 0.5, theme) }}
      />
    </svg>
  );
}
