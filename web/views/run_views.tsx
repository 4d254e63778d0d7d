/** All that is shown of an attributed pair; choosing in one view is seen in the others. */
/// <reference lib="dom" />

import { Fragment, h, useEffect, useMemo, useState } from "../../src/packages/preact.ts";
import type { Actions } from "../page/actions.ts";
import type { State } from "../page/state.ts";
import type { Theme } from "./colours.ts";
import { CompareView } from "./compare_view.tsx";
import { GapsView } from "./gaps_view.tsx";
import { HeadsView } from "./heads_view.tsx";
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
  const stage = useStages(3);
  if (!shown) return null;
  return (
    <Fragment>
      <MapView state={state} act={act} shown={shown} theme={theme} />
      <div class="stack">
        <UnitsView state={state} act={act} shown={shown} theme={theme} />
        {stage > 1 && <ThresholdView state={state} act={act} />}
      </div>
      <div class="stack">
        {stage > 0 && <UnitView state={state} act={act} theme={theme} />}
        {stage > 1 && <SegmentsView state={state} act={act} theme={theme} />}
        {stage > 1 && <GapsView state={state} />}
      </div>
      {stage > 2 && <HeadsView state={state} act={act} theme={theme} />}
      {stage > 2 && <CompareView state={state} act={act} />}
    </Fragment>
  );
}

/** Counts to `last` in turns of their own: views that are drawn together would keep the page busy. */
function useStages(last: number): number {
  const [stage, setStage] = useState(0);
  useEffect(() => {
    if (stage === last) return;
    const timer = setTimeout(() => setStage(stage + 1));
    return () => clearTimeout(timer);
  }, [stage]);
  return stage;
}
