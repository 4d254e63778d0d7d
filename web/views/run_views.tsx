/** All that is shown of an attributed pair; choosing in one view is seen in the others. */
/// <reference lib="dom" />

import { Fragment, h, useMemo } from "../../src/packages/preact.ts";
import type { Actions } from "../page/actions.ts";
import type { State } from "../page/state.ts";
import type { Theme } from "./colours.ts";
import { CompareView } from "./compare_view.tsx";
import { GapsView } from "./gaps_view.tsx";
import { MapView } from "./map_view.tsx";
import { SegmentsView } from "./segments_view.tsx";
import { shownOf } from "./shown.ts";
import { ThresholdView } from "./threshold_view.tsx";
import { UnitView } from "./unit_view.tsx";
import { UnitsView } from "./units_view.tsx";

/** The views. */
export function RunViews({ state, act, theme }: {
  readonly state: State;
  readonly act: Actions;
  readonly theme: Theme;
}) {
  const { run, other, shown: which } = state;
  const shown = useMemo(() => shownOf({ run, other, shown: which }), [run, other, which]);
  if (!shown) return null;
  return (
    <Fragment>
      <MapView state={state} act={act} shown={shown} theme={theme} />
      <div class="stack">
        <UnitsView state={state} act={act} shown={shown} theme={theme} />
        <ThresholdView state={state} act={act} />
      </div>
      <div class="stack">
        <UnitView state={state} act={act} theme={theme} />
        <SegmentsView state={state} act={act} theme={theme} />
        <GapsView state={state} />
      </div>
      <CompareView state={state} act={act} />
    </Fragment>
  );
}
