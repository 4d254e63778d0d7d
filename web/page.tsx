/** The page: starts the worker, draws the views again after every change. */
/// <reference lib="dom" />

import { Fragment, h, render, useEffect, useState } from "../src/packages/preact.ts";
import type { PageFacts } from "./names.ts";
import { type Actions, openActions } from "./page/actions.ts";
import { startWorker } from "./page/ask.ts";
import { filesOfDrop } from "./page/dropped.ts";
import { readEmbedded } from "./page/embedded.ts";
import { fetchJson } from "./page/fetch_json.ts";
import { openStore, type State } from "./page/state.ts";
import { AskView } from "./views/ask_view.tsx";
import { type Theme, themeNow } from "./views/colours.ts";
import { MaskView } from "./views/mask_view.tsx";
import { ModelView } from "./views/model_view.tsx";

type Views = typeof import("./views/run_views.tsx");
type StudyView = typeof import("./views/study_view.tsx").StudyView;

/** All views. */
function Page({ state, act }: { readonly state: State; readonly act: Actions }) {
  const theme = useTheme();
  const views = useLoaded<Views>(true, () => import("./views/run_views.tsx"));
  const study = useLoaded<{ readonly StudyView: StudyView }>(
    state.boot?.study !== undefined,
    () => import("./views/study_view.tsx"),
  );
  return (
    <Fragment>
      <ModelView state={state} act={act} />
      <main>
        <div class="side">
          <AskView state={state} act={act} />
          <MaskView state={state} act={act} />
        </div>
        <div class="views">
          {state.run && views
            ? <views.RunViews state={state} act={act} theme={theme} />
            : <Welcome />}
          {study && <study.StudyView state={state} act={act} />}
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

/** A part of the page that is loaded after it was drawn. */
function useLoaded<T>(wanted: boolean, load: () => Promise<T>): T | undefined {
  const [part, setPart] = useState<{ readonly part: T }>();
  useEffect(() => {
    if (wanted) load().then((part) => setPart({ part }), act.fail);
  }, [wanted]);
  return part?.part;
}

const embedded = readEmbedded();
const root = document.getElementById("page")!;
const store = openStore({
  status: "Opening",
  query: "",
  passage: "",
  label: "relevant",
  component: "value",
  threshold: 0.1,
  shown: "this",
  scope: {},
  pinned: [],
  groups: [],
  mask: [],
  snapshots: [],
}, () => render(<Page state={store.get()} act={act} />, root));
const act = openActions(store, {
  ask: embedded
    ? startWorker(embedded.worker, "classic")
    : startWorker(new URL("worker.js", location.href)),
  boot: () => embedded ? Promise.resolve(embedded.boot) : fetchJson<PageFacts>("explore.json"),
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
