/** What flows between the segments of a pair in some heads: a drawing, and a table that cuts. */
/// <reference lib="dom" />

import { Fragment, h } from "../../src/packages/preact.ts";
import { segmentNames } from "../names.ts";
import type { Actions } from "../page/actions.ts";
import type { Flow } from "../page/flows.ts";
import { factorsOf, isZeroed } from "../page/masks.ts";
import { beside, signed } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import { css, inkOn, type Theme } from "./colours.ts";

/** The flows of the heads that are chosen. */
export function FlowsView({ flows, title, name, state, act, theme }: {
  readonly flows: readonly Flow[];
  /** The heads in words, and by name. */
  readonly title: string;
  readonly name: string;
  readonly state: State;
  readonly act: Actions;
  readonly theme: Theme;
}) {
  const factors = factorsOf(state.mask);
  const isCut = ({ ids }: Flow) => isZeroed(factors, ids);
  const segments = [...new Set(flows.map(({ from }) => from))];
  const largest = Math.max(...flows.map(({ value }) => Math.abs(value))) || 1;
  const total = flows.reduce((sum, { value }) => sum + value, 0);
  const allCut = flows.every(isCut);
  return (
    <div>
      <h3>{title}: {signed(total)}</h3>
      <div class="row tools">
        <button type="button" aria-pressed={allCut} onClick={() => act.toggle(name)}>
          {allCut ? "restore" : "zero"} {title.toLowerCase()}
        </button>
      </div>
      <Drawing {...{ flows, segments, largest, isCut, act }} />
      <p class="note">
        Tokens on the left attend to those on the right; wider is stronger, dashed lowers F. Choose
        a flow, here or in the table, to cut it or to give it back.
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Flows between segments">
        <table class="flows">
          <thead>
            <tr>
              <th scope="col">attends to</th>
              {segments.map((to) => <th scope="col" key={to} class="end">{segmentNames[to]}</th>)}
            </tr>
          </thead>
          <tbody>
            {segments.map((from) => (
              <tr key={from}>
                <th scope="row">{segmentNames[from]}</th>
                {flows.filter((flow) => flow.from === from).map((flow) => (
                  <td key={flow.to}>
                    <button
                      type="button"
                      class="number"
                      aria-label={`Cut ${wordsOf(flow)}: ${beside(flow.value, largest)}`}
                      aria-pressed={isCut(flow)}
                      title={`${wordsOf(flow)}: ${signed(flow.value)}`}
                      style={{
                        background: css(flow.value / largest, theme),
                        color: inkOn(flow.value / largest, theme),
                      }}
                      onClick={() => act.toggle(flow.name)}
                    >
                      {beside(flow.value, largest)}
                    </button>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** E.g. `query to passage`. */
const wordsOf = ({ from, to }: Flow) => `${segmentNames[from]} to ${segmentNames[to]}`;

/** Widths of lines, and where they begin and end. */
const [WIDEST, LEFT, RIGHT, ROW] = [12, 66, 274, 34];

/** Two columns of segments with lines between them. */
function Drawing({ flows, segments, largest, isCut, act }: {
  readonly flows: readonly Flow[];
  readonly segments: readonly number[];
  readonly largest: number;
  readonly isCut: (flow: Flow) => boolean;
  readonly act: Actions;
}) {
  const middle = (LEFT + RIGHT) / 2;
  const y = (segment: number) => 16 + ROW * segments.indexOf(segment);
  const strongest = flows.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const told = strongest.slice(0, 3).map((flow) => `${wordsOf(flow)} ${signed(flow.value)}`);
  return (
    <svg
      class="chart flow"
      viewBox={`0 0 ${LEFT + RIGHT} ${ROW * segments.length}`}
      role="img"
      aria-label={`Flows between segments, the strongest: ${told.join(", ")}`}
    >
      {/* the strongest lie on top */}
      {strongest.toReversed().map((flow) => {
        const [from, to] = [y(flow.from), y(flow.to)];
        const line = `M${LEFT} ${from}C${middle} ${from} ${middle} ${to} ${RIGHT} ${to}`;
        const part = Math.abs(flow.value) / largest;
        const cut = isCut(flow);
        return (
          <g key={flow.name} class="choice" onClick={() => act.toggle(flow.name)}>
            <title>{`${wordsOf(flow)}: ${signed(flow.value)}${cut ? ", cut" : ""}`}</title>
            <path class="reach" d={line} />
            <path
              class={flow.value < 0 ? "falls" : "rises"}
              d={line}
              stroke-width={Math.max(0.4, WIDEST * part).toFixed(2)}
              opacity={cut ? 0.12 : (0.3 + 0.6 * part).toFixed(2)}
            />
            {cut && (
              // a quarter of the way, where few lines cross
              <text
                class="cross"
                x={(LEFT + 0.26 * (RIGHT - LEFT)).toFixed(1)}
                y={(from + 0.16 * (to - from) + 4).toFixed(1)}
                text-anchor="middle"
              >
                ×
              </text>
            )}
          </g>
        );
      })}
      {segments.map((segment) => (
        <Fragment key={segment}>
          <text class="tick" x={LEFT - 8} y={y(segment) + 4} text-anchor="end">
            {segmentNames[segment]}
          </text>
          <text class="tick" x={RIGHT + 8} y={y(segment) + 4}>{segmentNames[segment]}</text>
        </Fragment>
      ))}
    </svg>
  );
}
