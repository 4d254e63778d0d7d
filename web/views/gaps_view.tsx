/** How complete the attribution is: the gap at every cut of the residual stream. */
/// <reference lib="dom" />

import { h } from "../../src/packages/preact.ts";
import { percent, signed } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import { BarChart } from "./chart.tsx";
import { View } from "./view.tsx";

/** The adaptive rule's tolerance. */
const TOLERANCE = 0.05;

/** The gaps. */
export function GapsView({ state: { run } }: { readonly state: State }) {
  if (!run) return null;
  const change = run.F.input - run.F.baseline;
  const names = (cut: string) => cut.replace(".attention", " attention").replace(".ff", " ff");
  return (
    <View
      id="gaps"
      title="Can it be trusted"
      note={`At every cut of the residual stream conductances should sum to F’s change, ${
        signed(change)
      }. The band is ${percent(TOLERANCE)} of it, what the rule allows; the largest gap is ${
        Number.isFinite(run.gap) ? percent(run.gap) : "beyond all bounds: F does not change"
      }.`}
      saved={{
        table: () => ({
          name: "gaps",
          about: { F: run.F, gap: run.gap },
          columns: ["cut", "gap"],
          rows: run.cuts.map(({ cut, gap }) => [cut, gap]),
        }),
        drawing: () => document.querySelector<SVGSVGElement>("#gaps svg.chart"),
      }}
    >
      <BarChart
        title="Gap of completeness by cut"
        band={TOLERANCE * Math.abs(change)}
        bars={run.cuts.map(({ cut, gap }) => ({ name: names(cut), value: gap }))}
      />
    </View>
  );
}
