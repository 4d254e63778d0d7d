/** The page: starts the worker, draws the views again after every change. */
/// <reference lib="dom" />

import { Fragment, h, render, useEffect, useMemo, useState } from "../src/packages/preact.ts";
import { type Actions, openActions } from "./page/actions.ts";
import { startWorker } from "./page/ask.ts";
import { filesOfDrop } from "./page/dropped.ts";
import { readEmbedded } from "./page/embedded.ts";
import { fetchJson } from "./page/fetch_json.ts";
import { type Boot, openStore, type State } from "./page/state.ts";
import { AskView } from "./views/ask_view.tsx";
import { type Theme, themeNow } from "./views/colours.ts";
import { CompareView } from "./views/compare_view.tsx";
import { GapsView } from "./views/gaps_view.tsx";
import { MapView } from "./views/map_view.tsx";
import { MaskView } from "./views/mask_view.tsx";
import { ModelView } from "./views/model_view.tsx";
import { SegmentsView } from "./views/segments_view.tsx";
import { shownOf } from "./views/shown.ts";
import { ThresholdView } from "./views/threshold_view.tsx";
import { UnitView } from "./views/unit_view.tsx";
import { UnitsView } from "./views/units_view.tsx";

type StudyView = typeof import("./views/study_view.tsx").StudyView;

/** All views. */
function Page({ state, act }: { readonly state: State; readonly act: Actions }) {
  const theme = useTheme();
  const { run, other, shown: which } = state;
  const shown = useMemo(() => shownOf({ run, other, shown: which }), [run, other, which]);
  const Study = useStudy(state.boot !== undefined && state.boot.study !== undefined);
  return (
    <Fragment>
      <ModelView state={state} act={act} />
      <main>
        <div class="side">
          <AskView state={state} act={act} />
          <MaskView state={state} act={act} />
        </div>
        <div class="views">
          {shown
            ? (
              <Fragment>
                <MapView state={state} act={act} shown={shown} theme={theme} />
                <UnitsView state={state} act={act} shown={shown} theme={theme} />
                <UnitView state={state} act={act} theme={theme} />
                <ThresholdView state={state} act={act} />
                <SegmentsView state={state} act={act} theme={theme} />
                <GapsView state={state} />
                <CompareView state={state} act={act} />
              </Fragment>
            )
            : <Welcome />}
          {Study && <Study state={state} act={act} />}
        </div>
      </main>
      <footer>
        <p>
          Conductance (Neuron Integrated Gradients) of every linear output of a cross-encoder,
          computed in this tab; no text leaves this machine. The method is that of{" "}
          <a href="https://doi.org/10.1145/3664190.3672528" rel="noreferrer">
            Vast et al., ICTIR 2024
          </a>.
        </p>
      </footer>
    </Fragment>
  );
}

function Welcome() {
  return (
    <section class="view wide welcome" aria-label="How to begin">
      <p>
        Type a query and a passage, say whether the passage is relevant, and choose{" "}
        <b>Attribute</b>. Every neuron of the model is then credited with its part in the way from
        an empty input to this one: which layers, which units, which words.
      </p>
    </section>
  );
}

/** Light or dark, and again when the system changes. */
function useTheme(): Theme {
  const [theme, setTheme] = useState(themeNow());
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setTheme(themeNow());
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return theme;
}

/** The study's view, loaded where there is a study. */
function useStudy(wanted: boolean): StudyView | undefined {
  const [view, setView] = useState<{ readonly view: StudyView }>();
  useEffect(() => {
    if (wanted) {
      import("./views/study_view.tsx").then(({ StudyView }) => setView({ view: StudyView }));
    }
  }, [wanted]);
  return view?.view;
}

const embedded = readEmbedded();
const root = document.getElementById("page")!;
const store = openStore({
  status: "Opening",
  query: "",
  passage: "",
  label: 1,
  component: "value",
  threshold: 0.1,
  shown: "this",
  pinned: [],
  groups: [],
  mask: [],
  snapshots: [],
}, () => render(<Page state={store.get()} act={act} />, root));
const act = openActions(store, {
  ask: startWorker(embedded?.worker ?? new URL("worker.js", location.href)),
  boot: () => embedded ? Promise.resolve(embedded.boot) : fetchJson<Boot>("explore.json"),
  source: ({ model }) =>
    embedded?.source ??
      { ...model, kind: "address", address: new URL(model.address, location.href).href },
});
render(<Page state={store.get()} act={act} />, root);
addEventListener("hashchange", () => act.readdress());
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", async (event) => {
  event.preventDefault();
  const source = event.dataTransfer && await filesOfDrop(event.dataTransfer);
  if (source) await act.openModel(source, store.get().backend);
});
await act.start();
