/** Which part of the input: a component's conductance by layer and segment. */
/// <reference lib="dom" />

import { h } from "../../src/packages/preact.ts";
import { componentsOf } from "../names.ts";
import type { Actions } from "../page/actions.ts";
import { signed } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import { css, inkOn, type Theme } from "./colours.ts";
import { titles } from "./map_view.tsx";
import { View } from "./view.tsx";

/** The table. */
export function SegmentsView({ state, act, theme }: {
  readonly state: State;
  readonly act: Actions;
  readonly theme: Theme;
}) {
  const { run, shares, component } = state;
  if (!run) return null;
  const { segments } = state.model!;
  const rows = shares?.run === run.run && shares.component === component ? shares.rows : undefined;
  const largest = Math.max(...(rows ?? []).flat().map(Math.abs)) || 1;
  return (
    <View
      id="segments"
      title="Which part of the input"
      saved={rows && {
        table: () => ({
          name: `segments-${component}`,
          about: { component },
          columns: ["layer", ...segments],
          rows: rows.map((row, layer) => [layer, ...row]),
        }),
      }}
      tools={
        <select
          aria-label="Component"
          value={component}
          onChange={({ currentTarget }) => act.chooseComponent(currentTarget.value)}
        >
          {componentsOf(state.model!.space).map((one) => (
            <option key={one} value={one}>{titles[one]}</option>
          ))}
        </select>
      }
      note="Conductance of all units of the component, by layer and by what their tokens belong to. In the last layer only key and value exist beyond [CLS]."
    >
      <div class="scroll" tabIndex={0} role="region" aria-label="Conductance by segment">
        <table class="heat">
          <thead>
            <tr>
              <th scope="col">layer</th>
              {segments.map((name) => <th scope="col" key={name} class="end">{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows?.map((row, layer) => (
              <tr key={layer}>
                <th scope="row">{layer}</th>
                {row.map((value, s) => (
                  <td
                    key={s}
                    class="end number"
                    style={{
                      background: css(value / largest, theme),
                      color: inkOn(value / largest, theme),
                    }}
                  >
                    {signed(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </View>
  );
}
