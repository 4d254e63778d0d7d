/** What people do on the page, and what follows from it. */
/// <reference lib="dom" />

import type { Component } from "../names.ts";
import type { Attributed, BackendKind, MaskPart, ModelSource, Pair } from "../protocol.ts";
import { addressOf, idsOf, namesOf, readAddress, type Told } from "./address.ts";
import { type Ask, Unanswered } from "./ask.ts";
import { fetchJson } from "./fetch_json.ts";
import { duration, percent } from "./numbers.ts";
import { readSnapshots, writeSnapshots } from "./snapshots.ts";
import type { Boot, MaskEntry, Snapshot, State, Store } from "./state.ts";

/** Random sets that a mask is compared with. */
const DRAWS = 10;

/** What people do. */
export type Actions = ReturnType<typeof openActions>;

/** Actions on a store; `embedded` is what a page in one file carries. */
export function openActions(
  { get, set }: Store,
  { ask, boot, source }: {
    readonly ask: Ask;
    readonly boot: () => Promise<Boot>;
    readonly source: (boot: Boot) => ModelSource;
  },
) {
  let work: AbortController | undefined; // opening, attributing, checking: one at a time
  let details = new AbortController(); // what is asked about the pair at hand
  let live = new AbortController(); // the score as it is typed
  let told: Told = readAddress(location.hash);
  let written = "";

  const pairOf = ({ query, passage, label }: State): Pair => ({ query, passage, label });
  const parts = (mask: readonly MaskEntry[]): MaskPart[] =>
    mask.flatMap(({ ids, factor }) => ids && ids.length > 0 ? [{ ids, factor }] : []);
  const typing = later(() => void rescore(), 150);
  const writing = later(() => {
    written = addressOf(get());
    history.replaceState(null, "", written);
  }, 300);
  /** Changes the state, and the address with it. */
  const change = (patch: Partial<State>) => {
    set(patch);
    writing();
  };

  /** Says what went wrong; a lost device is replaced. */
  function failed(error: unknown) {
    if (error instanceof Unanswered && error.kind === "stopped") return;
    const message = error instanceof Error ? error.message : String(error);
    const { source, backend, model } = get();
    if (error instanceof Unanswered && error.kind === "device" && source) {
      const next = model?.kind === "gpu" ? "simd" : backend;
      set({ error: `${message}. The model is opened again${next ? ` on ${next}` : ""}` });
      void openModel(source, next, { keepError: true });
      return;
    }
    set({ error: message });
  }

  async function openModel(
    source: ModelSource,
    backend: BackendKind | undefined,
    { keepError = false }: { readonly keepError?: boolean } = {},
  ): Promise<void> {
    begin("opening", `Opening ${source.name}`, keepError);
    const control = work!;
    forgetDetails();
    set({
      ...{ source, backend, model: undefined, run: undefined, other: undefined, effect: undefined },
      ...{ unit: undefined, previous: undefined, score: undefined, check: undefined },
    });
    try {
      const model = await ask("open", {
        source,
        backend,
        memoryBytes: get().memory ? get().memory! * 2 ** 20 : undefined,
      }, { signal: control.signal, news: (loaded) => set({ loaded }) });
      const names = (list: readonly string[]) => idsOf(model.space, list);
      change({
        model,
        status: `${model.name} is open on ${model.adapter} after ${duration(model.seconds)}`,
        pinned: names(told.pinned),
        groups: told.groups.map(({ name, neurons }) => ({ name, ids: names(neurons) })),
        snapshots: readSnapshots(model.name),
      });
      end(control);
      await resolveMask();
      const [unit] = told.unit === undefined ? [] : names([told.unit]);
      if (unit !== undefined) await attribute({ masked: false, unit });
      else void rescore();
    } catch (error) {
      end(control);
      failed(error);
    }
  }

  function begin(busy: State["busy"], status: string, keepError = false) {
    work?.abort();
    work = new AbortController();
    set({
      ...{ busy, status, round: undefined, loaded: undefined },
      ...(keepError ? {} : { error: undefined }),
    });
  }
  function end(control: AbortController) {
    if (work === control) set({ busy: undefined, loaded: undefined });
  }
  function forgetDetails() {
    details.abort();
    details = new AbortController();
    set({ path: undefined, otherPath: undefined, shares: undefined, places: undefined });
  }

  async function attribute(
    { masked, unit }: { readonly masked: boolean; readonly unit?: number },
  ): Promise<void> {
    const { model, mask, run: previous } = get();
    if (!model) return set({ error: "Cannot attribute: no model is open" });
    begin("attributing", "Attributing");
    const control = work!;
    details.abort();
    details = new AbortController();
    try {
      const asked = { pair: pairOf(get()), mask: masked ? parts(mask) : [] };
      const run = await ask("attribute", asked, {
        signal: control.signal,
        news: (round) => work === control && set({ round }),
      });
      end(control);
      show(run, { previous, unit });
      if (masked && previous && samePair(previous.pair, run.pair)) {
        change({ other: previous, shown: "difference" });
      }
      await resolveMask();
      await choose(get().unit!);
      if (!masked) await rescore();
    } catch (error) {
      const stopped = error instanceof Unanswered && error.kind === "stopped";
      if (work === control) {
        set({ busy: undefined, status: stopped ? "Stopped" : "Nothing was attributed" });
      }
      failed(error);
    }
  }

  /** Makes a run the one that all views show. */
  function show(
    run: Attributed,
    { previous, unit }: { readonly previous?: Attributed; readonly unit?: number },
  ) {
    const { unit: chosen, model, other } = get();
    const gap = Number.isFinite(run.gap) ? `, gap ${percent(run.gap)}` : "";
    change({
      run,
      previous,
      other: other?.model === run.model ? other : undefined,
      status: `${run.evaluations} evaluations${gap}, ${duration(run.seconds)} on ${run.adapter}`,
      unit: unit ?? chosen ?? run.order[0],
      path: undefined,
      otherPath: undefined,
      shares: undefined,
      excitement: undefined,
      round: undefined,
    });
    void model;
  }

  /** Asks all that the views want to know of the chosen neuron. */
  async function choose(id: number): Promise<void> {
    const { run, other, boot, unit } = get();
    change({
      ...{ unit: id, path: undefined, otherPath: undefined, places: undefined },
      ...(unit === id ? {} : { excitement: undefined }),
    });
    if (!run) return;
    const { signal } = details;
    const still = () => !signal.aborted && get().unit === id && get().run === run;
    try {
      const path = await ask("unit", { run: run.run, id }, { signal });
      if (!still()) return;
      set({ path });
      if (boot?.study) {
        const places = await ask("places", { id }, { signal });
        if (still()) set({ places });
      }
      await sharesOf(get().component);
      if (other && still()) {
        const otherPath = await ask("unit", { run: other.run, id }, { signal });
        if (still()) set({ otherPath });
      }
    } catch (error) {
      failed(error);
    }
  }

  async function sharesOf(component: Component): Promise<void> {
    const { run, shares } = get();
    if (!run || shares?.run === run.run && shares.component === component) return;
    const { signal } = details;
    const rows = await ask("segments", { run: run.run, component }, { signal });
    if (get().run === run) set({ shares: { run: run.run, component, rows } });
  }

  /** The score of the texts as they stand, and what the mask does to it. */
  async function rescore(): Promise<void> {
    const { model, mask, busy } = get();
    if (!model || busy === "opening") return;
    live.abort();
    live = new AbortController();
    const { signal } = live;
    const now = parts(mask);
    try {
      if (now.length === 0) {
        const score = await ask("score", pairOf(get()), { signal });
        if (!signal.aborted) set({ score, effect: undefined });
        return;
      }
      const asked = { pair: pairOf(get()), mask: now, draws: DRAWS };
      const effect = await ask("effect", asked, { signal });
      if (!signal.aborted) set({ effect, score: effect.whole });
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }

  /** Finds the neurons of entries that are said by a threshold or an expression. */
  async function resolveMask(): Promise<void> {
    const mask: MaskEntry[] = [];
    for (const entry of get().mask) {
      if (entry.ids) mask.push(entry);
      else {
        try {
          mask.push({ ...entry, ids: await idsBy(entry.by) });
        } catch (error) {
          mask.push(entry);
          if (get().run) failed(error);
        }
      }
    }
    change({ mask });
  }

  async function idsBy(by: string): Promise<readonly number[] | undefined> {
    const { model, run } = get();
    if (!model) return undefined;
    const [, expression, level] = /^set:(.+)@([^@]+)$/s.exec(by) ?? [];
    if (expression !== undefined) {
      if (!run && expression.includes("[pair]")) return undefined;
      return (await ask("set", { expression, level, run: run?.run })).ids;
    }
    const [, part] = /^beyond:([\d.e-]+)$/.exec(by) ?? [];
    if (part !== undefined) return run && beyond(run, Number(part));
    return idsOf(model.space, by.split(","));
  }

  return {
    /** Reads what is served, and what the address says. */
    async start(): Promise<void> {
      try {
        const found = await boot();
        const [first] = found.pairs;
        set({
          boot: found,
          query: told.query ?? first?.query ?? "",
          passage: told.passage ?? first?.passage ?? "",
          label: told.label ?? (told.query === undefined ? first?.label : undefined) ?? 1,
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
      if (location.hash === written) return;
      told = readAddress(location.hash);
      const { model } = get();
      const names = (list: readonly string[]) => model ? idsOf(model.space, list) : [];
      set({
        query: told.query ?? get().query,
        passage: told.passage ?? get().passage,
        label: told.label ?? get().label,
        component: told.component ?? "value",
        threshold: told.threshold ?? 0.1,
        pinned: names(told.pinned),
        groups: told.groups.map(({ name, neurons }) => ({ name, ids: names(neurons) })),
        mask: told.mask,
      });
      await resolveMask();
      const [unit] = told.unit === undefined ? [] : names([told.unit]);
      const { run } = get();
      if (unit !== undefined && run && samePair(run.pair, pairOf(get()))) await choose(unit);
      else if (unit !== undefined) await attribute({ masked: false, unit });
      else void rescore();
    },
    openModel: (source: ModelSource, backend?: BackendKind) => {
      told = readAddress(addressOf({ ...get(), unit: undefined }));
      return openModel(source, backend);
    },
    type(patch: Partial<Pick<State, "query" | "passage" | "label">>) {
      change(patch);
      typing();
    },
    attribute: (masked = false) => attribute({ masked }),
    stop() {
      work?.abort();
    },
    choose,
    choosePart(part: State["part"]) {
      set({ part });
    },
    async chooseComponent(component: Component) {
      change({ component });
      await sharesOf(component).catch(failed);
    },
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
    async mask(by: string, factor: number) {
      try {
        const ids = await idsBy(by);
        if (ids?.length === 0) throw new Error(`Cannot mask ${by}: it holds no neuron`);
        const others = get().mask.filter((entry) => entry.by !== by);
        change({ mask: [...others, { by, factor, ids }], error: undefined });
        await rescore();
      } catch (error) {
        failed(error);
      }
    },
    /** Zeroes a neuron, or gives it back. */
    async toggle(id: number) {
      const by = namesOf(get().model!.space, [id]);
      const { mask } = get();
      const others = mask.filter((entry) => entry.by !== by);
      change({
        mask: others.length < mask.length ? others : [...mask, { by, factor: 0, ids: [id] }],
      });
      await rescore();
    },
    async unmask(by?: string) {
      change({ mask: by === undefined ? [] : get().mask.filter((entry) => entry.by !== by) });
      await rescore();
    },
    setFactor(by: string, factor: number) {
      change({ mask: get().mask.map((entry) => entry.by === by ? { ...entry, factor } : entry) });
      typing();
    },
    async check(): Promise<void> {
      const { run } = get();
      if (!run) return;
      begin("checking", "Computing the same points in float64");
      const control = work!;
      try {
        const { difference, seconds } = await ask("check", { run: run.run }, {
          signal: control.signal,
          news: (round) => set({ round }),
        });
        set({
          check: { run: run.run, difference, seconds },
          status: `float64 agrees to ${difference.toExponential(1)} of the largest conductance`,
        });
      } catch (error) {
        set({ status: "The check was stopped" });
        failed(error);
      }
      end(control);
    },
    snapshot(name: string) {
      const { snapshots, run, model } = get();
      const own: Snapshot = { name, hash: addressOf(get()), run };
      const next = [...snapshots.filter((one) => one.name !== name), own];
      set({ snapshots: next, status: `Snapshot “${name}” is kept` });
      writeSnapshots(model!.name, next);
    },
    removeSnapshot(name: string) {
      const next = get().snapshots.filter((one) => one.name !== name);
      set({ snapshots: next });
      writeSnapshots(get().model!.name, next);
    },
    /** Compares with the previous pair, a snapshot's, or none. */
    async compare(what: "none" | "previous" | { readonly snapshot: string }): Promise<void> {
      if (what === "none") return set({ other: undefined, otherPath: undefined, shown: "this" });
      const { previous, snapshots, run, unit } = get();
      let other = previous;
      try {
        if (what !== "previous") {
          const one = snapshots.find(({ name }) => name === what.snapshot)!;
          other = one.run?.run === undefined || one.run.model !== run?.model
            ? await attributeQuietly(one.hash)
            : one.run;
          set({
            snapshots: get().snapshots.map((s) => s.name === one.name ? { ...s, run: other } : s),
          });
        }
        if (other) set({ other, shown: "difference" });
        if (unit !== undefined) await choose(unit);
      } catch (error) {
        set({ busy: undefined });
        failed(error);
      }
    },
    show: (shown: State["shown"]) => set({ shown }),
    async excite(pairs: readonly Pick<Pair, "query" | "passage">[]): Promise<void> {
      const { unit: id } = get();
      if (id === undefined) return;
      const { signal } = details;
      const base = { id, pairs, of: pairs.length };
      set({ excitement: { ...base, done: 0 } });
      try {
        const found = await ask("excite", { id, pairs }, {
          signal,
          news: ({ done }) => get().unit === id && set({ excitement: { ...base, done } }),
        });
        if (get().unit === id) set({ excitement: { ...base, done: pairs.length, found } });
      } catch (error) {
        failed(error);
      }
    },
    dismiss: () => set({ error: undefined }),
    fail: failed,
    ask,
    parts: () => parts(get().mask),
    json: fetchJson,
  };

  /** Attributes what an address says without showing it. */
  async function attributeQuietly(hash: string): Promise<Attributed> {
    const { query = "", passage = "", label = 1 } = readAddress(hash);
    begin("attributing", "Attributing the snapshot's pair");
    const control = work!;
    const run = await ask("attribute", { pair: { query, passage, label }, mask: [] }, {
      signal: control.signal,
      news: (round) => set({ round }),
    });
    end(control);
    return run;
  }
}

const samePair = (a: Pair, b: Pair) =>
  a.query === b.query && a.passage === b.passage && a.label === b.label;

/** Neurons whose |conductance| is at least a part of the largest. */
export function beyond({ conductance, order }: Attributed, part: number): number[] {
  const least = part * Math.abs(conductance[order[0]]);
  const end = order.findIndex((id) => Math.abs(conductance[id]) < least);
  return [...order.subarray(0, end < 0 ? order.length : end)];
}

/** Does work once, a while after the last call. */
function later(work: () => void, milliseconds: number): () => void {
  let timer: number | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds) as unknown as number;
  };
}
