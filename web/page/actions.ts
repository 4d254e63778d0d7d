/** What people do on the page, and what follows from it. */
/// <reference lib="dom" />

import type { PageFacts } from "../names.ts";
import type { Attributed, BackendKind, ModelSource } from "../protocol.ts";
import { idsOf } from "../units.ts";
import type { Ask } from "./ask.ts";
import { detailActions } from "./details.ts";
import { fetchJson } from "./fetch_json.ts";
import { maskActions, partsOf } from "./masks.ts";
import { duration, percent } from "./numbers.ts";
import { readSnapshots } from "./snapshots.ts";
import type { State, Store } from "./state.ts";
import { isStopped, openWork, pairOf, samePair } from "./work.ts";

/** What people do. */
export type Actions = ReturnType<typeof openActions>;

/** Actions on a store; `boot` says what is served, `source` where its model is. */
export function openActions(
  store: Store,
  { ask, boot, source }: {
    readonly ask: Ask;
    readonly boot: () => Promise<PageFacts>;
    readonly source: (boot: PageFacts) => ModelSource;
  },
) {
  const work = openWork(store, { ask, lost });
  const { get, set, change, failed } = work;
  const masks = maskActions(work);
  const details = detailActions(work);

  /** A device was lost or is full: a GPU gives way to WebAssembly, and that is said. */
  function lost(message: string) {
    const { source, backend, model } = get();
    const next = model?.kind === "gpu" ? "simd" : backend;
    set({ error: `${message}; the model is opened again${next ? ` on ${next}` : ""}` });
    if (source) void openModel(source, next, { keepError: true });
  }

  async function openModel(
    source: ModelSource,
    backend: BackendKind | undefined,
    { keepError = false }: { readonly keepError?: boolean } = {},
  ): Promise<void> {
    const control = work.begin("opening", `Opening ${source.name}`, { keepError });
    work.details("fresh");
    set({
      ...{ source, backend, model: undefined, score: undefined, effect: undefined },
      ...{ run: undefined, previous: undefined, other: undefined, unit: undefined },
      ...{ path: undefined, otherPath: undefined, shares: undefined, places: undefined },
      ...{ heads: undefined, scope: {} },
      mask: get().mask.map(({ by, factor }) => ({ by, factor })), // ids are the model's
    });
    try {
      const { memory } = get();
      const model = await ask("open", {
        source,
        backend,
        memoryBytes: memory && memory * 2 ** 20,
      }, { signal: control.signal, news: (loaded) => set({ loaded }) });
      set({ model, snapshots: readSnapshots(model.name) });
      work.end(
        control,
        `${model.name} is open on ${model.adapter} after ${duration(model.seconds)}`,
      );
      await takeAddress();
    } catch (error) {
      work.end(control, "No model is open");
      failed(error);
    }
  }

  /** Looks at what the address says. */
  async function takeAddress(): Promise<void> {
    const told = work.told();
    const { model } = get();
    // heads are masked alone
    const names = (list: readonly string[]) =>
      model ? idsOf(model.space, list).filter((id) => id < model.neurons) : [];
    change({
      pinned: names(told.pinned),
      groups: told.groups.map(({ name, neurons }) => ({ name, ids: names(neurons) })),
    });
    await masks.resolve();
    const [unit] = told.unit === undefined ? [] : names([told.unit]);
    const { run } = get();
    if (unit === undefined) await masks.rescore();
    else if (run && samePair(run.pair, pairOf(get()))) await details.choose(unit);
    else await attribute({ masked: false, unit });
  }

  async function attribute(
    { masked, unit }: { readonly masked: boolean; readonly unit?: number },
  ): Promise<void> {
    const { model, mask, run: previous } = get();
    if (!model) return;
    const control = work.begin("attributing", "Attributing");
    work.details("fresh");
    try {
      const asked = { pair: pairOf(get()), mask: masked ? partsOf(mask) : [] };
      const run = await ask("attribute", asked, {
        signal: control.signal,
        news: (round) => !control.signal.aborted && set({ round }),
      });
      take(run, unit ?? get().unit ?? run.order[0]);
      const whole = masked && previous && samePair(previous.pair, run.pair);
      change({ previous, ...(whole ? { other: previous, shown: "difference" } : {}) }, "now");
      work.end(control, statusOf(run));
      await masks.resolve();
      await masks.rescore();
      await details.choose(get().unit!);
    } catch (error) {
      work.end(control, isStopped(error) ? "Stopped" : "Nothing was attributed");
      failed(error);
    }
  }

  /** Makes a run the one that all views show. */
  function take(run: Attributed, unit: number) {
    const { other } = get();
    set({
      ...{ run, unit, path: undefined, otherPath: undefined, shares: undefined },
      ...{ excitement: undefined, round: undefined, heads: undefined },
      other: other?.model === run.model ? other : undefined,
    });
  }

  return {
    ...details,
    ...masks,
    /** Reads what is served and what the address says, then opens the model. */
    async start(): Promise<void> {
      try {
        const found = await boot();
        const told = work.told();
        const [first] = told.query === undefined ? found.pairs : [];
        set({
          boot: found,
          query: told.query ?? first?.query ?? "",
          passage: told.passage ?? first?.passage ?? "",
          label: told.label ?? first?.label ?? "relevant",
          memory: told.memory,
          component: told.component ?? "value",
          threshold: told.threshold ?? 0.1,
          mask: told.mask,
        });
        const { study } = found;
        if (study) await ask("schemes", { schemes: study.schemes, sets: study.sets });
        await openModel(source(found), told.backend);
      } catch (error) {
        set({ status: "Nothing is open" });
        failed(error);
      }
    },
    /** The address was changed by hand, or by a link. */
    async readdress(): Promise<void> {
      if (!work.reread()) return;
      const told = work.told();
      const { query, passage, label } = get();
      set({
        query: told.query ?? query,
        passage: told.passage ?? passage,
        label: told.label ?? label,
        component: told.component ?? "value",
        threshold: told.threshold ?? 0.1,
        mask: told.mask,
      });
      await takeAddress();
    },
    async openModel(source: ModelSource, backend?: BackendKind): Promise<void> {
      work.forget("unit");
      await openModel(source, backend);
    },
    type(patch: Partial<Pick<State, "query" | "passage" | "label">>) {
      change(patch);
      masks.typed();
    },
    attribute: (masked = false) => attribute({ masked }),
    stop: () => work.stop(),
    setThreshold: (threshold: number) => change({ threshold }),
    pin(ids: readonly number[]) {
      const pinned = new Set(get().pinned);
      const all = ids.every((id) => pinned.has(id));
      for (const id of ids) all ? pinned.delete(id) : pinned.add(id);
      change({ pinned: [...pinned] });
    },
    saveGroup(name: string) {
      const { groups, pinned } = get();
      const others = groups.filter((one) => one.name !== name);
      change({ groups: [...others, { name, ids: pinned }], pinned: [] });
    },
    removeGroup: (name: string) =>
      change({ groups: get().groups.filter((one) => one.name !== name) }),
    dismiss: () => set({ error: undefined }),
    fail: failed,
    ask,
    json: fetchJson,
  };
}

function statusOf({ evaluations, gap, seconds, adapter }: Attributed): string {
  const told = Number.isFinite(gap) ? `, gap ${percent(gap)}` : "";
  return `${evaluations} evaluations${told}, ${duration(seconds)} on ${adapter}`;
}
